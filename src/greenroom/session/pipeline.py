"""`--pipeline`: the kinds of tests one after the other, the fastest first, and the slower ones only where all went well."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from greenroom.collect.kinds import Kinds, speed
from greenroom.events import Event, FixtureFinished, TestFinished
from greenroom.execute.api import Narrator
from greenroom.execute.control import Control, StopReason
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.api import QuickPass, unneeded
from greenroom.schedule import Stages
from greenroom.tally import Tally

REASON: StopReason = "a test of a faster kind failed"


def by_kind(tests: Iterable[Any]) -> list[list[Any]]:
    """The tests of each kind, the fastest kind first, in the order they have."""
    of = Kinds().of
    ordered = sorted(((speed(of(test)), test) for test in tests), key=lambda pair: pair[0])
    return [[test for _, test in pairs] for _, pairs in groupby(ordered, key=lambda pair: pair[0])]


class KindSuites:
    """The suite of a serial run: a suite for each kind.

    Args:
        stages: the tests of each kind.
        suite_class: makes a suite.
        tally: counts what was told so far.
        control: told to stop where a kind went wrong.
        tried_again: whether a failure that the result knows may have been made good since.
    """

    def __init__(
        self,
        stages: Sequence[Sequence[Any]],
        suite_class: Callable[[Sequence[Any]], Any],
        tally: Tally,
        control: Control,
        tried_again: bool = False,
    ) -> None:
        self._tried_again = tried_again
        self._suites = [(len(tests), suite_class(tests)) for tests in stages]
        self._tally = tally
        self._control = control

    def __call__(self, result: Any) -> None:
        """Run them with this result."""
        first = 0
        for count, suite in self._suites:
            if first and self._is_over(result, first):
                return
            suite(result)
            # Its fixtures are torn down; unittest, which runs one outermost suite, would do it again.
            result._previousTestClass = None
            first += count

    def _is_over(self, result: Any, first: int) -> bool:
        if result.shouldStop or self._control.reason:
            return True
        # What the last test has to say when it is over reaches the result before it is counted.
        if self._tally.bad or not (self._tried_again or result.wasSuccessful()):
            self._control.stop(REASON, since=first)
            return True
        return False


def let_go(suite: Any) -> None:
    """Take the tests out of a suite, which would keep them alive after they ran; it still counts them."""
    for part in getattr(suite, "subsuites", ()):
        let_go(part)
    if isinstance(suite, unittest.TestSuite) and (tests := vars(suite).get("_tests")):
        suite._removed_tests = suite.countTestCases()  # noqa: SLF001 - as unittest does after each test
        tests.clear()


class Watch:
    """A listener that ends the stages of a queue with the present one as soon as anything fails.

    Args:
        stages: the queue.
    """

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self.wants: frozenset[type] | None = frozenset({TestFinished, FixtureFinished})
        self.quick_pass: QuickPass = unneeded
        self.since: int | None = None
        """The index of the first test that was let go; None where none was."""

    def handle(self, event: Event) -> None:
        """Look at one event."""
        if isinstance(event, TestFinished) and event.quarantined:
            return
        if isinstance(event, TestFinished | FixtureFinished) and event.outcome in FAILED_OUTCOMES:
            for group in self._stages.end_with_this():
                self.since = min(group.tests[0], self.since if self.since is not None else group.tests[0])

    def flush(self) -> None:
        """Nothing is collected."""

    def close(self) -> None:
        """Nothing is kept."""


class Gate:
    """Between two kinds: an `Executor` of no test, which ends the run where one failed.

    Args:
        tally: counts what was told so far.
        since: gives the index of the first test behind the gate; None where there is none.
    """

    def __init__(self, tally: Tally, since: Callable[[], int | None]) -> None:
        self._tally = tally
        self._since = since

    def run(self, narrator: Narrator, control: Control) -> None:
        """Let the run go on, or not."""
        since = self._since()
        if since is not None and self._tally.bad:
            control.stop(REASON, since=since)
