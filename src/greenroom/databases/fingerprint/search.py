"""The migrations that there are, found on the disk."""

from __future__ import annotations

from greenroom.databases.fingerprint.files import Files
from greenroom.databases.fingerprint.knowledge import Knowledge
from greenroom.databases.fingerprint.migrations import Folder, find_migrations
from greenroom.databases.fingerprint.modules import Modules
from greenroom.databases.fingerprint.plan import Cache
from greenroom.databases.fingerprint.units import Surface


class Search:
    """A look at the disk, when what an earlier run found does not hold any more.

    Args:
        surface: where to start.
        cache: of what is known.
    """

    def __init__(self, surface: Surface, cache: Cache) -> None:
        self.knowledge = Knowledge.kept(cache)
        self.files = Files(self.knowledge.files)
        self.modules = Modules(self.files)
        self.folders: dict[str, Folder] = {}
        for label, module in surface.chosen.items():
            found = find_migrations(module, self.files, self.modules) if module else None
            if found is not None:
                self.folders[label] = found
        self.unmigrated = frozenset(surface.chosen) - frozenset(self.folders)
