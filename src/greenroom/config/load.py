"""Puts the configuration together; what comes later wins: defaults, the file, the profile, variables, the command line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from greenroom.config.file import find, find_root
from greenroom.config.places import Keys, Named, Spot
from greenroom.config.schema import Config
from greenroom.config.values import FIELDS, field_name, field_value, key_name
from greenroom.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from greenroom.config.overrides import Override

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


TABLE: Keys = ("tool", "greenroom")
_TABLES = ("profiles", "overrides")
"""Keys of the file that are no fields."""
_FLAGS = {"filter": "-E", "plugins": "--plugin"}
"""Options that are not called as their field is."""
_ADDED = frozenset({"plugins"})
"""Fields of which a later source adds to what the ones before it say; `no:NAME` takes away."""


class Source(msgspec.Struct, frozen=True):
    """Who said what a field is."""

    kind: Literal["file", "profile", "variable", "option"]
    name: str = ""
    """Of the profile, the variable or the option."""
    keys: tuple[str | int, ...] = ()
    """Where it stands in the file."""


class Loaded(msgspec.Struct, frozen=True):
    """A configuration and where it came from."""

    config: Config
    root: Path
    """The root of the project: the folder of `file`, else the nearest with a manage.py or pyproject.toml."""
    file: Path | None
    """The pyproject.toml that was read; None when none has a `[tool.greenroom]` table."""
    overrides: tuple[Override, ...] = ()
    """What is said of some tests; of two that say something of one test the first counts."""
    sources: Mapping[str, tuple[Source, ...]] = {}
    """Who said what each field is, the last of them the one that counts; fields with their default are not in it."""
    profiles: tuple[str, ...] = ()
    """The profile of the run, behind those that it inherits from."""


Read = dict[str, tuple[object, Source]]
"""What a source says, by field."""


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
    from_environ, from_options = _from_environ(environ), _from_options(overrides)
    steps, about_tests, profiles = _from_file(found, from_environ, from_options)
    values: dict[str, object] = {}
    sources: dict[str, tuple[Source, ...]] = {}
    for step in (*steps, from_environ, from_options):
        for name, (value, source) in step.items():
            added = name in _ADDED and name in values
            values[name] = (*values[name], *value) if added else value  # type: ignore[misc]
            sources[name] = (*sources.get(name, ()), source)
    config = msgspec.convert(values, Config)
    if not config.coverage:
        _refuse_alone(overrides)
    if config.filter:
        _check_filter(config, sources["filter"][-1], found[0] if found else None)
    root = find_root(start) if found is None else found[0].parent
    return Loaded(config, root, found[0] if found else None, about_tests, sources, profiles)


def _from_file(
    found: tuple[Path, Mapping[str, object]] | None, *later: Read
) -> tuple[list[Read], tuple[Override, ...], tuple[str, ...]]:
    """What the file says for all runs and for each profile of this one; its overrides; the names of these profiles.

    Args:
        found: the file, and its table.
        later: what may name the profile, and goes before the file.
    """
    file, table = found or (None, {})
    plain = {key: value for key, value in table.items() if key not in _TABLES}
    first = _from_table(file, plain, TABLE) if file is not None else {}
    wanted = next((said["profile"] for said in (*reversed(later), first) if "profile" in said), None)
    if wanted is None and len(plain) == len(table):
        return [first], (), ()
    # Imported here: most files have neither.
    from greenroom.config.overrides import read_overrides
    from greenroom.config.profiles import chain, read_profiles

    profiles = {}
    about_tests: tuple[Override, ...] = ()
    if file is not None:
        profiles = read_profiles(file, table, partial(_from_table, file))
        about_tests = read_overrides(file, table.get("overrides", []), (*TABLE, "overrides"))
    if wanted is None:
        return [first], about_tests, ()
    name, source = wanted
    line = chain(file, profiles, str(name), where_of(source, file))
    for profile in line:
        about_tests = (*profile.overrides, *about_tests)
    return [first, *(profile.values for profile in line)], about_tests, tuple(profile.name for profile in line)


def where_of(source: Source, file: Path | None) -> str:
    """A source, as one can find it: a file and a line, a variable, an option."""
    if source.kind == "option":
        return f"Option {source.name}"
    if source.kind == "variable":
        return f"Environment variable {source.name}"
    return str(Spot(file or Path(), source.keys))


def _check_filter(config: Config, source: Source, file: Path | None) -> None:
    """Each expression is one; which of them is wrong is shown with a caret."""
    from greenroom.filters import parse

    for text in config.filter:
        parse(text, where_of(source, file))


def _from_table(file: Path, table: Mapping[str, object], keys: Keys) -> Read:
    said: Read = {}
    profile = str(keys[-1]) if len(keys) > len(TABLE) else ""
    for key, value in table.items():
        name, spot = field_name(key), Spot(file, (*keys, key))
        if name is None:
            known = [*map(key_name, FIELDS), *(("inherits", "overrides") if profile else _TABLES)]
            raise ConfigError(
                f"{spot}: unknown key {key!r} in [{'.'.join(map(str, keys))}]",
                did_you_mean(key.replace("_", "-").lower(), known),
            )
        if name in said:
            raise ConfigError(
                f"{spot}: {key_name(name)} is set twice in [{'.'.join(map(str, keys))}]", "Keep one of the two."
            )
        source = Source("profile" if profile else "file", profile, (*keys, key))
        said[name] = (field_value(name, value, Named(spot, key)), source)
    return said


def _from_environ(environ: Mapping[str, str]) -> Read:
    values: Read = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable in RESERVED or not value:
            continue
        name = variable[len(PREFIX) :].lower()
        if name not in FIELDS or variable != variable.upper():
            known = [PREFIX + field.upper() for field in FIELDS]
            raise ConfigError(f"Unknown environment variable {variable}", did_you_mean(variable.upper(), known))
        checked = field_value(name, value, f"Environment variable {variable}", text=True)
        values[name] = (checked, Source("variable", variable))
    return values


def _from_options(overrides: Mapping[str, object]) -> Read:
    values: Read = {}
    for option, value in overrides.items():
        if value is None:
            continue
        name = field_name(option)
        if name is None:
            raise ConfigError(f"Unknown option {option!r}", _known_keys(option))
        flag = _FLAGS.get(name, f"--{key_name(name)}")
        values[name] = (field_value(name, value, f"Option {flag}", text=True), Source("option", flag))
    return values


def _refuse_alone(overrides: Mapping[str, object]) -> None:
    """An option that only means something with `--coverage` is not passed over without it."""
    for name in ("coverage_fail_under", "coverage_contexts", "coverage_report"):
        if overrides.get(name) is not None:
            raise ConfigError(f"--{key_name(name)} says nothing where nothing is measured", "Add --coverage.")


def _known_keys(key: str) -> str:
    return did_you_mean(key.replace("_", "-").lower(), map(key_name, FIELDS))
