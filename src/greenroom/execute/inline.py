"""Runs tests in this very process, one after the other, in the order they have."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from greenroom.events import Attachment, FixtureFinished, GroupFinished, Problem, TestFinished, TestStarted
from greenroom.execute.api import Narrator, Roster, name_and_doc
from greenroom.execute.calllog import CallLog, Monitor
from greenroom.execute.capture import NOTHING, Capture, Captured, CaptureOptions
from greenroom.execute.control import Control
from greenroom.execute.recorder import Recorder, Tap
from greenroom.execute.suites import close_fixtures
from greenroom.model import Outcome

if TYPE_CHECKING:
    from greenroom.execute.timer import FixtureTimer

_POLL_SECONDS = 0.02


class InlineExecutor:
    """An `Executor` without processes.

    A debugger works, `print` goes where it goes, and what a test leaves behind is there for the next one: all as under
    Django's own runner without `--parallel`.

    Args:
        roster: the tests.
        suite: what is run; any `unittest.TestSuite` over these tests.
        result: a custom result object to run with and listen to; None: one of greenroom's own.
        failfast, buffer: as for unittest.
        debug_sql: keep the SQL of each test.
        verbosity: 0 to 3.
        timeout: seconds that a test may take; None: any time.
        timed: whether any test has a time limit.
        give_up: ends the process when a test can't be ended; given the index of the test and a text.
        on_problem: called with the exception of each error and failure, while its frames are alive; for a debugger.
        boundary: is given what is to be called where a class ends of which no other class says so.
        capture: what is kept of tests besides their outcomes.
        hooks: the hooks of plugins that are called where tests run, a `greenroom.hooks.process.ProcessHooks`.
    """

    def __init__(  # noqa: PLR0913 - each is a switch of unittest's or Django's own
        self,
        roster: Roster,
        suite: Any,
        *,
        result: Any = None,
        failfast: bool = False,
        buffer: bool = False,
        debug_sql: bool = False,
        verbosity: int = 1,
        timeout: float | None = None,
        timed: bool = False,
        give_up: Callable[[int, str], None] | None = None,
        on_problem: Callable[[BaseException], None] | None = None,
        boundary: Callable[[Callable[[], None]], None] | None = None,
        capture: CaptureOptions | None = None,
        hooks: Any = None,
    ) -> None:
        self.roster = roster
        self._hooks = hooks
        self._capture = Capture(capture) if capture is not None else None
        self._boundary = boundary
        self._suite = suite
        self._given = result
        self._failfast = failfast
        self._buffer = buffer
        self._verbosity = verbosity
        self._on_problem = on_problem
        self._sql_log: Any = None
        monitors: list[Monitor] = []
        if debug_sql:
            from greenroom.execute.sqllog import SqlLog

            self._sql_log = SqlLog()
            monitors.append(self._sql_log)
        self._fixtures: FixtureTimer | None = None
        if timed:
            from greenroom.execute.timer import FixtureTimer, TestTimer, Watchdog

            monitors.append(TestTimer(timeout))
            if timeout is not None:
                self._fixtures = FixtureTimer(timeout)
            if give_up is not None:
                monitors.append(Watchdog(timeout, give_up))
        if hooks is not None and hooks.around_tests:
            monitors.append(hooks)
        self._monitors = tuple(monitors)
        self.result: Any = None
        """The result object that the tests ran with."""

    def run(self, narrator: Narrator, control: Control) -> None:
        """Run the suite."""
        outlet = _Outlet(self, narrator, control)
        log = CallLog(
            outlet, self.roster.index_of, monitors=self._monitors, sql=self._sql_text(), fixtures=self._fixtures,
            capture=self._capture,
        )  # fmt: skip
        if self._given is not None:
            self.result = self._given
            Tap(self._given, log)
        elif self._on_problem is not None:
            self.result = _DebuggingRecorder(log, self._on_problem, failfast=self._failfast, buffer=self._buffer)
        else:
            self.result = Recorder(log, failfast=self._failfast, buffer=self._buffer)
        outlet.result = self.result
        outlet.log = log
        if self._boundary is not None:
            self._boundary(outlet.close_group)
        if self._hooks is not None:
            self._hooks.begin()
        if self._capture is not None:
            self._capture.start()
        try:
            self._run(control, log, outlet)
            if self._hooks is not None:
                self._hooks.end()
        finally:
            if self._capture is not None:
                self._capture.stop()

    def _run(self, control: Control, log: CallLog, outlet: _Outlet) -> None:
        try:
            self._suite(self.result)
        except KeyboardInterrupt:
            log.settle()
            log.proceed()
            outlet.muted = True
            control.stop("interrupted")
            close_fixtures(self.result)
        log.settle()
        log.proceed()
        if getattr(self.result, "shouldStop", False):
            control.stop("failfast")
        outlet.end()

    def _sql_text(self) -> Callable[[], str] | None:
        if self._sql_log is None:
            return None
        from greenroom.execute.sqllog import for_failure

        return lambda: for_failure(self._sql_log.text())

    def shown_sql(self) -> str:
        """The SQL of a test for the verbose report."""
        return self._sql_log.text() if self._sql_log is not None and self._verbosity > 1 else ""

    @property
    def verbose(self) -> bool:
        """Whether each test is shown with its name and docstring."""
        return self._verbosity > 1


class _Outlet:
    """Makes events of what the log tells, and asks between tests whether to go on."""

    def __init__(self, executor: InlineExecutor, narrator: Narrator, control: Control) -> None:
        self._executor = executor
        self._narrator = narrator
        self._control = control
        self._roster = executor.roster
        self._ids = executor.roster.ids
        self._verbose = executor.verbose
        self.log: CallLog | None = None
        self._of_fixtures = NOTHING
        """What the fixtures of the class at work asked of databases."""
        self._class: type | None = None
        self._tests = 0
        self._test_seconds = 0.0
        self._clock = time.perf_counter
        self._time = time.time
        self._boundary = self._clock()
        self._next_poll = 0.0
        self.muted = False
        self.result: Any = None

    def began(self, index: int, at: float, test: Any) -> None:
        if type(test) is not self._class:
            self._open_group(type(test))
        if self._narrator.started_wanted:
            name, doc = name_and_doc(test, self._ids[index]) if self._verbose else ("", "")
            self._narrator.emit(TestStarted(at, self._ids[index], index, 0, name, doc))
            # Whoever looks into the recording of a hanging run must see where it hangs.
            self._narrator.flush()

    def passed(self, index: int, at: float, seconds: float, test: Any) -> None:
        if self._verbose:
            self.ended(index, at, seconds, "passed", (), test)
            return
        self._tests += 1
        self._test_seconds += seconds
        self._narrator.test_passed(index, at, seconds, 0)
        self._done(index)

    def ended(  # noqa: PLR0913 - an account has many parts
        self, index: int, at: float, seconds: float, outcome: Outcome, problems: tuple[Problem, ...], test: Any, *,
        interrupted: bool = False, counted: bool = True, attachments: tuple[Attachment, ...] = (),
        captured: Captured = NOTHING,
    ) -> None:  # fmt: skip
        self._tests += 1
        self._test_seconds += seconds
        name, doc = name_and_doc(test, self._ids[index])
        sql = self._executor.shown_sql()
        self._narrator.emit(
            TestFinished(
                at, self._ids[index], index, seconds, outcome, 0, problems, name, doc, sql, counted, interrupted,
                attachments, logs=captured.logs, output=captured.output, queries=captured.queries,
                more_queries=captured.more_queries,
            )
        )  # fmt: skip
        self._done(index)

    def fixture(self, name: str, outcome: Outcome, problem: Problem, captured: Captured = NOTHING) -> None:
        if not self.muted:
            queries, more = captured.queries, captured.more_queries
            self._narrator.emit(FixtureFinished(self._time(), name, outcome, 0, (problem,), queries, more))
            if self._control.reason and self.result is not None:
                self.result.stop()

    def _done(self, index: int) -> None:
        self._roster.release(index)
        self._narrator.flush()
        control = self._control
        if control.poll is not None:
            now = self._clock()
            if now > self._next_poll:
                self._next_poll = now + _POLL_SECONDS
                control.poll()
        if control.reason and self.result is not None:
            self.result.stop()

    def _open_group(self, cls: type) -> None:
        self.close_group()
        self._class = cls
        if self.log is not None:
            self._of_fixtures = self.log.of_fixtures()

    def end(self) -> None:
        """No class comes any more: what the tear-down of the last one asked of databases is its own."""
        if self.log is not None and self._class is not None:
            last, before = self.log.of_fixtures(), self._of_fixtures
            self._of_fixtures = Captured(
                queries=before.queries + last.queries, more_queries=before.more_queries + last.more_queries
            )
        self.close_group()

    def close_group(self) -> None:
        """The last class is through (its tear-down is counted to the next one: from outside they can't be told apart)."""
        now = self._clock()
        if self._class is not None and self._tests:
            seconds = now - self._boundary
            key = getattr(self._class, "greenroom_group", "") or f"{self._class.__module__}.{self._class.__qualname__}"
            fixtures = max(0.0, seconds - self._test_seconds)
            queries, more = self._of_fixtures.queries, self._of_fixtures.more_queries
            self._narrator.emit(GroupFinished(self._time(), key, self._tests, seconds, fixtures, 0, queries, more))
        self._of_fixtures = NOTHING
        self._class, self._tests, self._test_seconds, self._boundary = None, 0, 0.0, now


class _DebuggingRecorder(Recorder):
    """Hands each exception to a debugger, after it was recorded, as Django's `PDBDebugResult` does."""

    def __init__(
        self,
        log: CallLog,
        on_problem: Callable[[BaseException], None],
        *,
        failfast: bool,
        buffer: bool,
    ) -> None:
        super().__init__(log, failfast=failfast, buffer=buffer)
        self._on_problem = on_problem

    def _raised(self, kind: Any, kept: list[Any], test: Any, err: Any, subtest: str = "") -> None:
        if subtest:
            # PDBDebugResult opens before it records here, and after it elsewhere.
            self._debug(err)
        super()._raised(kind, kept, test, err, subtest)
        if not subtest:
            self._debug(err)

    def told(self, problem: Problem, test: Any, err: Any) -> None:
        super().told(problem, test, err)
        if err is not None and problem.kind in {"error", "failure"}:
            self._debug(err)

    def _debug(self, err: Any) -> None:
        self._restoreStdout()  # type: ignore[attr-defined]
        self.buffer = False
        self._on_problem(err[1])
