"""What a worker tells its parent, over a pipe."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from greenroom.events import Attachment, Problem
from greenroom.execute.api import name_and_doc
from greenroom.execute.capture import NOTHING, Captured
from greenroom.execute.messages import (
    PASSED,
    PASSED_LENGTH,
    PASSED_TAG,
    FixtureEnded,
    Goodbye,
    GroupBegan,
    GroupEnded,
    Report,
    Resets,
    TestBegan,
    TestEnded,
    TestFound,
    frame,
    write_all,
)
from greenroom.model import Outcome

# Held here: a test may patch what the module `os` holds.
_write, _pack = os.write, PASSED.pack
_LOST_CONNECTION = 71


class Wire:
    """An `Outlet` that writes to the parent.

    Args:
        fd: the descriptor that reports are written to.
        verbose: whether each test is shown with its name and docstring.
    """

    def __init__(self, fd: int, *, verbose: bool) -> None:
        self._fd = fd
        self._encoder = msgspec.msgpack.Encoder()
        self._verbose = verbose
        self._expected = -1
        self._follows: dict[int, int] = {}
        self._test_seconds = 0.0
        self._count = 0
        self._time = time.time
        self._resets: dict[tuple[str, str], tuple[int, float]] = {}
        self.muted = False
        self.sql: Callable[[], str] | None = None

    def send(self, report: Report) -> None:
        self._write(frame(self._encoder, report))

    def _write(self, data: bytes) -> None:
        try:
            write_all(self._fd, data)
        except OSError:
            # The parent is gone, or a test closed this pipe: either way nothing that happens here counts any more.
            os._exit(_LOST_CONNECTION)

    def reset_done(self, alias: str, how: str, seconds: float) -> None:
        """A database was put back; told of at the end."""
        count, before = self._resets.get((alias, how), (0, 0.0))
        self._resets[alias, how] = (count + 1, before + seconds)

    def say_goodbye(self, failed_plugins: tuple[str, ...] = ()) -> None:
        """The worker ends of its own will."""
        resets = tuple(Resets(alias, how, *sums) for (alias, how), sums in self._resets.items())
        self.send(Goodbye(resets, failed_plugins))

    def group_begins(self, number: int, tests: Sequence[int]) -> None:
        self._follows = dict(pairwise(tests))
        self._expected = -1
        self._test_seconds = 0.0
        self._count = 0
        self.send(GroupBegan(number))

    def group_ended(self, number: int, seconds: float, of_fixtures: Captured) -> None:
        self.send(GroupEnded(number, self._count, seconds, max(0.0, seconds - self._test_seconds), of_fixtures))

    def began(self, index: int, at: float, test: Any) -> None:
        if index != self._expected and index >= 0:
            self.send(TestBegan(index, at))

    def passed(self, index: int, at: float, seconds: float, test: Any) -> None:
        if index < 0:
            self.ended(index, at, seconds, "passed", (), test)
            return
        self._test_seconds += seconds
        self._count += 1
        self._expected = self._follows.get(index, -1)
        if self._verbose:
            name, doc = name_and_doc(test, test.id())
            sql = self.sql() if self.sql else ""
            self.send(TestEnded(index, at, seconds, "passed", (), name, doc, sql, counted=True, interrupted=False))
        else:
            # A pipe takes so little at once or not at all.
            try:
                _write(self._fd, _pack(PASSED_LENGTH, PASSED_TAG, index, at, seconds))
            except OSError:
                os._exit(_LOST_CONNECTION)

    def ended(  # noqa: PLR0913 - an account has many parts
        self, index: int, at: float, seconds: float, outcome: Outcome, problems: tuple[Problem, ...], test: Any, *,
        interrupted: bool = False, counted: bool = True, attachments: tuple[Attachment, ...] = (),
        captured: Captured = NOTHING,
    ) -> None:  # fmt: skip
        test_id = test.id()
        name, doc = name_and_doc(test, test_id)
        sql = self.sql() if self.sql and self._verbose else ""
        told = TestEnded(
            max(index, 0), at, seconds, outcome, problems, name, doc, sql, counted, interrupted, attachments, captured
        )
        self._count += 1
        if index < 0:
            # Only this process knows it. Its time is a part of that of the test that made it.
            self.send(TestFound(test_id, told))
            return
        self._test_seconds += seconds
        self._expected = self._follows.get(index, -1)
        self.send(told)

    def fixture(self, name: str, outcome: Outcome, problem: Problem, captured: Captured = NOTHING) -> None:
        if not self.muted:
            self.send(FixtureEnded(self._time(), name, outcome, problem, captured))
