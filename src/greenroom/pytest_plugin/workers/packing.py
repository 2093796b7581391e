"""Values of reports as bytes, and back: JSON, in which a tuple stays a tuple. What is no data becomes text."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _pytest._io.saferepr import saferepr

_MARK = "$greenroom"
"""The key of an object that stands for something that JSON does not have."""


class Shown(str):
    """The text that stands for an object; shown as that was."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def pack(value: Any) -> bytes:
    """A value as bytes."""
    return json.dumps(_plain(value)).encode()


def unpack(data: bytes) -> Any:
    """What was packed."""
    return _value(json.loads(data))


def is_data(value: Any) -> bool:
    """Whether a value comes back as it was."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value) in {list, tuple, set, frozenset} and all(map(is_data, value))
    if type(value) is dict:
        return all(is_data(key) and is_data(each) for key, each in value.items())
    return type(value) in {type(None), bool, int, float, str, bytes} or isinstance(value, Path)


def _plain(value: Any) -> Any:  # noqa: C901, PLR0911 - one for each kind of value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Shown):
        return {_MARK: "shown", "of": str.__str__(value)}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, tuple):
        return {_MARK: "tuple", "of": [_plain(each) for each in value]}
    if isinstance(value, Mapping):
        if _MARK in value or not all(type(key) is str for key in value):
            return {_MARK: "dict", "of": [[_plain(key), _plain(each)] for key, each in value.items()]}
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return {_MARK: type(value).__name__, "of": [_plain(each) for each in value]}
    if isinstance(value, (bytes, bytearray)):
        return {_MARK: "bytes", "of": base64.b64encode(value).decode()}
    if isinstance(value, os.PathLike):
        return {_MARK: "path", "of": os.fspath(value)}
    return {_MARK: "shown", "of": saferepr(value)}


def _value(plain: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    if isinstance(plain, list):
        return [_value(each) for each in plain]
    if not isinstance(plain, dict):
        return plain
    of: Any = plain.get("of")
    match plain.get(_MARK):
        case None:
            return {key: _value(each) for key, each in plain.items()}
        case "dict":
            return {_value(key): _value(each) for key, each in of}
        case "bytes":
            return base64.b64decode(of)
        case "path":
            return Path(of)
        case "shown":
            return Shown(of)
        case name:
            kinds = {"tuple": tuple, "set": set, "frozenset": frozenset}
            return kinds[name]([_value(each) for each in of])
