"""The inputs of a test database as data."""

from __future__ import annotations

import hashlib

import msgspec

FORMAT = 1
"""The number of this way of summing up. It is an input itself: a change of what counts makes all databases anew."""


class Inputs(msgspec.Struct, frozen=True):
    """What a test database is made from. All digests are hexadecimal, and none gives its value away."""

    migrations: dict[str, str]
    """A digest for each migration, by `app.name`: its source and all that it imports, reads or asks for."""
    parts: dict[str, str]
    """A digest for each other thing that the state after the last migration depends on, by a name for people."""
    ready: dict[str, str] = {}
    """The same for what only `post_migrate` depends on, which comes after all migrations."""
    sources: dict[str, str] = {}
    """What is behind the digests of migrations: modules, files, settings, variables. It is there to explain them."""

    @property
    def digest(self) -> str:
        """The fingerprint: 64 hexadecimal digits. `sources` have their share in it through what they are behind."""
        summed = [sorted(group.items()) for group in (self.migrations, self.parts, self.ready)]
        return hashlib.sha256(msgspec.msgpack.encode(summed)).hexdigest()

    def diff(self, other: Inputs) -> list[str]:
        """What is different from other, earlier inputs: a line for each thing, such as `migration shop.0003_x changed`."""
        lines = [f"migration {line}" for line in _changes(self.migrations, other.migrations)]
        lines += _changes(self.parts, other.parts)
        lines += _changes(self.ready, other.ready)
        if lines:  # else nothing that counts is different
            lines += _changes(self.sources, other.sources)
        return list(dict.fromkeys(lines))

    def extends(self, other: Inputs) -> bool:
        """Whether a database made from the other inputs lacks at most migrations of these, before `post_migrate`."""
        return self.parts == other.parts and other.migrations.items() <= self.migrations.items()


def _changes(now: dict[str, str], before: dict[str, str]) -> list[str]:
    changed = [f"{name} changed" for name, digest in now.items() if before.get(name, digest) != digest]
    new = [f"{name} is new" for name in now if name not in before]
    return sorted(changed) + sorted(new) + sorted(f"{name} is gone" for name in before if name not in now)
