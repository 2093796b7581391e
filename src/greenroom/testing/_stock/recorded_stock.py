"""Stock Django's runner, recorded: what greenroom is compared with.

This module never imports greenroom, so that the stock side of a comparison is free of it. Its folder is put on
`PYTHONPATH` by `greenroom.testing.Project`. The runner prints exactly what `DiscoverRunner` prints and also writes the
events of the run, in the form of `greenroom.events`, to the file that `RECORDED_STOCK` names.

Clocks and the like are bound here, as tests patch them in their modules. `STOCK_START_METHOD` sets multiprocessing's
start method, which stock's `--parallel` follows.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import unittest
from json import dumps
from pathlib import Path
from time import time as now
from typing import TYPE_CHECKING, Any

import django
from django.test.runner import DiscoverRunner
from django.test.utils import iter_test_cases  # type: ignore[attr-defined]

if TYPE_CHECKING:
    from collections.abc import Sequence

if _method := os.environ.get("STOCK_START_METHOD"):
    multiprocessing.set_start_method(_method, force=True)

_OUTCOMES = {
    "skip": "skipped",
    "expected_failure": "expected_failure",
    "unexpected_success": "unexpected_success",
    "failure": "failed",
    "error": "error",
}
"""Problem kinds and what they make of a test, the mildest first."""


class Recording:
    """Writes events as JSON lines, and counts them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.planned: list[unittest.TestCase] = []
        self.indexes: dict[int, int] = {}
        self.began = 0.0
        self.running = False
        self.ended: dict[str, Any] | None = None
        self.problems: list[dict[str, str]] = []
        self.counts = dict.fromkeys(_OUTCOMES, 0)

    def write(self, event: str, **fields: Any) -> None:
        """Write one event, where there is a file for it; before it the account of the test that ended last."""
        ended, self.ended = self.ended, None
        if ended is not None:
            self.write("TestFinished", **ended, outcome=self.outcome(), problems=self.problems)
        if self.path:
            with Path(self.path).open("a", encoding="utf-8") as file:
                file.write(dumps({"event": event, **fields}) + "\n")

    def plan(self, suite: unittest.TestSuite) -> None:
        """Tell of all tests and of the beginning of their execution."""
        self.planned = list(iter_test_cases(suite))
        self.indexes = {id(test): index for index, test in enumerate(self.planned)}
        for index, test in enumerate(self.planned):
            group = f"{type(test).__module__}.{type(test).__qualname__}"
            self.write("TestPlanned", spec={"index": index, "id": test.id(), "kind": "unit", "group": group})
        self.write("ExecutionStarted", at=now(), tests=len(self.planned), workers=0)

    def start(self, test: unittest.TestCase) -> None:
        """Tell that a test begins."""
        self.write("TestStarted", at=now(), test=test.id(), index=self.indexes[id(test)])
        self.problems, self.began, self.running = [], now(), True

    def problem(self, test: Any, kind: str, text: str, subtest: str = "") -> None:
        """Keep what a test has to say until it ends; tell at once what a fixture has to say."""
        self.counts[kind] += 1
        text = text.encode("utf-8", "backslashreplace").decode()
        problem = {"kind": kind, "text": text, "subtest": subtest}
        late = self.ended is not None and self.ended["test"] == test.id()
        if self.running or late:  # what `_post_teardown()` raises comes after the end
            self.problems.append(problem)
        elif hasattr(test, "_testMethodName"):  # `_pre_setup()` failed, or Python 3.12.1 skips it by its decorator
            self.start(test)
            self.problems.append(problem)
            self.stop(test, counted=False)
        else:  # unittest.suite._ErrorHolder: a class or module fixture
            self.write("FixtureFinished", at=now(), fixture=test.id(), outcome=_OUTCOMES[kind], problems=[problem])

    def stop(self, test: unittest.TestCase, *, counted: bool = True) -> None:
        """Keep that a test has ended; it is told with the next event, when nothing more can come of it."""
        if not self.running:
            return  # Python 3.12.1 ends what it skipped without starting it.
        self.running = False
        self.ended = {
            "at": self.began,
            "test": test.id(),
            "index": self.indexes[id(test)],
            "seconds": now() - self.began,
            "counted": counted,
        }

    def outcome(self) -> str:
        """The outcome of the test that ended last."""
        kinds = {problem["kind"] for problem in self.problems}
        return next((_OUTCOMES[kind] for kind in reversed(_OUTCOMES) if kind in kinds), "passed")


def _subtest(test: Any) -> str:
    return str(test._subDescription()) if hasattr(test, "_subDescription") else ""


def recording_class(base: type[unittest.TextTestResult], recording: Recording) -> type[unittest.TextTestResult]:
    """A result class that does what the given one does, and records it."""

    class Recorded(base):  # type: ignore[misc,valid-type]
        def startTest(self, test: Any) -> None:
            recording.start(test)
            super().startTest(test)

        def stopTest(self, test: Any) -> None:
            super().stopTest(test)
            recording.stop(test)

        def addError(self, test: Any, err: Any) -> None:
            super().addError(test, err)
            recording.problem(test, "error", self.errors[-1][1])

        def addFailure(self, test: Any, err: Any) -> None:
            super().addFailure(test, err)
            recording.problem(test, "failure", self.failures[-1][1])

        def addSkip(self, test: Any, reason: str) -> None:
            super().addSkip(test, reason)
            recording.problem(test, "skip", reason, _subtest(test))

        def addExpectedFailure(self, test: Any, err: Any) -> None:
            super().addExpectedFailure(test, err)
            recording.problem(test, "expected_failure", self.expectedFailures[-1][1])

        def addUnexpectedSuccess(self, test: Any) -> None:
            super().addUnexpectedSuccess(test)
            recording.problem(test, "unexpected_success", "")

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
            super().addSubTest(test, subtest, err)
            if err is not None:
                failed = issubclass(err[0], test.failureException)
                kept = self.failures if failed else self.errors
                recording.problem(subtest, "failure" if failed else "error", kept[-1][1], _subtest(subtest))

    return Recorded


class RecordedRunner(DiscoverRunner):
    """`DiscoverRunner` as it is, with a result class that records."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.recording = Recording(os.environ.get("RECORDED_STOCK", ""))

    def get_resultclass(self) -> type[unittest.TextTestResult]:
        """The class that would be used, recording."""
        return recording_class(super().get_resultclass() or unittest.TextTestResult, self.recording)

    def run_tests(self, test_labels: Sequence[str], **kwargs: Any) -> int:
        """Tell that the run begins, and run as ever."""
        self.recording.write(
            "RunStarted",
            at=now(),
            schema=1,
            greenroom="",
            python=platform.python_version(),
            django=django.__version__,
            verbosity=self.verbosity,
        )
        return super().run_tests(list(test_labels), **kwargs)

    def run_suite(self, suite: unittest.TestSuite, **kwargs: Any) -> Any:
        """Run as ever, and tell of the beginning and the end."""
        self.recording.plan(suite)
        began = now()
        result = super().run_suite(suite, **kwargs)
        counts = self.recording.counts
        failed = counts["failure"] + counts["error"] + counts["unexpected_success"]
        self.recording.write(
            "RunFinished",
            at=now(),
            seconds=now() - began,
            exit_code=1 if failed else 0,
            tests=result.testsRun,
            failures=counts["failure"],
            errors=counts["error"],
            skipped=counts["skip"],
            expected_failures=counts["expected_failure"],
            unexpected_successes=counts["unexpected_success"],
        )
        sys.stderr.flush()
        return result
