"""Profiles: named sets of keys, of which one counts for a run, with those that it inherits from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from greenroom.config.overrides import Override, read_overrides
from greenroom.config.places import Keys, Spot
from greenroom.errors import ConfigError, did_you_mean

PROFILES, OVERRIDES, INHERITS = "profiles", "overrides", "inherits"
TABLE: Keys = ("tool", "greenroom")


class Profile:
    """A profile as it is written.

    Args:
        name: of it.
        values: what it says, by field, and where.
        overrides: its own.
        inherits: the profile that counts where this one says nothing; None: the table itself.
    """

    def __init__(self, name: str, values: Any, overrides: tuple[Override, ...], inherits: str | None) -> None:
        self.name = name
        self.values = values
        self.overrides = overrides
        self.inherits = inherits


def read_profiles(
    file: Path, table: Mapping[str, object], read: Callable[[Mapping[str, object], Keys], Any]
) -> dict[str, Profile]:
    """All profiles of a `[tool.greenroom]` table, each of which is looked at, whichever is chosen.

    Args:
        file: that it stands in.
        table: what it says.
        read: reads the keys of a table at a place.

    Raises:
        ConfigError: one of them is wrong.
    """
    keys: Keys = (*TABLE, PROFILES)
    written = table.get(PROFILES, {})
    if not isinstance(written, dict) or not all(isinstance(each, dict) for each in written.values()):
        raise ConfigError(f"{Spot(file, keys)}: profiles must be tables", "Write [tool.greenroom.profiles.NAME].")
    found: dict[str, Profile] = {}
    for name, inner in written.items():
        place = (*keys, name)
        inherits = inner.get(INHERITS)
        if inherits is not None and not isinstance(inherits, str):
            raise ConfigError(
                f"{Spot(file, (*place, INHERITS))}: inherits must be the name of a profile, not {inherits!r}"
            )
        if "profile" in inner or PROFILES in inner:
            raise ConfigError(
                f"{Spot(file, place)}: a profile names no other profile but by inherits",
                'Write inherits = "NAME".',
            )
        rest = {key: value for key, value in inner.items() if key not in {INHERITS, OVERRIDES}}
        overrides = read_overrides(file, inner.get(OVERRIDES, []), (*place, OVERRIDES))
        found[name] = Profile(name, read(rest, place), overrides, inherits)
    for profile in found.values():
        list(_line(file, found, profile))
    return found


def chain(file: Path | None, profiles: Mapping[str, Profile], name: str, where: str) -> list[Profile]:
    """A profile and those that it inherits from, the most general first.

    Args:
        file: that they stand in; None where there is none.
        profiles: all of them.
        name: the one that is wanted.
        where: who wants it, to begin a message with.

    Raises:
        ConfigError: there is no such profile.
    """
    if file is None or not profiles:
        place = f" in {file}" if file is not None else ": there is no [tool.greenroom] in a pyproject.toml"
        raise ConfigError(f"{where}: there is no profile {name!r}{place}", f"Write [tool.greenroom.profiles.{name}].")
    if name not in profiles:
        raise ConfigError(f"{where}: there is no profile {name!r} in {file}", did_you_mean(name, profiles))
    return [*_line(file, profiles, profiles[name])][::-1]


def _line(file: Path, profiles: Mapping[str, Profile], profile: Profile) -> Iterator[Profile]:
    """A profile, the one that it inherits from, and so on."""
    seen: list[str] = []
    while True:
        yield profile
        seen.append(profile.name)
        wanted = profile.inherits
        if wanted is None:
            return
        spot = Spot(file, (*TABLE, PROFILES, profile.name, INHERITS))
        if wanted in seen:
            circle = " -> ".join([*seen[seen.index(wanted) :], wanted])
            raise ConfigError(f"{spot}: profiles inherit from each other in a circle: {circle}")
        if wanted not in profiles:
            raise ConfigError(f"{spot}: there is no profile {wanted!r}", did_you_mean(wanted, profiles))
        profile = profiles[wanted]
