"""What is known of single files and sources, kept from run to run."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from greenroom.databases.fingerprint.facts import Facts
from greenroom.databases.fingerprint.files import SeenFile
from greenroom.databases.fingerprint.plan import Cache

_NAME = "facts"
_MOST = 20_000

T = TypeVar("T")


class Knowledge(msgspec.Struct):
    """What is known of single files, whatever project or state they belong to."""

    files: dict[str, SeenFile] = {}
    facts: dict[str, Facts] = {}

    @classmethod
    def kept(cls, cache: Cache) -> Knowledge:
        """What was kept."""
        return cache.read(cache.path(_NAME), cls) or cls()

    def keep(self, cache: Cache, files: dict[str, SeenFile], facts: dict[str, Facts]) -> None:
        """Keep it together with what is new; of very much the latest."""
        self.files = _latest_last(self.files, files)
        self.facts = _latest_last(self.facts, facts)
        cache.write(cache.path(_NAME), self)


def _latest_last(known: dict[str, T], new: dict[str, T]) -> dict[str, T]:
    joined = {name: found for name, found in known.items() if name not in new} | new
    return dict(list(joined.items())[-_MOST:])
