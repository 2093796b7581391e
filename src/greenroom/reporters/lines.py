"""One line for each test, as from verbosity 2 up: `test_x (app.tests.Case.test_x) ... ok`."""

from __future__ import annotations

from collections.abc import Callable

from greenroom.events import AttemptFailed, FixtureFinished, Problem, ProblemKind, TestFinished, TestStarted
from greenroom.reporters.closing import HEADINGS, SEPARATOR2
from greenroom.reporters.wording import description, flaky_words, tried_again

_WORDS: dict[ProblemKind, str] = {
    "error": "ERROR",
    "failure": "FAIL",
    "skip": "skipped",
    "expected_failure": "expected failure",
    "unexpected_success": "unexpected success",
}


class Lines:
    """Writes the lines as unittest does: begun when a test begins, or in one go where tests run side by side.

    Args:
        write: takes pieces of text.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._newline = True
        self.parallel = False
        self.debug_sql = False

    def started(self, event: TestStarted) -> None:
        """A test begins."""
        if not self.parallel:
            self._write(f"{description(event.test, event.name, event.doc)} ... ")
            self._newline = False

    def finished(self, event: TestFinished) -> None:
        """A test has ended."""
        whole = description(event.test, event.name, event.doc)
        if self.parallel:
            self._write(f"{whole} ... ")
            self._newline = False
        if event.outcome == "passed" or (event.problems and event.problems[0].late):
            self._status(whole, f"ok ({flaky_words(event)})" if event.flaky else "ok")
        elif event.interrupted:
            self._status(whole, "interrupted")
        for problem in event.problems:
            self._status(
                description(event.test, event.name, event.doc, problem.subtest),
                f"{_status_words(problem)}{_addition(event, problem)}",
                subtest=bool(problem.subtest),
            )
        if self.debug_sql:
            self._write(f"{event.sql}{SEPARATOR2}\n")

    def attempt(self, event: AttemptFailed) -> None:
        """A test has failed and will be tried again."""
        whole = description(event.test, event.name, event.doc)
        if self.parallel:
            self._write(f"{whole} ... ")
            self._newline = False
        word = "ERROR" if event.outcome == "error" else "FAIL"
        self._status(whole, f"{word} ({tried_again(event)})")

    def fixture(self, event: FixtureFinished) -> None:
        """A fixture had something to say."""
        for problem in event.problems:
            self._status(event.fixture, _status_words(problem))

    def _status(self, whole: str, status: str, *, subtest: bool = False) -> None:
        if subtest or self._newline:
            if not self._newline:
                self._write("\n")
            self._write(f"{'  ' if subtest else ''}{whole} ... ")
        self._write(f"{status}\n")
        self._newline = True


def _addition(event: TestFinished, problem: Problem) -> str:
    if event.quarantined and problem.kind in HEADINGS:
        return " (in quarantine)"
    return f" ({flaky_words(event)})" if event.flaky else ""


def _status_words(problem: Problem) -> str:
    return f"skipped {problem.text!r}" if problem.kind == "skip" else _WORDS[problem.kind]
