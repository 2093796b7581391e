"""Overrides: what is said of some tests, by an expression, instead of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from greenroom.config.places import Keys, Named, Spot
from greenroom.errors import ConfigError, did_you_mean

_Count = Annotated[int, msgspec.Meta(ge=0)]
_Workers = Annotated[int, msgspec.Meta(ge=1)]


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `[[tool.greenroom.overrides]]`."""

    filter: str
    """Which tests are meant."""
    timeout: float | None = None
    """Seconds that each may take."""
    retries: int | None = None
    """How often each is tried again."""
    retry_delay: float | None = None
    """Seconds before the first retry."""
    weight: int | None = None
    """How many workers' worth of the machine each keeps busy."""
    mutex: tuple[str, ...] = ()
    """What they share with others that name the same: no two of those run at once."""
    quarantine: str | None = None
    """Why a failure does not fail the run."""
    file: str = ""
    """The file that says so."""
    keys: tuple[str | int, ...] = ()
    """Where it stands in the file."""


TYPES: Mapping[str, Any] = {
    "filter": str,
    "timeout": float | None,
    "retries": _Count,
    "retry_delay": float | None,
    "weight": _Workers,
    "mutex": tuple[str, ...],
    "quarantine": str,
}
"""The keys of an override, with underscores, and what each may be."""
SETTINGS = tuple(name for name in TYPES if name != "filter")
"""Those that say something of tests."""


def read_overrides(file: Any, entries: object, keys: Keys) -> tuple[Override, ...]:
    """The overrides of a table, in their order.

    Args:
        file: the path of the file.
        entries: what stands there.
        keys: where it stands.

    Raises:
        ConfigError: a key, a value or an expression is none.
    """
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        name = ".".join(map(str, keys))
        raise ConfigError(f"{Spot(file, keys)}: overrides must be a list of tables", f"Write [[{name}]] before each.")
    return tuple(_override(file, entry, (*keys, number)) for number, entry in enumerate(entries))


def _override(file: Any, entry: Mapping[str, object], keys: Keys) -> Override:
    from greenroom.config.values import typed_value
    from greenroom.filters import parse

    values: dict[str, Any] = {}
    for key, value in entry.items():
        name, spot = key.replace("-", "_"), Spot(file, (*keys, key))
        if name not in TYPES:
            hint = did_you_mean(key.replace("_", "-").lower(), [known.replace("_", "-") for known in TYPES])
            raise ConfigError(f"{spot}: unknown key {key!r} in an override", hint)
        if name in values:
            raise ConfigError(f"{spot}: {key} is set twice in an override", "Keep one of the two.")
        values[name] = typed_value(TYPES[name], value, Named(spot, key))
    if "filter" not in values:
        raise ConfigError(
            f"{Spot(file, keys)}: this override has no filter", 'Say which tests it is about: filter = "tag(slow)".'
        )
    parse(values["filter"], str(Spot(file, (*keys, "filter"))))
    if len(values) == 1:
        known = ", ".join(name.replace("_", "-") for name in SETTINGS)
        raise ConfigError(f"{Spot(file, keys)}: this override says nothing of its tests", f"Known: {known}.")
    return Override(**values, file=str(file), keys=keys)
