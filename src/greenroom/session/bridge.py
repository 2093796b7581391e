"""Events into somebody else's result class.

A runner with its own `resultclass` or `test_runner` expects unittest's calls, in the process that the command runs in.
After a run in worker processes those calls are made here, from the events, test by test.
"""

from __future__ import annotations

from typing import Any
from unittest.case import _SubTest  # type: ignore[attr-defined]
from unittest.suite import _ErrorHolder  # type: ignore[attr-defined]

from greenroom.events import Event, FixtureFinished, Problem, TestFinished
from greenroom.execute.api import Roster
from greenroom.session.revive import revive


class ResultBridge:
    """Replays each test that ended into a `unittest.TestResult`.

    Args:
        result: the result object.
        roster: the tests of this process, which the calls are about.
        stop: called when the result asks for a stop.
    """

    wants: frozenset[type] | None = frozenset({TestFinished, FixtureFinished})

    def __init__(self, result: Any, roster: Roster, stop: Any) -> None:
        self._result = result
        self._roster = roster
        self._stop = stop
        # Output was held back where the test ran; the result must not try to do it here.
        result.buffer = False

    def handle(self, event: Event) -> None:
        match event:
            case TestFinished():
                if not event.interrupted:
                    self._test(event)
            case FixtureFinished():
                for problem in event.problems:
                    self._tell(_ErrorHolder(event.fixture), problem)
            case _:
                pass
        if getattr(self._result, "shouldStop", False):
            self._stop()

    def flush(self) -> None:
        """Results are told one by one."""

    def close(self) -> None:
        """Nothing is kept."""

    def _test(self, event: TestFinished) -> None:
        result, test = self._result, self._roster.tests[event.index]
        if test is None:
            test = _ErrorHolder(event.test)
        if not event.counted:
            for problem in event.problems:
                self._tell(test, problem)
            if event.outcome == "skipped":
                # Only Python 3.12.1 has a skipped test that doesn't count, and ends it without having started it.
                result.stopTest(test)
            return
        result.startTest(test)
        if isinstance(getattr(result, "start_time", None), float):
            # unittest-xml-reporting takes the time from start to stop, which here is none.
            result.start_time -= event.seconds
        for problem in event.problems:
            self._tell(test, problem)
        if event.outcome == "passed":
            result.addSuccess(test)
        add_duration = getattr(result, "addDuration", None)
        if add_duration is not None:
            add_duration(test, event.seconds)
        result.stopTest(test)

    def _tell(self, test: Any, problem: Problem) -> None:
        result = self._result
        match problem.kind:
            case "error" | "failure" if problem.subtest:
                result.addSubTest(test, _Subtest(test, problem.subtest), revive(problem))
            case "error":
                result.addError(test, revive(problem))
            case "failure":
                result.addFailure(test, revive(problem))
            case "skip":
                result.addSkip(_Subtest(test, problem.subtest) if problem.subtest else test, problem.text)
            case "expected_failure":
                result.addExpectedFailure(test, revive(problem))
            case "unexpected_success":
                result.addUnexpectedSuccess(test)


class _Subtest(_SubTest):  # type: ignore[misc]
    """A subtest that is known by its description."""

    def __init__(self, test: Any, words: str) -> None:
        super().__init__(test, words, {})
        self._words = words

    def _subDescription(self) -> str:
        return self._words
