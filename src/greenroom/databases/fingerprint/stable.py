"""Values of settings and of models as digests that are the same in every process."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import functools
import hashlib
import pathlib
import re
import sys
import types
import uuid
from collections.abc import Mapping
from typing import Any

_ATOMS = frozenset({str, int, bool, type(None), float, bytes, complex})
_ATOMIC: tuple[type[Any], ...] = (str, bytes, int, float)
_TOLD_BY_REPR = (
    decimal.Decimal,
    dt.date,
    dt.time,
    dt.timedelta,
    dt.tzinfo,
    uuid.UUID,
    range,
    slice,
)
_DEEPEST = 60


def digest_of(value: object, modules: set[str] | None = None) -> str:
    """A digest of a value of any kind: no two processes give the same value different ones.

    Args:
        value: any object. What it holds counts, not where it is.
        modules: is given the names of the modules whose code makes the value what it is.
    """
    return digest_of_text(repr(plain(value, modules)))


def digest_of_text(text: str) -> str:
    """A digest of a text, 32 hexadecimal digits."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def plain(value: object, modules: set[str] | None = None) -> object:
    """The value in tuples, texts and numbers alone, so that `repr()` tells it."""
    if type(value) in _ATOMS:
        return value
    return _Plainer(set() if modules is None else modules).plain(value)


class _Plainer:
    """Takes one value apart; circles end where they close."""

    def __init__(self, modules: set[str]) -> None:
        self._modules = modules
        self._open: list[int] = []

    def plain(self, value: Any) -> object:
        if type(value) in _ATOMS:
            return value
        if id(value) in self._open:
            return ("circle", self._open.index(id(value)))
        if len(self._open) > _DEEPEST:
            return ("deep", _name(type(value)))
        self._open.append(id(value))
        try:
            return self._compound(value)
        finally:
            self._open.pop()

    def _compound(self, value: Any) -> object:  # noqa: PLR0911 - one for each kind
        kind = type(value)
        if kind in {list, tuple}:
            return (kind.__name__, *map(self.plain, value))
        if kind is dict:
            return ("dict", *((self.plain(key), self.plain(item)) for key, item in value.items()))
        if isinstance(value, (set, frozenset)):
            return (kind.__name__, *sorted((self.plain(item) for item in value), key=repr))
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, (types.FunctionType, types.MethodType, types.BuiltinFunctionType, functools.partial)):
            return self._function(value)
        if isinstance(value, types.CodeType):
            return self._code(value)
        if isinstance(value, types.CellType):
            return ("cell", self.plain(value.cell_contents)) if _is_filled(value) else ("cell",)
        if isinstance(value, types.ModuleType):
            self._modules.add(value.__name__)
            return ("module", value.__name__)
        return self._instance(value)

    def _class(self, value: type) -> object:
        self._modules.add(value.__module__)
        return ("class", _name(value))

    def _function(self, value: Any) -> object:
        if isinstance(value, functools.partial):
            return ("partial", self.plain(value.func), self.plain(value.args), self.plain(value.keywords))
        if isinstance(value, types.MethodType):
            return ("method", self.plain(value.__func__), self.plain(value.__self__))
        self._modules.add(str(value.__module__))
        if not isinstance(value, types.FunctionType) or value.__module__.partition(".")[0] == "django":
            return ("function", _name(value))
        # The source behind a name may be anything (a lambda, a local function): the code itself counts as well.
        parts = (value.__code__, value.__defaults__, value.__kwdefaults__, value.__closure__)
        return ("function", _name(value), *map(self.plain, parts))

    def _code(self, value: types.CodeType) -> object:
        return ("code", value.co_name, value.co_code, value.co_names, *map(self.plain, value.co_consts))

    def _instance(self, value: Any) -> object:  # noqa: PLR0911 - the same
        if isinstance(value, pathlib.PurePath):
            return ("path", str(value))
        if isinstance(value, enum.Enum):
            return ("enum", _name(type(value)), value.name, self.plain(value.value))
        if isinstance(value, re.Pattern):
            return ("pattern", value.pattern, value.flags)
        if isinstance(value, _TOLD_BY_REPR):
            return (_name(type(value)), repr(value))
        for kind in _ATOMIC:
            if isinstance(value, kind):
                return (_name(type(value)), kind(value), *self._state(value))
        known = _django(value)
        if known is not None:
            return tuple(map(self.plain, known))
        self._modules.add(type(value).__module__)
        return (_name(type(value)), *self._items(value), *self._state(value))

    def _items(self, value: Any) -> list[object]:
        """The contents of a subclass of list, tuple or dict, and of what looks like a mapping."""
        if isinstance(value, (list, tuple)):
            return [tuple(map(self.plain, value))]
        if isinstance(value, (dict, Mapping)):
            try:
                return [tuple((self.plain(key), self.plain(value[key])) for key in value)]
            except Exception:
                return ["unreadable"]
        return []

    def _state(self, value: Any) -> list[object]:
        state = dict(getattr(value, "__dict__", None) or {})
        for base in type(value).__mro__:
            slots = base.__dict__.get("__slots__", ())
            for slot in (slots,) if isinstance(slots, str) else slots:
                if slot not in {"__dict__", "__weakref__"} and hasattr(value, slot):
                    state.setdefault(slot, getattr(value, slot))
        return [tuple((name, self.plain(item)) for name, item in sorted(state.items()))] if state else []


def _django(value: Any) -> tuple[object, ...] | None:  # noqa: PLR0911 - the same
    """What of Django's own objects counts: their name or what they would be made from."""
    if "django" not in sys.modules:
        return None
    from django.apps import AppConfig
    from django.db.models import Field
    from django.utils.functional import LazyObject, Promise, empty

    if isinstance(value, Promise):
        return ("lazy", value.__reduce__()[1])  # a translated text by what it translates
    if isinstance(value, AppConfig):
        return ("app", value.label)
    if isinstance(value, LazyObject):
        if value.__dict__.get("_wrapped", empty) is empty:
            value._setup()  # or it would have another digest once somebody asked it
        return ("lazy object", value.__dict__["_wrapped"])
    if isinstance(value, Field):
        return ("field", type(value), *value.deconstruct()[1:])
    deconstruct = getattr(type(value), "deconstruct", None)
    if deconstruct is None:
        return None
    try:
        return ("deconstructed", type(value), *deconstruct(value))
    except Exception:  # e.g. of a class that is local to a function
        return None


def _name(value: Any) -> str:
    return f"{value.__module__}.{getattr(value, '__qualname__', type(value).__qualname__)}"


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell raises
    except ValueError:
        return False
    return True
