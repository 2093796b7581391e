"""From pytest's reports on a test to the calls that a result of unittest's expects."""

from __future__ import annotations

import unittest
from typing import Any

import msgspec

from greenroom.events import Problem
from greenroom.execute.exceptions import bounded, describe
from greenroom.execute.recorder import Recorder
from greenroom.pytest_engine.hooks import EXC_INFO
from greenroom.pytest_engine.reports import problem_of

__all__ = ["Teller", "describe", "reason_of"]


class ToldByPytestError(AssertionError):
    """Stands for what pytest told of a failure where the exception itself is not to be had; its text is pytest's."""


class Teller:
    """Tells one result of one test.

    Args:
        case: the test.
        result: of greenroom's, or any other one.
    """

    def __init__(self, case: Any, result: Any) -> None:
        self._case = case
        self._result = result
        self._seconds = 0.0
        self._problems = 0
        self._only_call = case.id() != case.item.nodeid

    def hear(self, report: Any) -> None:
        """Take the report of a phase."""
        if report.outcome == "rerun":
            return
        if not hasattr(report, "context") and (not self._only_call or report.when == "call"):
            self._seconds += report.duration
        exc_info = getattr(report, EXC_INFO, None)
        raised = describe(exc_info[1], exc_info[2]) if exc_info is not None and not report.passed else None
        problem = problem_of(report, raised if not report.skipped else None)
        if problem is not None:
            self._tell(self._as_unittest(problem, exc_info), exc_info)

    def _as_unittest(self, problem: Problem, exc_info: Any) -> Problem:
        """A test case of unittest's fails by an AssertionError, and has an error by any other exception."""
        if not self._only_call or problem.kind != "failure" or exc_info is None or problem.subtest:
            return problem
        if issubclass(exc_info[0], self._case.item.cls.failureException):
            return problem
        return msgspec.structs.replace(problem, kind="error")

    def trouble(self, error: BaseException, text: str) -> None:
        """Pytest itself broke off."""
        self._tell(Problem("error", bounded(text), "", describe(error)), (type(error), error, error.__traceback__))

    def finish(self) -> None:
        """All phases are through."""
        if not self._problems:
            self._result.addSuccess(self._case)
        if hasattr(self._result, "addDuration"):
            self._result.addDuration(self._case, self._seconds)

    def _tell(self, problem: Problem, exc_info: Any) -> None:
        self._problems += 1
        if isinstance(self._result, Recorder):
            self._result.told(problem, self._case, exc_info)
            return
        err = exc_info
        if err is None or problem.kind in {"failure", "error"}:
            # Of somebody else's: it formats tracebacks by itself, and is to show pytest's.
            failure = ToldByPytestError(problem.text)
            err = (ToldByPytestError, failure, None)
        self._pass_on(problem, err)

    def _pass_on(self, problem: Problem, err: Any) -> None:
        result, case = self._result, self._case
        if problem.subtest and problem.kind in {"failure", "error"}:
            result.addSubTest(case, _Part(case, problem.subtest), err)
            return
        match problem.kind:
            case "error":
                result.addError(case, err)
            case "failure":
                result.addFailure(case, err)
            case "skip":
                result.addSkip(case, problem.text)
            case "expected_failure":
                result.addExpectedFailure(case, err)
            case "unexpected_success":
                result.addUnexpectedSuccess(case)


class _Part(unittest.TestCase):
    """A subtest, as unittest shows one."""

    def __init__(self, case: Any, description: str) -> None:
        super().__init__()
        self.test_case = case
        self._testMethodDoc: Any = None
        self._description = description

    def _subDescription(self) -> str:
        return self._description

    def id(self) -> str:
        return f"{self.test_case.id()} {self._description}"

    def __str__(self) -> str:
        return f"{self.test_case} {self._description}"


def reason_of(report: Any) -> str:
    """Why a file skipped itself."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return bounded(str(reason).removeprefix("Skipped: "))
