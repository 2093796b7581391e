"""One connection, several users: one at a time."""

from __future__ import annotations

import sys
import threading
import traceback
from types import FrameType
from typing import Any

from django.db import OperationalError

_LIBRARY = ("/django/", "/greenroom/", "/contextlib.py", "/asgiref/")
_MOST_FRAMES = 6


class ConnectionBusyError(OperationalError):
    """Somebody else has kept a shared connection for too long, or the test that it belongs to is over."""


class SharedLock:
    """A lock that its owner can take again, that is waited for no longer than so long, and that knows who has it.

    Args:
        alias: of the connection.
        seconds: how long to wait for it.
    """

    def __init__(self, alias: str, seconds: float) -> None:
        self._alias, self._seconds = alias, seconds
        self._changed = threading.Condition()
        self._owner: Any = None
        self._name = self._where = ""
        self._depth = 0
        self._thread = 0
        self._closed = False

    def acquire(self, owner: Any, name: str, where: str = "") -> None:
        """Take it.

        Args:
            owner: who takes it.
            name: what to call the owner.
            where: where a transaction began for which it is kept.

        Raises:
            ConnectionBusyError: somebody else has it and does not give it back, or the test is over.
        """
        with self._changed:
            if self._owner is not owner:
                if not self._changed.wait_for(self._free, self._seconds):
                    raise ConnectionBusyError(self._trouble(name))
                if self._closed:
                    raise ConnectionBusyError(f"{name} came too late: the test whose connection it used is over.")
                self._owner, self._name, self._depth, self._where = owner, name, 0, ""
                self._thread = threading.get_ident()
            self._depth += 1
            self._where = where or self._where

    def release(self, owner: Any) -> None:
        """Give back what was taken once."""
        with self._changed:
            if self._owner is owner:
                self._depth -= 1
                if self._depth <= 0:
                    self._give_up()

    def drop(self, owner: Any) -> None:
        """Give it back however often it was taken."""
        with self._changed:
            if self._owner is owner:
                self._give_up()

    def close(self) -> None:
        """The test is over: nobody gets it any more."""
        with self._changed:
            self._closed = True
            self._give_up()

    def _free(self) -> bool:
        return self._owner is None or self._closed

    def _give_up(self) -> None:
        self._owner, self._depth = None, 0
        self._changed.notify_all()

    def _trouble(self, name: str) -> str:
        began = f", for the transaction that began at {self._where}" if self._where else ""
        frame = sys._current_frames().get(self._thread)
        stack = "".join(traceback.format_stack(frame)[-_MOST_FRAMES:]) if frame else ""
        return (
            f"{name} waited {self._seconds:g} s for the connection {self._alias!r}, which live server and test share. "
            f"{self._name} has it{began}. It is here:\n{stack}"
        )


def caller() -> str:
    """The file and line of the project's that led here."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - a stack without its source lines
    while frame is not None and any(part in frame.f_code.co_filename.replace("\\", "/") for part in _LIBRARY):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else ""
