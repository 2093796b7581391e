"""The digests of all code that a test database depends on, from what is known of it or found out anew."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH113

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.databases.fingerprint.edits import edited
from greenroom.databases.fingerprint.plan import Cache, Plan, PlannedUnit, still_holds
from greenroom.databases.fingerprint.stable import digest_of_text
from greenroom.databases.fingerprint.units import Surface
from greenroom.databases.fingerprint.values import Values

if TYPE_CHECKING:
    from greenroom.databases.fingerprint.search import Search


class Code:
    """All that code has to say about one database.

    Args:
        surface: where to start.
        folder: of the cache.
        values: what code asks for.
    """

    def __init__(self, surface: Surface, folder: Path, values: Values) -> None:
        self._surface = surface
        self._cache = Cache(folder)
        self._values = values
        self._key = surface.key()
        self._plan = self._kept()
        self._search: Search | None = None

    @property
    def unmigrated(self) -> frozenset[str]:
        """The labels of apps without migrations."""
        return self._plan.unmigrated if self._plan else self._looked().unmigrated

    def decide(self, deciding: dict[str, tuple[str, ...]]) -> None:
        """Say which modules make the tables of apps without migrations what they are, by label. To be called first."""
        if self._plan is None or self._plan.deciding != deciding:
            self._plan = self._planned(deciding)

    @property
    def django(self) -> str:
        """Django's version and a digest of its source."""
        return self._ready().django

    def digests(self, group: str) -> dict[str, str]:
        """The digests of `migrations`, of `parts` or of what is `ready` in the end, by name."""
        return {name: self._digest(unit) for name, unit in self._ready().units.get(group, {}).items()}

    @property
    def sources(self) -> dict[str, str]:
        """Digests of modules and of data, by a name for people."""
        return self._ready().sources

    def edited(self) -> list[str]:
        """Modules that are not what this process imported, any more."""
        plan = self._ready()
        return edited(plan.modules, plan.files)

    def _ready(self) -> Plan:
        assert self._plan is not None, "decide() comes first"
        return self._plan

    def _digest(self, unit: PlannedUnit) -> str:
        names = self._ready().names
        asked = self._values.settings(names[unit.settings]) + self._values.environment(names[unit.environment])
        return digest_of_text(f"{unit.digest} {asked}") if asked else unit.digest

    def _kept(self) -> Plan | None:
        """The plan of an earlier run, if all that it was made from is as it was."""
        plan = self._cache.plan(self._key)
        if plan is None:
            return None
        there = self._values.all()
        new = there - plan.known
        if new:  # read all words only then
            words = self._cache.words(plan.words)
            if words is None or not new.isdisjoint(self._values.present(words)):
                return None
            plan.known = there
        if not plan.present <= there or any(_is_elsewhere(name, file) for name, file in plan.modules.items()):
            return None
        holds, news = still_holds(plan)
        if not holds:
            return None
        if news or new:
            self._cache.keep_plan(self._key, plan)
        return plan

    def _planned(self, deciding: dict[str, tuple[str, ...]]) -> Plan:
        from greenroom.databases.fingerprint.planner import Planner

        search = self._looked()
        knowledge, files = search.knowledge, search.files
        planner = Planner(knowledge, files, search.modules, self._surface, self._values)
        plan = planner.plan(search.folders, search.unmigrated, deciding)
        plan.words = self._cache.keep_words(planner.words)
        self._cache.keep_plan(self._key, plan)
        knowledge.keep(self._cache, files.files, planner.facts)
        return plan

    def _looked(self) -> Search:
        if self._search is None:
            from greenroom.databases.fingerprint.search import Search

            self._search = Search(self._surface, self._cache)
        return self._search


def _is_elsewhere(name: str, file: str) -> bool:
    """Whether this process imported a module from another file than the one that was found."""
    imported = getattr(sys.modules.get(name), "__dict__", {}).get("__file__")
    return imported is not None and imported != file and os.path.isfile(imported)
