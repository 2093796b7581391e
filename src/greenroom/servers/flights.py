"""The requests that a live server is answering: who they are, when they are over, and which would not end."""

from __future__ import annotations

import itertools
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from types import FrameType
from typing import Any

MOST_STATEMENTS = 50
"""So many of a request's last statements are kept."""
MOST_CHARACTERS = 1000
"""So much of each statement is kept."""
_MOST_FRAMES = 25
_IDLE = "concurrent/futures/thread.py"
"""Where a thread is that has nothing to do."""
_numbers = itertools.count(1)


class Flight:
    """One request, from its first line to the end of its answer.

    Args:
        method: such as GET; WEBSOCKET for a websocket.
        path: with the query string.
        test: the number of the test that it came in.
    """

    def __init__(self, method: str, path: str, test: int) -> None:
        self.number = next(_numbers)
        self.method, self.path, self.test = method, path, test
        self.thread = threading.get_ident()
        self.task: Any = None
        """The asyncio task that it is answered in, where it is."""
        self.hang_up: Callable[[], None] | None = None
        """How it is told to end, where it may be open for long."""
        self.log: Any = None
        """Where its exceptions go."""
        self.raised = False
        self.sql: deque[str] = deque(maxlen=MOST_STATEMENTS)
        self.statements = 0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def note(self, sql: Any, params: Any) -> None:
        """Remember a statement."""
        text = str(sql)[:MOST_CHARACTERS]
        self.sql.append(f"{text}; args={repr(params)[:MOST_CHARACTERS]}" if params else text)
        self.statements += 1

    def stack(self) -> str:
        """Where it is, as in a traceback."""
        frames: list[tuple[FrameType, int]] = []
        if self.task is not None:
            # A task knows its outermost frame only; the others are what that one waits for.
            waiting = self.task.get_coro()
            while getattr(waiting, "cr_frame", None) is not None:
                frames.append((waiting.cr_frame, waiting.cr_frame.f_lineno))
                waiting = waiting.cr_await
        thread = sys._current_frames().get(self.thread)
        if thread is not None and not thread.f_code.co_filename.endswith(_IDLE):
            frames += reversed(list(traceback.walk_stack(thread)))
        return "".join(traceback.StackSummary.extract(iter(frames[-_MOST_FRAMES:])).format())


CURRENT: ContextVar[Flight | None] = ContextVar("greenroom_flight", default=None)
"""The request that the running code answers."""


class Flights:
    """The requests of one server.

    Between two tests the gate is shut: a request that comes too late is turned away, before it can touch a database
    that is being put back.
    """

    def __init__(self) -> None:
        self._flying: dict[int, Flight] = {}
        self._changed = threading.Condition()
        self._open = True
        self._given_up: set[int] = set()
        self.test = 0
        """The number of the test that is running."""

    def enter(self, method: str, path: str) -> Flight | None:
        """A request has come; None: it came after its test, and has to be turned away."""
        with self._changed:
            if not self._open:
                return None
            flight = Flight(method, path, self.test)
            self._flying[flight.number] = flight
            return flight

    def leave(self, flight: Flight) -> None:
        """It is over."""
        with self._changed:
            self._flying.pop(flight.number, None)
            self._given_up.discard(flight.number)
            self._changed.notify_all()

    def open(self) -> None:
        """A test begins."""
        with self._changed:
            self._open = True
            self.test += 1

    def __iter__(self) -> Any:
        with self._changed:
            return iter(list(self._flying.values()))

    def drain(self, seconds: float, *, shut: bool = True) -> list[Flight]:
        """Wait for the requests under way to end.

        Args:
            seconds: for so long at most.
            shut: whether requests that come from now on are turned away.

        Returns:
            Those that did not end. The next call does not wait for them again.
        """
        with self._changed:
            self._open = not shut
        for flight in self:
            if flight.hang_up is not None:
                flight.hang_up()
        until = time.monotonic() + seconds
        with self._changed:
            while self._awaited():
                left = until - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
            stuck = self._awaited()
            self._given_up |= {flight.number for flight in stuck}
            return stuck

    def _awaited(self) -> list[Flight]:
        return [flight for number, flight in self._flying.items() if number not in self._given_up]


def told(stuck: list[Flight], seconds: float) -> str:
    """Say which requests did not end, and where they are."""
    return "\n".join(
        f"{flight} was still running {seconds:g} s after its test was over. It was here:\n{flight.stack()}"
        for flight in stuck
    )
