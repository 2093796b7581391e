"""Stock Django's runner, with a result class that writes down what it is told.

It knows nothing of greenroom, and must not: it is the other witness. It is copied beside the generated settings under
the name `parity_recorder`, so that the suites under test find it without finding the rest of this repository.

`PARITY_RECORD` names the file: JSON lines, `{"test", "outcome", "text", "seconds"}` for each test,
`{"fixture", "outcome", "text"}` for each class or module fixture that failed or skipped, `{"ran"}` at the end of a run.
"""

from __future__ import annotations

import json
import os
import time
import unittest
import unittest.suite
from typing import Any

from django.test.runner import DiscoverRunner

SEVERITY = ("passed", "skipped", "expected_failure", "unexpected_success", "failed", "error")
"""Outcomes, mildest first: of all that is said of one test, the worst counts."""


class RecordingResult(unittest.TextTestResult):
    """Writes one line for each test that was started, when it stops."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._test: str | None = None
        self._outcome = "passed"
        self._text = ""
        self._began = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        self._test, self._outcome, self._text = test.id(), "passed", ""
        self._began = time.perf_counter()
        super().startTest(test)

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        seconds = round(time.perf_counter() - self._began, 4)
        self._write(test=self._test, outcome=self._outcome, text=self._text, seconds=seconds)
        self._test = None

    def stopTestRun(self) -> None:
        super().stopTestRun()
        self._write(ran=self.testsRun)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self._say(test, "error", self.errors[-1][1])

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._say(test, "failed", self.failures[-1][1])

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self._say(test, "failed" if failed else "error", (self.failures if failed else self.errors)[-1][1])

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._say(test, "skipped", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addExpectedFailure(test, err)
        self._say(test, "expected_failure", self.expectedFailures[-1][1])

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self._say(test, "unexpected_success", "")

    def _say(self, test: unittest.TestCase, outcome: str, text: str) -> None:
        if self._test is None:
            self._write(fixture=fixture_name(test), outcome=outcome, text=text)
        elif SEVERITY.index(outcome) >= SEVERITY.index(self._outcome):
            self._outcome, self._text = outcome, text

    def _write(self, **line: Any) -> None:
        # Opened anew for each line: a test may fork, and must not inherit what is not yet written.
        with open(os.environ["PARITY_RECORD"], "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


def fixture_name(test: Any) -> str:
    """The name of the fixture that an error outside of any test belongs to.

    In one process unittest names it: `setUpClass (app.tests.OrderTests)`. From a parallel worker Django reports some of
    them as of a test of that class, so that the fixture's name is lost and the class is what remains: `? (…)`.
    """
    if isinstance(test, unittest.suite._ErrorHolder):  # type: ignore[attr-defined]
        return str(test.id())
    return f"? ({type(test).__module__}.{type(test).__qualname__})"


class RecordingRunner(DiscoverRunner):
    """Django's runner, told to use the result class above."""

    def get_resultclass(self) -> type[unittest.TextTestResult]:
        return RecordingResult
