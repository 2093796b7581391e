"""Puts the configuration together; what comes later wins: defaults, the file, variables, the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from greenroom.config.file import find, find_root
from greenroom.config.schema import Config
from greenroom.config.values import FIELDS, field_name, field_value, key_name
from greenroom.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "GREENROOM_"

RESERVED = frozenset(
    {
        "GREENROOM_LIVE_SERVER_CA",
        "GREENROOM_LIVE_SERVER_URL",
        "GREENROOM_MEASURED",
        "GREENROOM_MEASURED_IN",
        "GREENROOM_WORKER",
    }
)
"""Variables that greenroom sets for the processes that it starts; they configure nothing."""


_ADDED = frozenset({"plugins"})
"""Fields of which a later source adds to what the ones before it say; `no:NAME` takes away."""


class Loaded(msgspec.Struct, frozen=True):
    """A configuration and where it came from."""

    config: Config
    root: Path
    """The root of the project: the folder of `file`, else the nearest with a manage.py or pyproject.toml."""
    file: Path | None
    """The pyproject.toml that was read; None when none has a `[tool.greenroom]` table."""


def load(start: Path, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Loaded:
    """Read the configuration.

    Args:
        start: the folder to look from, upward.
        environ: the environment variables; an empty one counts as not set.
        overrides: options of the command line by field name; None means not given.

    Raises:
        ConfigError: a key, variable or value is unknown, or the file is no TOML.
    """
    found = find(start)
    values: dict[str, object] = {}
    if found is not None:
        values.update(_from_file(*found))
    for more in (_from_environ(environ), _from_options(overrides)):
        for name in _ADDED & values.keys() & more.keys():
            more[name] = (*values[name], *more[name])  # type: ignore[misc]
        values.update(more)
    config = msgspec.convert(values, Config)
    if not config.coverage:
        _refuse_alone(overrides)
    if found is None:
        return Loaded(config, find_root(start), None)
    return Loaded(config, found[0].parent, found[0])


def _from_file(file: Path, table: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, value in table.items():
        name = field_name(key)
        if name is None:
            raise ConfigError(f"{file}: unknown key {key!r} in [tool.greenroom]", _known_keys(key))
        if name in values:
            raise ConfigError(f"{file}: {key_name(name)} is set twice in [tool.greenroom]", "Keep one of the two.")
        values[name] = field_value(name, value, f"{file}: {key}")
    return values


def _from_environ(environ: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable in RESERVED or not value:
            continue
        name = variable[len(PREFIX) :].lower()
        if name not in FIELDS or variable != variable.upper():
            known = [PREFIX + field.upper() for field in FIELDS]
            raise ConfigError(f"Unknown environment variable {variable}", did_you_mean(variable.upper(), known))
        values[name] = field_value(name, value, f"Environment variable {variable}", text=True)
    return values


def _from_options(overrides: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for option, value in overrides.items():
        if value is None:
            continue
        name = field_name(option)
        if name is None:
            raise ConfigError(f"Unknown option {option!r}", _known_keys(option))
        values[name] = field_value(name, value, f"Option --{key_name(name)}", text=True)
    return values


def _refuse_alone(overrides: Mapping[str, object]) -> None:
    """An option that only means something with `--coverage` is not passed over without it."""
    for name in ("coverage_fail_under", "coverage_contexts", "coverage_report"):
        if overrides.get(name) is not None:
            raise ConfigError(f"--{key_name(name)} says nothing where nothing is measured", "Add --coverage.")


def _known_keys(key: str) -> str:
    return did_you_mean(key.replace("_", "-").lower(), map(key_name, FIELDS))
