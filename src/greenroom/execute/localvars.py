"""What the local variables of a frame held, as texts: for `--locals`.

What Django calls sensitive is left out as on its page of an error (`sensitive_variables`, `hidden_settings`, the project's own
`DEFAULT_EXCEPTION_REPORTER_FILTER`; Django's howto "Error reporting"), whatever `DEBUG` is. To look at a value changes nothing:
no query set is evaluated, nothing lazy is woken, and no `__repr__` gets through to a database.
"""

from __future__ import annotations

import copy
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from threading import get_ident
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any

from django.db import connections
from django.db.models.query import QuerySet, RawQuerySet
from django.http import HttpRequest
from django.utils.functional import LazyObject, Promise
from django.views.debug import SafeExceptionReporterFilter, get_default_exception_reporter_filter

from greenroom.execute.exceptions import bounded
from greenroom.execute.sqltape import is_foreign

MOST_VARIABLES = 50
"""Of one frame."""
MOST_CHARACTERS = 1_000
"""Of one value."""
_MOST_MEMBERS = 20
"""Of a container."""
_DEEP = 4
_WAYS = ("cursor", "chunked_cursor")

Locals = tuple[tuple[str, str], ...]


class _Text:
    """Stands for a value that must not be looked at."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class _Repr(reprlib.Repr):
    """`repr()` with bounds, which nothing that a value does gets out of."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = _DEEP
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdeque = _MOST_MEMBERS
        self.maxstring = self.maxother = MOST_CHARACTERS
        self.maxlong = 200

    def repr1(self, x: Any, level: int) -> str:
        try:
            return super().repr1(x, level)
        except Exception as error:
            return _failed(x, error)

    def repr_instance(self, x: Any, level: int) -> str:
        try:
            return bounded(repr(x), self.maxother)
        except Exception as error:
            return _failed(x, error)


def locals_of(frame: FrameType) -> Locals:
    """The local variables of a frame, each with what it held; none of a frame that is not the project's own code.

    Args:
        frame: of a traceback. That of a module has none, as its variables are the module.
    """
    if is_foreign(frame.f_code.co_filename) or frame.f_locals is frame.f_globals:
        return ()
    try:
        with _no_queries():
            return tuple(_texts(frame))
    except Exception as error:
        # Rather nothing than what the project's filter would have left out.
        return (("…", f"not shown: {type(error).__name__} while sensitive values were left out"),)


def _texts(frame: FrameType) -> Iterator[tuple[str, str]]:
    # pytest's asserts have variables with an `@`; what a module imported by name is no state.
    held = {
        name: _safe(value)
        for name, value in frame.f_locals.items()
        if not name.startswith(("__", "@")) and not issubclass(type(value), ModuleType)
    }
    sensitive = _filter()
    seen: Any = SimpleNamespace(f_code=frame.f_code, f_back=frame.f_back, f_locals=held, f_globals=frame.f_globals)
    show = _Repr().repr
    shown = list(sensitive.get_traceback_frame_variables(_request(frame), seen))
    for name, value in shown[:MOST_VARIABLES]:
        try:
            yield name, bounded(show(sensitive.cleanse_setting(name, value)), MOST_CHARACTERS)
        except Exception as error:
            yield name, f"<{type(value).__name__}, not shown: {type(error).__name__}>"
    if len(shown) > MOST_VARIABLES:
        yield "…", f"and {len(shown) - MOST_VARIABLES} more"


def _filter() -> Any:
    """The project's own filter, at work also where DEBUG is on."""
    from django.conf import settings

    own: Any = get_default_exception_reporter_filter() if settings.configured else SafeExceptionReporterFilter()
    own = copy.copy(own)
    own.is_active = lambda _request: True
    return own


def _request(frame: FrameType | None) -> HttpRequest | None:
    """The request that is being answered: what is sensitive in its data is said by it."""
    while frame is not None:
        found = frame.f_locals.get("request")
        if issubclass(type(found), HttpRequest):
            return found
        frame = frame.f_back
    return None


def _safe(value: Any, depth: int = _DEEP) -> Any:
    """The value, or what stands for it where looking at it would change something; of containers a part with such members."""
    kind = type(value)  # To ask a lazy object for its class would wake it.
    if kind in {list, tuple}:
        return kind(_safe(each, depth - 1) for each in islice(value, _MOST_MEMBERS + 1)) if depth else _Text("...")
    if kind is dict:
        some = islice(value.items(), _MOST_MEMBERS + 1)
        return {key: _safe(each, depth - 1) for key, each in some} if depth else _Text("...")
    if issubclass(kind, LazyObject):
        woken = vars(value).get("_wrapped")
        return value if woken is not None and type(woken) is not object else _Text(f"<{kind.__name__}, not evaluated>")
    if issubclass(kind, Promise):
        return _Text("<lazy text>")
    if issubclass(kind, QuerySet | RawQuerySet) and value._result_cache is None:  # noqa: SLF001
        return _Text(f"<{kind.__name__} of {getattr(value.model, '__name__', '?')}, not evaluated>")
    return value


def _failed(value: object, error: Exception) -> str:
    return f"<{type(value).__name__}: its repr() raised {type(error).__name__}>"


class _Forbidden(Exception):  # noqa: N818 - never told of
    """A `__repr__` asked for something from a database."""


@contextmanager
def _no_queries() -> Iterator[None]:
    """Within the block this thread has no way to a database; others, such as that of a live server, keep theirs."""
    here = get_ident()

    def guarded(original: Any) -> Any:
        def cursor(*args: Any, **named: Any) -> Any:
            if get_ident() == here:
                raise _Forbidden
            return original(*args, **named)

        return cursor

    before = []
    for connection in connections.all(initialized_only=True):
        for name in _WAYS:
            before.append((connection, name, vars(connection).get(name)))
            setattr(connection, name, guarded(getattr(connection, name)))
    try:
        yield
    finally:
        for connection, name, own in reversed(before):
            if own is None:
                delattr(connection, name)
            else:
                setattr(connection, name, own)
