"""One run of a suite."""

from __future__ import annotations

import os
import platform
import sys
import time
import unittest
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import greenroom
from greenroom import clock
from greenroom.attempts import MARKED
from greenroom.collect.specs import own_limits
from greenroom.errors import ConfigError, ExitCode, GreenroomError
from greenroom.events import (
    SCHEMA,
    ChecksFinished,
    DatabaseStep,
    ExecutionStarted,
    Note,
    Problem,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
)
from greenroom.execute.api import Executor, Roster
from greenroom.execute.capture import CaptureOptions, capture_options
from greenroom.execute.control import Control
from greenroom.execute.inline import InlineExecutor
from greenroom.history import History
from greenroom.reporters.choosing import Reporting
from greenroom.running import place as running
from greenroom.running.ending import close_all
from greenroom.running.place import Place
from greenroom.session.checks import ChecksBeside
from greenroom.session.dispatcher import Dispatcher
from greenroom.session.interrupts import CtrlC
from greenroom.session.keeping import Keeping
from greenroom.session.options import RunOptions


class Session:
    """Carries one run from its first note to its exit code.

    Args:
        options: what the run is asked to do.
        reporting: who tells of it.
    """

    def __init__(self, options: RunOptions, reporting: Reporting) -> None:
        self.options = options
        self.reporting = reporting
        self.needs = reporting.needs
        """What the events of tests are to carry, because a reporter asks for it; see `greenroom.reporters.api.Need`."""
        self.control = Control()
        self.dispatcher = Dispatcher(self.control, failfast=options.failfast)
        self.interrupted = False
        self.exit_code = ExitCode.OK
        self.seed = options.seed
        """The seed of `--shuffle`, known once the suite is built."""
        self.checks: ChecksBeside | None = None
        self.workers = 0
        self.last_notes: list[str] = []
        """What will be printed after the report: a stream of events ends with the end of the run."""
        self.end: RunFinished | None = None
        self.not_run: list[TestsNotRun] = []
        self.limits: dict[int, float] = {}
        self.at_end: list[Callable[[], Iterable[DatabaseStep]]] = []
        """Called when the tests are through; the events that they give are told before the end."""
        self.roster = Roster(())
        self.attempts: Any = None
        """A `greenroom.session.attempts.Attempts` where failed tests may be tried again, or fail without failing the run."""
        self.granted: dict[int, Any] = {}
        """The `greenroom.retry.TestPolicy` of tests for which more than the configuration's own counts, by index."""
        self.overridden: dict[int, Any] = {}
        """What overrides say of tests (`greenroom.collect.rules.Granted`), by index."""
        self.rounds: list[int] = []
        """Which time it is that a test runs, from 0, by index; empty where each runs once."""
        self._began = 0.0
        run = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        self.place = Place(options.root, options.config, run)
        """What each process of this run is told of where it is."""
        for reporter in reporting.reporters:
            self.dispatcher.listen(reporter)
        self._keeping = Keeping(options, self.dispatcher, self.warn)
        self._started: RunStarted | None = None

    def begin(self, django_version: str) -> None:
        """Open the account of the run."""
        if (self.options.config.sql_budget or self.options.config.sql_baseline) and "queries" not in self.needs:
            raise ConfigError("sql-budget and sql-baseline are the business of a reporter", "Add --report sql.")
        running.enter(self.place)
        self.reporting.begin(self.options.root, self.options.config)
        self._started = RunStarted(
            at=clock.now(),
            schema=SCHEMA,
            greenroom=greenroom.__version__,
            python=platform.python_version(),
            django=django_version,
            verbosity=self.options.verbosity,
            seed=self.options.seed,
            durations=self.options.durations,
            debug_sql=self.options.debug_sql,
        )
        self.dispatcher.emit(self._started)
        self.dispatcher.rewire()

    def note(self, text: str, level: str = "info") -> None:
        """A line that the run prints."""
        if self.end is not None:
            return  # Told before the end already, see `last_notes`.
        self.dispatcher.emit(Note(clock.now(), text, level))  # type: ignore[arg-type]

    def warn(self, text: str) -> None:
        """A line that the run prints to stderr at once, whatever else it prints."""
        print(f"greenroom: {text}", file=sys.stderr)
        self.note(text, "warning")

    @property
    def history(self) -> History | None:
        """Durations of earlier runs; None when none are kept."""
        return self._keeping.history

    @contextmanager
    def timed_checks(self) -> Iterator[None]:
        """Account for system checks that run within the block."""
        began = clock.counter()
        try:
            yield
        except Exception as error:
            self.dispatcher.emit(ChecksFinished(clock.now(), False, clock.counter() - began, text=str(error)))
            raise
        self.dispatcher.emit(ChecksFinished(clock.now(), True, clock.counter() - began))

    # The tests --------------------------------------------------------------------------------------------------------

    def plan(self, tests: Sequence[Any], bins: Sequence[type]) -> None:
        """Take up the tests of the run, in Django's order."""
        self.roster = Roster(tests)
        self.limits = own_limits(tests)
        self.dispatcher.name_tests(self.roster.ids)
        config = self.options.config
        if self.options.overrides:
            from greenroom.session.overriding import take_overrides

            take_overrides(self, tests)
        if config.retries or config.quarantine or MARKED or self.granted or self.rounds or self.overridden:
            from greenroom.session.attempting import plan_attempts

            self.attempts = plan_attempts(self, tests)
        wanted = self.reporting.wants(TestPlanned)
        self._keeping.plan(tests, self.roster.ids, bins, self.limits, wanted=wanted)
        # What a class takes that runs again and again says little of a run in which it runs once.
        if not self.rounds:
            self._keeping.follow()

    @property
    def capture(self) -> CaptureOptions | None:
        """What is kept of tests besides their outcomes; None: nothing."""
        options = self.options
        return capture_options(options.config, self.needs, buffer=options.buffer, debug_sql=options.debug_sql)

    def round_of(self, index: int) -> int:
        """Which time it is that a test runs, from 0."""
        return self.rounds[index] if 0 <= index < len(self.rounds) else 0

    def suites(self, suite_class: Any, bins: Sequence[type]) -> Any:
        """What makes the suites of this process: those of the runner, or what can run a test again."""
        if self.attempts is None:
            return suite_class
        from greenroom.session.attempting import retrying_suites

        return retrying_suites(self, suite_class, bins)

    @property
    def timed(self) -> bool:
        """Whether any test has a time limit."""
        return self.options.config.timeout is not None or bool(self.limits)

    def execute(
        self,
        executors: Sequence[Executor],
        *,
        workers: int,
        start_method: str,
        inline: bool,
        estimate: float | None = None,
    ) -> None:
        """Run the planned tests.

        Args:
            executors: run one after the other.
            workers: how many processes.
            start_method: of the processes.
            inline: whether tests run in this process.
            estimate: expected seconds.

        Raises:
            WorkerStartError: workers could not be started; what did not run is reported as such.
        """
        self.workers = workers
        if self.options.config.slots:
            self._settle(executors)
        self._began = clock.counter()
        pending = self.checks is not None and not self.checks.poll()
        self.dispatcher.emit(
            ExecutionStarted(clock.now(), len(self.roster.ids), workers, start_method, pending, estimate)
        )
        self.control.poll = self._look_at_checks if self.checks is not None else None
        try:
            with CtrlC(self.control, inline=inline, kill=self._break_off):
                for executor in executors:
                    if self.control.reason is None:
                        executor.run(self.attempts or self.dispatcher, self.control)
                if self.checks is not None and self.control.reason is None:
                    self.checks.wait()
                    self._look_at_checks()
        except BaseException:
            self.exit_code = ExitCode.BROKEN
            self.control.stop("a worker could not start")
            raise
        finally:
            for trouble in close_all():
                self.warn(trouble)
            self._end()

    def _settle(self, executors: Sequence[Executor]) -> None:
        """See to what each worker has for itself; this process is one where tests run in it."""
        from greenroom import slots

        slots.check()
        if any(isinstance(executor, InlineExecutor) for executor in executors):
            slots.settle()

    def _look_at_checks(self) -> None:
        checks = self.checks
        if checks is None or not checks.poll():
            return
        self.control.poll = None
        self.checks = None
        if checks.ok:
            for stream, text in ((sys.stdout, checks.text), (sys.stderr, checks.warnings)):
                stream.write(text)
                stream.flush()
        self.dispatcher.emit(
            ChecksFinished(clock.now(), bool(checks.ok), checks.seconds, True, checks.text + checks.warnings)
        )
        if not checks.ok:
            self.control.stop("system checks failed")

    # The end ----------------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        if self.checks is not None:
            self.checks.cancel()
            self.checks = None
        if self.attempts is not None:
            self.attempts.settle()
        dispatcher, tally, reason = self.dispatcher, self.dispatcher.tally, self.control.reason
        finished = dispatcher.finished
        ids = self.roster.ids
        left = [index for index in range(len(ids)) if index not in finished]
        self.interrupted = reason == "interrupted"
        since = self.control.since if reason else len(ids)
        for words, indexes in (
            ("a class or module fixture failed or skipped them", [index for index in left if index < since]),
            (str(reason), [index for index in left if index >= since]),
        ):
            if indexes:
                self.not_run.append(TestsNotRun(clock.now(), tuple(ids[index] for index in indexes), words))
                dispatcher.emit(self.not_run[-1])
        for closing in self.at_end:
            for event in closing():
                dispatcher.emit(event)
        for text in self.last_notes:
            self.note(text)
        if self.exit_code is ExitCode.OK:
            self.exit_code = self._verdict(reason)
        self.end = RunFinished(
            at=clock.now(),
            seconds=clock.counter() - self._began,
            exit_code=int(self.exit_code),
            tests=tally.ran,
            failures=tally.failures,
            errors=tally.errors,
            skipped=tally.skipped,
            expected_failures=tally.expected_failures,
            unexpected_successes=tally.unexpected_successes,
            flaky=tally.flaky,
            quarantined=tally.quarantined,
            not_run=len(left),
            interrupted=self.interrupted,
            workers=self.workers,
            seed=self.seed,
        )
        dispatcher.emit(self.end)
        dispatcher.flush()

    def _verdict(self, reason: str | None) -> ExitCode:
        tally = self.dispatcher.tally
        if reason == "interrupted":
            return ExitCode.INTERRUPTED
        if tally.bad or self.flaky_failures or reason == "system checks failed":
            return ExitCode.FAILED
        if not self.roster.ids and self.options.config.no_tests == "fail":
            return ExitCode.NO_TESTS
        return ExitCode.OK

    @property
    def flaky_failures(self) -> int:
        """How many flaky tests fail the run."""
        return self.dispatcher.tally.flaky if self.options.config.flaky == "fail" else 0

    def abort(self, error: BaseException) -> None:
        """Close the account of a run that failed before its first test."""
        if self.end is not None:
            return
        code = error.exit_code if isinstance(error, GreenroomError) else ExitCode.FAILED
        if isinstance(error, KeyboardInterrupt):
            code, self.interrupted = ExitCode.INTERRUPTED, True
        reason = str(error).strip().splitlines()
        self.end = RunFinished(
            at=clock.now(),
            seconds=0.0,
            exit_code=int(code),
            tests=0,
            not_run=len(self.roster.ids),
            interrupted=self.interrupted,
            seed=self.seed,
            aborted=f"{type(error).__name__}: {reason[0] if reason else ''}",
        )
        self.dispatcher.emit(self.end)

    def result(self) -> unittest.TestResult:
        """What happened, as a result object for `suite_result()` and other readers."""
        return self.dispatcher.tally.as_result()

    def give_up(self, index: int, text: str) -> None:
        """End the process with a report, from another thread, while the main one hangs in a test."""
        problem = Problem("error", text)
        test = self.roster.ids[index]
        self.dispatcher.emit(TestFinished(clock.now(), test, index, 0.0, "error", 0, (problem,)))
        self.control.stop("a test could not be ended")
        self._end()
        self._break_off()
        os._exit(ExitCode.FAILED)

    def _break_off(self) -> None:
        for kill in self.control.killers:
            kill()
        self.dispatcher.flush()
        self.dispatcher.close()
        sys.stdout.flush()

    def close(self) -> None:
        """Keep what later runs can use, and let go of everything."""
        if self.checks is not None:
            self.checks.cancel()
            self.checks = None
        running.leave()
        self._keeping.close(self.roster.ids, self._started, self.end)
        self.dispatcher.close()
        self.exit_code = self.reporting.end(self.end, self.exit_code)
