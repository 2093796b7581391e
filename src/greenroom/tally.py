"""Counting the outcomes of a run, for its summary and its exit code."""

from __future__ import annotations

import unittest
from typing import Any

from greenroom.events import Event, FixtureFinished, Problem, TestFinished
from greenroom.model import FAILED_OUTCOMES


class Tally:
    """How many tests ran and how they ended, counted as unittest counts.

    unittest counts problems, not tests: a test that fails and then errors in its tear-down is one failure and one error.
    """

    def __init__(self) -> None:
        self.ran = 0
        self.failures = 0
        self.errors = 0
        self.skipped = 0
        self.expected_failures = 0
        self.unexpected_successes = 0
        self.interrupted = 0
        self.flaky = 0
        self.quarantined = 0
        """Tests that failed and were allowed to."""
        self._told: list[tuple[str, Problem]] = []

    def handle(self, event: Event) -> None:
        """Count what an event adds."""
        match event:
            case TestFinished():
                self.count_test(event)
            case FixtureFinished():
                self.count_problems(event.fixture, event.problems)
            case _:
                pass

    def count_test(self, event: TestFinished) -> None:
        """Count a test that ended."""
        if event.interrupted:
            self.interrupted += 1
            return
        self.ran += event.counted
        self.flaky += event.flaky
        if event.quarantined and event.outcome in FAILED_OUTCOMES:
            self.quarantined += 1
        elif event.problems:
            self.count_problems(event.test, event.problems)

    def count_problems(self, test: str, problems: tuple[Problem, ...]) -> None:
        """Count each problem by its kind."""
        self._told += [(test, problem) for problem in problems]
        for problem in problems:
            match problem.kind:
                case "error":
                    self.errors += 1
                case "failure":
                    self.failures += 1
                case "skip":
                    self.skipped += 1
                case "expected_failure":
                    self.expected_failures += 1
                case "unexpected_success":
                    self.unexpected_successes += 1

    @property
    def bad(self) -> int:
        """What makes a run fail: the number that `DiscoverRunner.suite_result()` gives."""
        return self.failures + self.errors + self.unexpected_successes

    def as_result(self) -> unittest.TestResult:
        """The counts as a `unittest.TestResult`, whose lists hold the ids and texts."""
        result = unittest.TestResult()
        result.testsRun = self.ran
        for test, problem in self._told:
            stand_in: Any = _Named(test)
            match problem.kind:
                case "error":
                    result.errors.append((stand_in, problem.text))
                case "failure":
                    result.failures.append((stand_in, problem.text))
                case "skip":
                    result.skipped.append((stand_in, problem.text))
                case "expected_failure":
                    result.expectedFailures.append((stand_in, problem.text))
                case "unexpected_success":
                    result.unexpectedSuccesses.append(stand_in)
        return result


class _Named:
    """Stands for a test that ran in another process."""

    def __init__(self, test_id: str) -> None:
        self._id = test_id

    def id(self) -> str:
        """The id of the test."""
        return self._id

    def __str__(self) -> str:
        return self._id
