"""Playwright's synchronous API in a test, with Django's ORM beside it.

The synchronous API runs an asyncio loop in a greenlet of the test's own thread, and leaves the mark of a running loop on
that thread while the test's code goes on. Django, `asyncio.run()` and asgiref see the mark and refuse to work. Nothing
runs at that moment: the loop waits in its greenlet.

So the mark is set while control is within Playwright, and off while it is within the test. Control passes between the two
at two borders only. Inward: the methods and properties of the API's classes. Outward: the functions that a test gave to
Playwright (event handlers, routes, predicates), all of which go through one method. Both borders are wrapped, once in a
process; the objects stay Playwright's own, and what it does between the borders stays as it is.
"""

# ruff: noqa: SLF001 - the borders are Playwright's own business, and the mark is asyncio's
from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

_SHIELD = "_greenroom_shield"
_done: list[bool] = []


def unmark() -> None:
    """Keep the mark of a running loop off the test's code from now on, in this process. A second call does nothing."""
    if _done:
        return
    _done.append(True)
    from playwright._impl import _impl_to_api_mapping, _sync_base
    from playwright.sync_api import _generated

    base: Any = _sync_base.SyncBase
    base._sync = _living(base._sync)
    for cls in {*_below(_sync_base.SyncBase), *_classes(_generated, _sync_base.SyncBase), _sync_base.SyncBase}:
        _guard_class(cls, lambda this: this._loop)
    _guard_class(_sync_base.EventInfo, lambda this: this._sync_base._loop)
    _guard_class(_sync_base.EventContextManager, lambda this: this._event._sync_base._loop)
    mapping: Any = _impl_to_api_mapping.ImplToApiMapping
    mapping.wrap_handler = _shielding(mapping.wrap_handler)


def started(manager: Any) -> Any:
    """Start Playwright's synchronous API without leaving the mark behind.

    Args:
        manager: what `sync_playwright()` gave.

    Returns:
        The started Playwright; its `stop()` leaves no mark either.
    """
    unmark()
    try:
        playwright = manager.start()
    finally:
        asyncio._set_running_loop(None)
    stop = playwright.stop

    def stop_unmarked() -> None:
        if playwright._dispatcher_fiber.dead:
            return
        asyncio._set_running_loop(manager._loop)
        try:
            stop()
        finally:
            asyncio._set_running_loop(None)

    playwright.stop = stop_unmarked
    return playwright


def _below(cls: Any) -> Iterator[type]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _below(sub)


def _classes(module: Any, base: type) -> Iterator[type]:
    return (cls for cls in vars(module).values() if inspect.isclass(cls) and issubclass(cls, base))


def _guard_class(cls: type, loop_of: Callable[[Any], Any]) -> None:
    for name, value in tuple(vars(cls).items()):
        if name in {"__init__", "__repr__", "__str__", "__new__", "_wrap_handler"}:
            continue
        if isinstance(value, FunctionType):
            setattr(cls, name, _guarded(value, loop_of))
        elif isinstance(value, property) and value.fget is not None:
            setattr(cls, name, property(_guarded(value.fget, loop_of), value.fset, value.fdel, value.__doc__))


def _guarded(function: Callable[..., Any], loop_of: Callable[[Any], Any]) -> Callable[..., Any]:
    """The same function, which sets the mark while it runs where there is none."""

    @functools.wraps(function)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if asyncio._get_running_loop() is not None:
            # Within Playwright already; or an asynchronous caller, to whom Playwright says what is wrong.
            return function(self, *args, **kwargs)
        asyncio._set_running_loop(loop_of(self))
        try:
            return function(self, *args, **kwargs)
        finally:
            asyncio._set_running_loop(None)

    return call


def _living(sync: Callable[..., Any]) -> Callable[..., Any]:
    """What all calls go through, with an end: older versions wait forever for a loop that a signal has ended."""

    @functools.wraps(sync)
    def call(self: Any, awaitable: Any) -> Any:
        __tracebackhide__ = True
        if self._dispatcher_fiber.dead:
            from playwright.sync_api import Error

            if inspect.iscoroutine(awaitable):
                awaitable.close()
            raise Error("Playwright was interrupted, and has ended")
        return sync(self, awaitable)

    return call


def _shielding(wrap_handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Playwright's way to take a handler, with the mark off while the handler runs."""

    @functools.wraps(wrap_handler)
    def wrap(self: Any, handler: Any) -> Any:
        inner = wrap_handler(self, handler)
        # One for each handler, as Playwright has it: by it a listener is found again when it is removed.
        shield = getattr(inner, _SHIELD, None)
        if shield is None:
            shield = _shield(inner)
            setattr(inner, _SHIELD, shield)
        return shield

    return wrap


def _shield(inner: Callable[..., Any]) -> Callable[..., Any]:
    # The language, the time zone and the like that the test has: a new greenlet would begin with none of it.
    context = contextvars.copy_context()

    def call(*args: Any) -> Any:
        mark = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            # A copy, for a handler that waits for the browser may be called again meanwhile.
            return context.copy().run(inner, *args)
        finally:
            asyncio._set_running_loop(mark)

    return call
