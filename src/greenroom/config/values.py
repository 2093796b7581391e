"""Turns what a user wrote into the value of a configuration field, or says what is wrong with it in one line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec

from greenroom.config.schema import Config, Percentage
from greenroom.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Mapping[str, Any] = {field.name: field.type for field in msgspec.structs.fields(Config)}
"""The name of each field, with underscores, and its type."""

_PERCENTAGE = Percentage | None
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def field_name(key: str) -> str | None:
    """The field that a key names, dashes and underscores taken as the same; None when there is none."""
    name = key.replace("-", "_")
    return name if name in FIELDS else None


def key_name(field: str) -> str:
    """How a field is written in the file."""
    return field.replace("_", "-")


def field_value(field: str, value: object, where: object, *, text: bool = False) -> object:
    """Check one value.

    Args:
        field: a name out of `FIELDS`.
        value: what was written.
        where: where it was written, to begin the message with, e.g. `pyproject.toml:3: timeout`.
        text: whether the place knows no other type than text, so that a number or boolean is read out of it.

    Raises:
        ConfigError: it is not a value of this field.
    """
    # A comma in an expression is part of it.
    return typed_value(FIELDS[field], value, where, text=text and field != "filter")


def typed_value(kind: Any, value: object, where: object, *, text: bool = False) -> object:
    """Check one value of any type that a field may have; as `field_value`."""
    if get_origin(kind) is tuple:
        return _several(kind, value, where, text=text)
    return _checked(kind, value, where, text=text)


def _checked(kind: Any, value: object, where: object, *, text: bool) -> object:
    choices = _choices(kind)
    if choices:
        if value in choices:
            return value
        wish = "must be " + " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))
        hint = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise ConfigError(f"{where} {wish}, not {_shown(value)}", hint if hint.startswith("Did") else "")
    if text and isinstance(value, str):
        value = _read(kind, value)
    try:
        value = msgspec.convert(value, kind)
    except msgspec.ValidationError:
        raise ConfigError(f"{where} must be {_wish(kind)}, not {_shown(value)}") from None
    if isinstance(value, float) and kind != _PERCENTAGE and not (math.isfinite(value) and value > 0):
        raise ConfigError(f"{where} must be more than 0, not {value:g}")
    if value == "":
        raise ConfigError(f"{where} must not be empty")
    return value


def _choices(kind: Any) -> tuple[str, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


def _several(kind: Any, value: object, where: object, *, text: bool) -> tuple[object, ...]:
    """The values of a field that takes any number of them: in text with commas between them."""
    member = get_args(kind)[0]
    if text and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    elif isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{where} must be a list of names, not {_shown(value)}")
    parts = [part for each in value for part in (each.split(",") if text and isinstance(each, str) else [each])]
    return tuple(dict.fromkeys(_checked(member, part, where, text=text) for part in parts))


def _read(kind: Any, text: str) -> object:
    """Text as the type asked for where it can be read so; else as it is, to be refused."""
    if kind is bool:
        return _BOOLEANS.get(text.strip().lower(), text)
    number = float if kind in {float, float | None, _PERCENTAGE} else int if _is_whole(kind) else None
    if number is not None:
        try:
            return number(text)
        except ValueError:
            return text
    return text


def _is_whole(kind: Any) -> bool:
    return get_origin(kind) is Annotated and get_args(kind)[0] is int


def _wish(kind: Any) -> str:
    if kind is bool:
        return "true or false"
    if kind == _PERCENTAGE:
        return "a percentage, from 0 to 100"
    if kind in {float, float | None}:
        return "a number of seconds"
    if _is_whole(kind):
        return f"a whole number, {get_args(kind)[1].ge} or more"
    return "text"


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str | bool | int | float | None) else f"a {type(value).__name__}"
