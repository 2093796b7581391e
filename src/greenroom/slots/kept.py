"""What this process made for itself, once."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from greenroom.errors import GreenroomError
from greenroom.running.ending import at_end
from greenroom.running.folders import make_folder, remove_folder, sweep

PREFIX = "greenroom-slot-"
_Made = TypeVar("_Made")


class SlotError(GreenroomError):
    """A worker can't have for itself what it was asked to."""


class _Kept:
    """The things of one process; a forked child begins with none."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.RLock()
        self.things: dict[Hashable, Any] = {}


class _Mine:
    kept = _Kept()


def once(key: Hashable, make: Callable[[], _Made]) -> _Made:
    """What was made under a key in this process; made now where that is nothing yet.

    Args:
        key: what it is known by.
        make: makes it, and says how it is closed: `greenroom.running.ending.at_end`.
    """
    kept = _mine()
    with kept.lock:
        if key not in kept.things:
            kept.things[key] = make()
            # Told of later, so done before: what is closed is nobody's any more.
            at_end(lambda: kept.things.pop(key, None))
        made: _Made = kept.things[key]
        return made


def made(key: Hashable) -> Any:
    """What was made under a key in this process, if anything."""
    return _mine().things.get(key)


def folder() -> Path:
    """A temporary folder of this worker's own, which nobody else can enter. It goes with the worker.

    What a worker that was killed left is removed by the next one that asks for its own.

    Raises:
        OSError: it can't be made.
    """
    return once("folder", _new_folder)


def _new_folder() -> Path:
    place = Path(tempfile.gettempdir())
    sweep([place], PREFIX)
    new = make_folder(place, PREFIX)
    at_end(lambda: remove_folder(new))
    return new / "in"


def _mine() -> _Kept:
    if _Mine.kept.pid != os.getpid():
        _Mine.kept = _Kept()
    return _Mine.kept
