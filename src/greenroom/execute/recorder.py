"""The result object that unittest talks to while greenroom runs tests."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from typing import Any

from greenroom.events import Problem
from greenroom.execute.calllog import CallLog
from greenroom.execute.exceptions import ExcInfo, bounded
from greenroom.running.witnesses import testify

_LISTS = {
    "error": ("errors", True),
    "failure": ("failures", True),
    "skip": ("skipped", True),
    "expected_failure": ("expectedFailures", True),
    "unexpected_success": ("unexpectedSuccesses", False),
}
"""Where unittest keeps problems of a kind, and whether with their text."""


def subtest_description(subtest: Any) -> str:
    """What tells a subtest from its test, e.g. `(n=3)`, as unittest words it."""
    return str(subtest._subDescription())


class Recorder(unittest.TestResult):
    """A `unittest.TestResult` that passes every call on to a `CallLog`.

    It keeps `failures`, `errors` and the other lists as unittest does: tests look into them from `tearDown()`.

    Args:
        log: is told everything.
        failfast: stop after the first problem.
        buffer: hold back what tests print, and show it with their failure.
    """

    def __init__(self, log: CallLog, *, failfast: bool = False, buffer: bool = False) -> None:
        self.log = log
        self._counted_before = log.count
        super().__init__()
        self.failfast = failfast
        self.buffer = buffer
        self._class_before: Any = None
        # What is called for each test goes to the log without a detour.
        self.addSuccess = log.success  # type: ignore[method-assign]
        self.addDuration = log.duration  # type: ignore[method-assign, assignment]
        if not buffer:
            self.startTest = log.start  # type: ignore[method-assign]
            self.stopTest = log.stop  # type: ignore[method-assign]

    @property
    def _previousTestClass(self) -> Any:  # noqa: N802 - unittest's name
        # unittest's suites ask for this first thing after a test returned: nothing more can come of that one.
        self.log.between()
        return self._class_before

    @_previousTestClass.setter
    def _previousTestClass(self, cls: Any) -> None:  # noqa: N802 - unittest's name
        self.log.proceed()
        self._class_before = cls

    @property
    def testsRun(self) -> int:  # noqa: N802 - unittest's name
        return self.log.count - self._counted_before

    @testsRun.setter
    def testsRun(self, count: int) -> None:  # noqa: N802 - unittest's name
        self._counted_before = self.log.count - count

    def startTest(self, test: Any) -> None:
        self._mirrorOutput = False
        if self.buffer:
            self._setupStdout()  # type: ignore[attr-defined]
        self.log.start(test)

    def stopTest(self, test: Any) -> None:
        self.log.stop(test)
        if self.buffer:
            self.log.output = bounded("".join(buffer.getvalue() for buffer in self._buffers()))
            self._restoreStdout()  # type: ignore[attr-defined]
        self._mirrorOutput = False

    def _buffers(self) -> Iterator[Any]:
        return filter(None, (getattr(self, name, None) for name in ("_stdout_buffer", "_stderr_buffer")))

    def addError(self, test: Any, err: Any) -> None:
        self._raised("error", self.errors, test, err)

    def addFailure(self, test: Any, err: Any) -> None:
        self._raised("failure", self.failures, test, err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is None:
            return
        if issubclass(err[0], test.failureException):
            self._raised("failure", self.failures, subtest, err, subtest_description(subtest))
        else:
            self._raised("error", self.errors, subtest, err, subtest_description(subtest))

    def addSkip(self, test: Any, reason: str) -> None:
        self.skipped.append((test, reason))
        subtest = subtest_description(test) if hasattr(test, "_subDescription") else ""
        self.log.skip(test, reason, subtest)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self.expectedFailures.append((test, ""))
        self.log.raised("expected_failure", self, test, err)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.unexpectedSuccesses.append(test)
        self.log.problem(Problem("unexpected_success"), test)
        if self.failfast:
            self.stop()

    def told(self, problem: Problem, test: Any, err: ExcInfo | None) -> None:
        """The running test has something to say that another engine than unittest has put in words.

        Args:
            problem: what.
            test: the test.
            err: what was raised, where it is to be had.
        """
        kept, with_text = _LISTS[problem.kind]
        getattr(self, kept).append((test, problem.text) if with_text else test)
        self.log.problem(problem, test)
        if problem.kind in {"error", "failure"}:
            self._mirrorOutput = True
        if self.failfast and problem.kind not in {"skip", "expected_failure"}:
            self.stop()

    def _raised(self, kind: Any, kept: list[Any], test: Any, err: ExcInfo, subtest: str = "") -> None:
        testify(err[1], test)
        self.log.raised(kind, self, test, err, subtest)
        kept.append((test, ""))
        self._mirrorOutput = True
        if self.failfast:
            self.stop()


class Tap:
    """Listens in on a result class of somebody else's, without changing what it does.

    The object keeps its class, its state and its behaviour: unittest goes on talking to it. Each call is told to the
    log first, except the end of a test, which is told last.

    Args:
        result: any `unittest.TestResult`.
        log: is told everything.
    """

    def __init__(self, result: Any, log: CallLog) -> None:
        self.log = log
        self._result = result
        # A result of its own formats the tracebacks, so that the tapped one is not disturbed.
        self._formatter = unittest.TestResult()
        for name in ("addSuccess", "addError", "addFailure", "addSkip", "addExpectedFailure",
                     "addUnexpectedSuccess", "addSubTest"):  # fmt: skip
            self._listen(name, getattr(self, name))
        self._wrap_ends()

    def _listen(self, name: str, tell: Any) -> None:
        original = getattr(self._result, name, None)
        if original is None:
            return

        def call(*args: Any) -> Any:
            tell(*args)
            return original(*args)

        setattr(self._result, name, call)

    def _wrap_ends(self) -> None:
        start, stop = self._result.startTest, self._result.stopTest

        def start_test(test: Any) -> None:
            start(test)
            self.log.start(test)

        def stop_test(test: Any) -> None:
            self.log.stop(test)
            stop(test)

        self._result.startTest, self._result.stopTest = start_test, stop_test

    def addSuccess(self, test: Any) -> None:
        self.log.success(test)

    def addError(self, test: Any, err: Any) -> None:
        testify(err[1], test)
        self.log.raised("error", self._formatter, test, err)

    def addFailure(self, test: Any, err: Any) -> None:
        testify(err[1], test)
        self.log.raised("failure", self._formatter, test, err)

    def addSkip(self, test: Any, reason: str) -> None:
        self.log.skip(test, reason, subtest_description(test) if hasattr(test, "_subDescription") else "")

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self.log.raised("expected_failure", self._formatter, test, err)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.log.problem(Problem("unexpected_success"), test)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            testify(err[1], test)
            kind = "failure" if issubclass(err[0], test.failureException) else "error"
            self.log.raised(kind, self._formatter, subtest, err, subtest_description(subtest))  # type: ignore[arg-type]
