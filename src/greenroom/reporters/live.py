"""The live view: failures in full as they happen, and below them how far the run is.

What is printed stays on the screen; only the lines at the bottom (`frame`, `area`) are drawn anew, at most ten times a
second. Who draws them: in a run with workers `flush()`, which the dispatcher calls every tenth of a second. A run
without workers has nobody for it while a test runs: a thread would make every `os.fork()` of a test a warning (Python
3.12 and up), a signal would interrupt tests. So its line with the running test is written as each test begins, and
always names the test that runs, while the seconds stand still until it ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    DatabaseStep,
    Event,
    ExecutionStarted,
    FixtureFinished,
    Note,
    RunFinished,
    RunStarted,
    TestFinished,
    TestsNotRun,
    TestStarted,
    WorkerLost,
)
from greenroom.reporters.api import TextStream
from greenroom.reporters.area import Area
from greenroom.reporters.closing import Closing, Told
from greenroom.reporters.frame import Look, frame, test_line
from greenroom.reporters.lines import Lines
from greenroom.reporters.progress import Progress

_INTERVAL = 0.1
"""Seconds between two frames, at least."""


def steady_clock() -> Callable[[], float]:
    """A clock of seconds since the epoch that tests can't set: libraries that freeze time leave `perf_counter` alone."""
    counter = time.perf_counter
    epoch = time.time() - counter()
    return lambda: epoch + counter()


class Live:
    """Writes failures as they happen and keeps the area at the bottom up to date.

    Args:
        err: where the report goes.
        out: where notes go.
        notes: whether notes are printed: not where the run prints them itself.
        area: the lines at the bottom; None where there is no terminal, or time passes at once as in a replay.
        look: how text is drawn.
        clock: seconds since the epoch.
    """

    wants: frozenset[type] | None = frozenset(
        {RunStarted, Note, ExecutionStarted, ChecksFinished, TestStarted, TestFinished, AttemptFailed, FixtureFinished,
         WorkerLost, TestsNotRun, DatabaseStep, RunFinished}
    )  # fmt: skip
    terminal = True

    def __init__(
        self,
        err: TextStream,
        out: TextStream,
        *,
        notes: bool,
        area: Area | None,
        look: Look,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._err = err
        self._out = out
        self._notes = notes
        self._area = area
        self._look = look
        self._clock = clock or steady_clock()
        self._next_frame = 0.0
        self._running = False
        self._verbosity = 1
        self._progress = Progress()
        self._pending: list[str] = []
        self._lines = Lines(self._pending.append)
        self._closing = Closing()
        self._held = False
        """Whether to wait for the system checks: before, nothing is claimed."""
        self._silent = False

    def handle(self, event: Event) -> None:  # noqa: C901 - one case for each event
        self._progress.handle(event)
        match event:
            case TestStarted():
                self._started(event)
            case TestFinished():
                self._finished(event)
            case FixtureFinished():
                self._fixture(event)
            case AttemptFailed():
                self._attempt(event)
            case RunStarted():
                self._begin(event)
            case ExecutionStarted():
                self._lines.parallel = event.workers > 0
                self._held = event.checks_pending
                self._running = self._area is not None
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

    def flush(self) -> None:
        if self._pending and not self._held:
            text = self._fresh_line() + "".join(self._pending)
            self._pending.clear()
            self._err.write(text)
            self._err.flush()
        if self._running:
            now = self._clock()
            if now >= self._next_frame:
                self._next_frame = now + _INTERVAL
                self._draw(now)

    def close(self) -> None:
        self._leave()
        self._held = False
        self.flush()

    # While it runs ----------------------------------------------------------------------------------------------------

    def _begin(self, event: RunStarted) -> None:
        self._verbosity = event.verbosity
        self._lines.debug_sql = event.debug_sql
        self._closing.begin(event)
        if event.verbosity == 0:
            self._area = None
        if self._area is None and event.verbosity < 2:
            self.wants = Live.wants and Live.wants - {TestStarted}

    def _started(self, event: TestStarted) -> None:
        if self._verbosity > 1:
            self._lines.started(event)
        if self._running and event.worker == 0:
            self._show_running()

    def _show_running(self) -> None:
        area = self._area
        if area is not None and not self._progress.workers and self._next_frame:
            area.replace_first(test_line(self._progress, area.width, self._look))
        else:
            self._next_frame = 0.0

    def _finished(self, event: TestFinished) -> None:
        if self._verbosity > 1:
            self._lines.finished(event)
        self._tell(self._closing.test(event))

    def _attempt(self, event: AttemptFailed) -> None:
        if self._verbosity > 1:
            self._lines.attempt(event)
        self._closing.attempt(event)

    def _fixture(self, event: FixtureFinished) -> None:
        if self._verbosity > 1:
            self._lines.fixture(event)
        self._tell(self._closing.fixture(event))

    def _tell(self, problems: list[Told]) -> None:
        if self._verbosity > 0:
            self._pending += [self._closing.block(whole, problem, self._look.paint) for whole, problem in problems]

    def _note(self, event: Note) -> None:
        if self._notes and (self._verbosity > 1 or (self._verbosity == 1 and event.level != "debug")):
            self._out.write(f"{event.text}\n")
            self._out.flush()

    def _checks(self, event: ChecksFinished) -> None:
        if self._notes and event.text:
            self._out.write(event.text)
            self._out.flush()
        self._held = False
        if not event.ok:
            # Nothing that ran meanwhile counts, and Django says nothing but why.
            self._pending.clear()
            self._silent = True
            self._leave()

    def _fresh_line(self) -> str:
        # From verbosity 2 up a line that is not complete may be one that was begun here.
        return self._area.fresh_line() if self._area is not None and self._verbosity == 1 else ""

    def _draw(self, now: float) -> None:
        area = self._area
        if area is not None and (room := area.measure()):
            area.draw(frame(self._progress, now, area.width, room, self._look))

    # The end ----------------------------------------------------------------------------------------------------------

    def _leave(self) -> None:
        self._running = False
        if self._area is not None:
            self._pending.insert(0, self._fresh_line())
            self._area.erase()

    def _end(self, event: RunFinished) -> None:
        self._leave()
        if self._silent:
            return
        self._held = False
        if self._verbosity > 1:
            self._pending.append("\n")
        self._pending.append(
            self._closing.text(event, names_only=self._verbosity > 0, paint=self._look.paint)
        )  # fmt: skip
        self.flush()
