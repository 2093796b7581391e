"""What a project says that each worker has for itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from greenroom.errors import did_you_mean
from greenroom.running.ending import at_end
from greenroom.slots.kept import SlotError, once

_factories: dict[str, Callable[[], Any]] = {}


def resource(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Have each worker make something for itself, the first time that one of its tests asks for it.

    The function below makes it. Where that is a generator, what it yields is the thing, and what follows is done after the
    last test of the worker. In its place stands a function that gives the thing.

    Args:
        name: what it is known by; see `get`.

    Raises:
        SlotError: another function has this name.
    """

    def register(factory: Callable[[], Any]) -> Callable[[], Any]:
        known = _factories.get(name)
        if known is not None and _place(known) != _place(factory):
            raise SlotError(f"two functions make the resource {name!r}: {_place(known)} and {_place(factory)}")
        _factories[name] = factory

        def of_this_worker() -> Any:
            return once(("resource", name), lambda: _make(name, factory))

        of_this_worker.__name__, of_this_worker.__doc__ = factory.__name__, factory.__doc__
        return of_this_worker

    return register


def get(name: str) -> Any:
    """The thing that this worker has under a name; made now where no test has asked for it yet.

    Raises:
        SlotError: no function makes it.
    """
    factory = _factories.get(name)
    if factory is None:
        raise SlotError(f"there is no resource {name!r}", did_you_mean(name, _factories))
    return once(("resource", name), lambda: _make(name, factory))


def _make(name: str, factory: Callable[[], Any]) -> Any:
    if not inspect.isgeneratorfunction(factory):
        return factory()
    steps: Iterator[Any] = factory()
    try:
        thing = next(steps)
    except StopIteration:
        raise SlotError(f"the resource {name!r} yields nothing", f"See {_place(factory)}.") from None
    at_end(lambda: _finish(name, steps))
    return thing


def _finish(name: str, steps: Iterator[Any]) -> None:
    for _ in steps:
        raise SlotError(f"the resource {name!r} yields more than once")


def _place(factory: Callable[[], Any]) -> str:
    return f"{factory.__module__}.{factory.__qualname__}"
