"""The report that Django's users know, to the letter: dots or lines, tracebacks, `Ran N tests`, `OK` or `FAILED`.

What tools parse stays as unittest's `TextTestResult` and `TextTestRunner` write it. One line of greenroom's own follows.
"""

from __future__ import annotations

from greenroom.events import (
    ChecksFinished,
    Event,
    ExecutionStarted,
    FixtureFinished,
    Note,
    Problem,
    ProblemKind,
    RunFinished,
    RunStarted,
    TestFinished,
    TestsNotRun,
    TestStarted,
)
from greenroom.reporters.api import TextStream
from greenroom.reporters.wording import description, not_run_lines, result_words, summary_line

_SEPARATOR1 = "=" * 70
_SEPARATOR2 = "-" * 70
_LETTERS: dict[ProblemKind, str] = {
    "error": "E",
    "failure": "F",
    "skip": "s",
    "expected_failure": "x",
    "unexpected_success": "u",
}
_WORDS: dict[ProblemKind, str] = {
    "error": "ERROR",
    "failure": "FAIL",
    "skip": "skipped",
    "expected_failure": "expected failure",
    "unexpected_success": "unexpected success",
}


class Dots:
    """Writes the classic report.

    Args:
        err: where the report goes; unittest uses stderr.
        out: where notes go, as `DiscoverRunner.log()` writes them to stdout.
        notes: whether notes are printed at all: not where the run prints them itself.
    """

    wants: frozenset[type] | None = frozenset(
        {RunStarted, Note, ExecutionStarted, ChecksFinished, TestStarted, TestFinished, FixtureFinished, TestsNotRun,
         RunFinished}
    )  # fmt: skip

    def __init__(self, err: TextStream, out: TextStream, *, notes: bool) -> None:
        self._err = err
        self._out = out
        self._notes = notes
        self._verbosity = 1
        self._durations: int | None = None
        self._debug_sql = False
        self._parallel = False
        self._newline = True
        self._pending: list[str] = []
        self._held = False
        """Whether to wait for the system checks, as Django prints nothing before them."""
        self._silent = False
        self._problems: list[tuple[str, Problem]] = []
        self._slow: list[tuple[float, str]] = []
        self._not_run: list[TestsNotRun] = []
        self._interrupted: list[str] = []

    def handle(self, event: Event) -> None:  # noqa: C901 - one line for each event
        if type(event) is TestFinished:
            self._finished(event)
            return
        match event:
            case TestStarted():
                self._started(event)
            case FixtureFinished():
                self._fixture(event)
            case RunStarted():
                self._verbosity, self._durations = event.verbosity, event.durations
                self._debug_sql = event.debug_sql
                if event.verbosity < 2:
                    self.wants = Dots.wants and Dots.wants - {TestStarted}
            case ExecutionStarted():
                self._parallel = event.workers > 0
                self._held = event.checks_pending
            case ChecksFinished():
                self._checks(event)
            case Note():
                self._note(event)
            case TestsNotRun():
                self._not_run.append(event)
            case RunFinished():
                self._end(event)
            case _:
                pass

    def flush(self) -> None:
        if self._pending and not self._held:
            text = "".join(self._pending)
            self._pending.clear()
            self._err.write(text)
            self._err.flush()

    def close(self) -> None:
        self._release()

    def _write(self, text: str) -> None:
        self._pending.append(text)

    # While it runs ----------------------------------------------------------------------------------------------------

    def _note(self, event: Note) -> None:
        shown = self._verbosity > 1 or (self._verbosity == 1 and event.level != "debug")
        if self._notes and shown:
            self._out.write(f"{event.text}\n")
            self._out.flush()

    def _checks(self, event: ChecksFinished) -> None:
        if self._notes and event.text:
            self._out.write(event.text)
            self._out.flush()
        if event.ok:
            self._release()
        else:
            # Nothing that ran meanwhile counts, and Django says nothing but why.
            self._pending.clear()
            self._silent = True

    def _release(self) -> None:
        self._held = False
        self.flush()

    def _started(self, event: TestStarted) -> None:
        if self._verbosity > 1 and not self._parallel:
            self._write(f"{description(event.test, event.name, event.doc)} ... ")
            self._newline = False
            self.flush()

    def _finished(self, event: TestFinished) -> None:
        if self._durations is not None and not event.interrupted:
            self._slow.append((event.seconds, description(event.test, event.name, "")))
        if self._verbosity == 1:
            if event.outcome == "passed":
                self._write(".")
            elif not event.interrupted:
                self._write("".join(_LETTERS[problem.kind] for problem in event.problems))
        elif self._verbosity > 1:
            self._line(event)
        if event.interrupted:
            self._interrupted.append(event.test)
        for problem in event.problems:
            if problem.kind in ("error", "failure", "unexpected_success"):
                self._problems.append((description(event.test, event.name, event.doc, problem.subtest), problem))
        if not self._parallel:
            self.flush()

    def _line(self, event: TestFinished) -> None:
        whole = description(event.test, event.name, event.doc)
        if self._parallel:
            self._write(f"{whole} ... ")
            self._newline = False
        if event.outcome == "passed":
            self._status(whole, "ok")
        elif event.interrupted:
            self._status(whole, "interrupted")
        for problem in event.problems:
            self._status(
                description(event.test, event.name, event.doc, problem.subtest), _status_words(problem),
                subtest=bool(problem.subtest),
            )  # fmt: skip
        if self._debug_sql:
            self._write(f"{event.sql}{_SEPARATOR2}\n")

    def _status(self, whole: str, status: str, *, subtest: bool = False) -> None:
        if subtest or self._newline:
            if not self._newline:
                self._write("\n")
            self._write(f"{'  ' if subtest else ''}{whole} ... ")
        self._write(f"{status}\n")
        self._newline = True

    def _fixture(self, event: FixtureFinished) -> None:
        for problem in event.problems:
            if self._verbosity == 1:
                self._write(_LETTERS[problem.kind])
            elif self._verbosity > 1:
                self._status(event.fixture, _status_words(problem))
            if problem.kind != "skip":
                self._problems.append((event.fixture, problem))

    # The end ----------------------------------------------------------------------------------------------------------

    def _end(self, event: RunFinished) -> None:
        if event.aborted and self._notes:
            self._err.write(f"{event.aborted}\n")
        if self._silent or event.aborted:
            return
        self._release()
        if self._verbosity > 0:
            self._write("\n")
        self._list("ERROR", "error")
        self._list("FAIL", "failure")
        unexpected = [whole for whole, problem in self._problems if problem.kind == "unexpected_success"]
        if unexpected:
            self._write(f"{_SEPARATOR1}\n")
            for whole in unexpected:
                self._write(f"UNEXPECTED SUCCESS: {whole}\n")
        if self._durations is not None:
            self._write_durations(self._durations)
        self._write(f"{_SEPARATOR2}\n")
        self._write(f"Ran {event.tests} test{'s' if event.tests != 1 else ''} in {event.seconds:.3f}s\n\n")
        self._write(f"{result_words(event)}\n")
        for line in not_run_lines(self._interrupted, self._not_run):
            self._write(f"{line}\n")
        self._write(f"{summary_line(event)}\n")
        self.flush()

    def _list(self, flavour: str, kind: str) -> None:
        for whole, problem in self._problems:
            if problem.kind == kind:
                self._write(f"{_SEPARATOR1}\n{flavour}: {whole}\n{_SEPARATOR2}\n{problem.text}\n")
                if self._debug_sql:
                    self._write(f"{_SEPARATOR2}\n{problem.sql}\n")

    def _write_durations(self, count: int) -> None:
        # As TextTestRunner._printDurations() of Python 3.12 and up.
        slowest = sorted(self._slow, key=lambda item: item[0], reverse=True)
        if count > 0:
            slowest = slowest[:count]
        if not slowest:
            return
        self._write(f"Slowest test durations\n{_SEPARATOR2}\n")
        hidden = False
        for seconds, name in slowest:
            if self._verbosity < 2 and seconds < 0.001:
                hidden = True
                continue
            self._write(f"{f'{seconds:.3f}s':<10} {name}\n")
        if hidden:
            self._write("\n(durations < 0.001s were hidden; use -v to show these durations)\n")
        else:
            self._write("\n")


def _status_words(problem: Problem) -> str:
    return f"skipped {problem.text!r}" if problem.kind == "skip" else _WORDS[problem.kind]
