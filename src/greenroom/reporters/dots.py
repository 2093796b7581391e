"""The report that Django's users know, to the letter: dots or lines, tracebacks, `Ran N tests`, `OK` or `FAILED`.

What tools parse stays as unittest's `TextTestResult` and `TextTestRunner` write it. One line of greenroom's own follows.
"""

from __future__ import annotations

from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    DatabaseStep,
    Event,
    ExecutionStarted,
    FixtureFinished,
    Note,
    ProblemKind,
    RunFinished,
    RunStarted,
    TestFinished,
    TestsNotRun,
    TestStarted,
)
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.api import QuickPass, TextStream, unneeded
from greenroom.reporters.closing import Closing
from greenroom.reporters.lines import Lines

_LETTERS: dict[ProblemKind, str] = {
    "error": "E",
    "failure": "F",
    "skip": "s",
    "expected_failure": "x",
    "unexpected_success": "u",
}
TRIED_AGAIN, FLAKY, QUARANTINED = "R", "~", "q"
"""A test failed and will be tried again; it passed then; it failed and is in quarantine."""


class Dots:
    """Writes the classic report.

    Args:
        err: where the report goes; unittest uses stderr.
        out: where notes go, as `DiscoverRunner.log()` writes them to stdout.
        notes: whether notes are printed at all: not where the run prints them itself.
    """

    wants: frozenset[type] | None = frozenset(
        {RunStarted, Note, ExecutionStarted, ChecksFinished, TestStarted, TestFinished, AttemptFailed, FixtureFinished,
         TestsNotRun, DatabaseStep, RunFinished}
    )  # fmt: skip
    terminal = True

    def __init__(self, err: TextStream, out: TextStream, *, notes: bool) -> None:
        self._err = err
        self._out = out
        self._notes = notes
        self._verbosity = 1
        self._parallel = False
        self._pending: list[str] = []
        self._write = self._pending.append
        self._lines = Lines(self._write)
        self._closing = Closing()
        self._held = False
        """Whether to wait for the system checks, as Django prints nothing before them."""
        self._silent = False

    def handle(self, event: Event) -> None:  # noqa: C901 - one case for each event
        if type(event) is TestFinished:
            self._finished(event)
            return
        match event:
            case TestStarted():
                self._started(event)
            case FixtureFinished():
                self._fixture(event)
            case AttemptFailed():
                self._attempt(event)
            case RunStarted():
                self._begin(event)
            case ExecutionStarted():
                self._parallel = self._lines.parallel = event.workers > 0
                self._held = event.checks_pending
            case ChecksFinished():
                self._checks(event)
            case Note():
                self._note(event)
            case TestsNotRun() | DatabaseStep():
                self._closing.keep(event)
            case RunFinished():
                self._end(event)
            case _:
                pass

    @property
    def quick_pass(self) -> QuickPass | None:
        """A dot, where that is all there is to say of a passed test."""
        if self._verbosity > 1 or self._closing.durations is not None:
            return None
        if not self._verbosity:
            return unneeded
        plain = type(self)._mark is Dots._mark  # noqa: SLF001 - its own
        return self._dots if plain else self._marks

    def _dots(self, count: int) -> None:
        self._pending.append("." * count)

    def _marks(self, count: int) -> None:
        self._mark("." * count)

    def _mark(self, letters: str) -> None:
        """Write what a character stands for each."""
        self._write(letters)

    def flush(self) -> None:
        if self._pending and not self._held:
            text = "".join(self._pending)
            self._pending.clear()
            self._err.write(text)
            self._err.flush()

    def close(self) -> None:
        self._release()

    def _begin(self, event: RunStarted) -> None:
        self._verbosity = event.verbosity
        self._lines.debug_sql = event.debug_sql
        self._closing.begin(event)
        if event.verbosity < 2:
            self.wants = Dots.wants and Dots.wants - {TestStarted}

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
            self._lines.started(event)
            self.flush()

    def _finished(self, event: TestFinished) -> None:
        if self._verbosity == 1:
            if event.flaky:
                self._mark(FLAKY)
            elif event.quarantined and event.outcome in FAILED_OUTCOMES:
                self._mark(QUARANTINED)
            elif event.outcome == "passed":
                self._mark(".")
            elif not event.interrupted:
                if event.problems[0].late:
                    self._mark(".")
                self._mark("".join(_LETTERS[problem.kind] for problem in event.problems))
        elif self._verbosity > 1:
            self._lines.finished(event)
        self._closing.test(event)

    def _attempt(self, event: AttemptFailed) -> None:
        if self._verbosity == 1:
            self._mark(TRIED_AGAIN)
        elif self._verbosity > 1:
            self._lines.attempt(event)
        self._closing.attempt(event)

    def _fixture(self, event: FixtureFinished) -> None:
        if self._verbosity == 1:
            self._mark("".join(_LETTERS[problem.kind] for problem in event.problems))
        elif self._verbosity > 1:
            self._lines.fixture(event)
        self._closing.fixture(event)

    def _end(self, event: RunFinished) -> None:
        if event.aborted and self._notes:
            self._err.write(f"{event.aborted}\n")
        if self._silent or event.aborted:
            return
        self._release()
        if self._verbosity > 0:
            self._write("\n")
        self._write(self._closing.text(event))
        self.flush()
