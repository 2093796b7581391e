"""From the calls that unittest makes on a result to the account of each test.

`CallLog` is told what happens (`start`, `problem`, `success`, `stop`, `settle`) and gives its `Outlet` one account for each
test and each failed fixture. The same log serves a run in this process and one in a worker; only the outlet differs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from unittest.suite import _ErrorHolder  # type: ignore[attr-defined]

import msgspec

from greenroom.events import Attachment, Problem, ProblemKind, Query
from greenroom.execute.capture import NOTHING, Capture, Captured
from greenroom.execute.exceptions import ExcInfo, bounded, describe, format_by
from greenroom.execute.logtape import RECORDS
from greenroom.model import Outcome, worst_outcome
from greenroom.running.attachments import KEPT, taken

if TYPE_CHECKING:
    from greenroom.execute.timer import FixtureTimer

_OUTCOMES: dict[ProblemKind, Outcome] = {
    "error": "error",
    "failure": "failed",
    "skip": "skipped",
    "expected_failure": "expected_failure",
    "unexpected_success": "unexpected_success",
}


class _Lineage:
    """Counts the forks that lead to this process: asking for its number before and after each test costs more."""

    def __init__(self) -> None:
        self.forks = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        self.forks += 1


_LINEAGE = _Lineage()


class Outlet(Protocol):
    """Where accounts go: to the events of this process, or over the wire."""

    def began(self, index: int, at: float, test: Any) -> None:
        """A test begins."""

    def passed(self, index: int, at: float, seconds: float, test: Any) -> None:
        """A test ended, with nothing to say."""

    def ended(  # noqa: PLR0913 - an account has many parts
        self, index: int, at: float, seconds: float, outcome: Outcome, problems: tuple[Problem, ...], test: Any, *,
        interrupted: bool = False, counted: bool = True, attachments: tuple[Attachment, ...] = (),
        captured: Captured = NOTHING,
    ) -> None:  # fmt: skip
        """A test ended, with problems, attachments or what was captured, or by an interrupt."""

    def fixture(self, name: str, outcome: Outcome, problem: Problem, captured: Captured = NOTHING) -> None:
        """A class or module fixture failed or skipped, with what it had asked of databases."""


class Monitor(Protocol):
    """What has to be switched on and off around each test, such as a timer or a log of SQL."""

    def start(self, index: int, test: Any) -> None: ...

    def stop(self) -> None: ...


def outcome_of(problems: list[Problem]) -> Outcome:
    """The outcome of a test that had these problems."""
    outcome: Outcome = "passed"
    for problem in problems:
        outcome = worst_outcome(outcome, _OUTCOMES[problem.kind])
    return outcome


class CallLog:
    """Keeps account of the running test.

    Args:
        outlet: is given each account.
        index_of: the index of a test that is about to start.
        monitors: started before and stopped after each test.
        sql: the SQL of the running test until now; for `--debug-sql`.
        fixtures: limits the time of what goes on between tests.
        capture: keeps what a test logs and asks of databases.
    """

    def __init__(
        self,
        outlet: Outlet,
        index_of: Callable[[Any], int],
        *,
        monitors: tuple[Monitor, ...] = (),
        sql: Callable[[], str] | None = None,
        fixtures: FixtureTimer | None = None,
        capture: Capture | None = None,
    ) -> None:
        self._outlet = outlet
        self._capture = capture
        self._always = capture is not None and capture.always
        self._tape = capture.sql_tape if capture is not None else None
        self._between = False
        """Whether fixtures may be at work whose SQL is taken down."""
        self._of_fixtures: list[Query] = []
        self._more_of_fixtures = 0
        self.output = ""
        """What the test that ended last printed, where that was held back."""
        self._index_of = index_of
        self._monitors = monitors
        self._sql = sql
        self._fixtures = fixtures
        self.count = 0
        """How many tests have begun."""
        self._problems: list[Problem] = []
        self._succeeded = False
        self._index = -1
        self._running = False
        self._ended: tuple[int, float, float, Any] | None = None
        """Index, beginning, seconds and object of a test that is over and may still have something to say."""
        self._began = 0.0
        self._took: float | None = None
        # Held here, not looked up in the module: libraries that freeze time replace what modules hold.
        self._clock = time.perf_counter
        self._epoch = time.time() - time.perf_counter()
        if self._tape is not None:
            self._tape.epoch = self._epoch
        self._forks = _LINEAGE.forks

    @property
    def running(self) -> int:
        """The index of the running test, -1 between tests."""
        return self._index

    def now(self) -> float:
        """Seconds since the epoch, also while a test has frozen the time."""
        return self._epoch + self._clock()

    def start(self, test: Any) -> None:
        """A test begins: the last thing before its own code."""
        if self._ended is not None:
            self.settle()
        if self._problems:
            self._problems = []
        if RECORDS:
            RECORDS.clear()
        if self._tape is not None:
            self._tape.begin()
        self._succeeded = False
        self._running = True
        self.count += 1
        self._took = None
        index = self._index = self._index_of(test)
        for monitor in self._monitors:
            monitor.start(index, test)
        self._began = began = self._clock()
        self._outlet.began(index, self._epoch + began, test)

    def success(self, test: Any) -> None:
        """The running test passed."""
        self._succeeded = True

    def duration(self, test: Any, seconds: float) -> None:
        """What unittest measured for the running test. Where reading the clock is dear, that saves a good part."""
        if time.perf_counter is self._clock:
            self._took = seconds

    def raised(self, kind: ProblemKind, result: Any, test: Any, err: ExcInfo, subtest: str = "") -> None:
        """The running test, or a fixture between tests, raised something."""
        text = "" if kind == "expected_failure" else format_by(result, err, test)
        self.problem(Problem(kind, text, subtest, describe(err[1], err[2]), sql=self._sql() if self._sql else ""), test)

    def problem(self, problem: Problem, test: Any) -> None:
        """The running test, or a fixture between tests, has something to say."""
        if self._running:
            self._problems.append(problem)
        elif isinstance(test, _ErrorHolder):
            self.settle()
            self._outlet.fixture(test.id(), _OUTCOMES[problem.kind], problem, self.of_fixtures())
        elif self._ended is not None and self._ended[3] is test:
            # Django's TestCase tells unittest of a failing `_post_teardown()` when the test is over.
            self._problems.append(msgspec.structs.replace(problem, late=True))
        else:
            # A test that was never started: its `_pre_setup()` failed, or Python 3.12.1 skips it by its decorator.
            self.settle()
            index, now = self._index_of(test), self.now()
            self._outlet.began(index, now, test)
            self._outlet.ended(index, now, 0.0, _OUTCOMES[problem.kind], (problem,), test, counted=False)

    def skip(self, test: Any, reason: str, subtest: str = "") -> None:
        """The running test or fixture skips itself."""
        self.problem(Problem("skip", bounded(str(reason)), subtest), test)

    def stop(self, test: Any) -> None:
        """A test has ended: the first thing after its own code. Its account stays open until `settle`."""
        if not self._running:
            return  # Python 3.12.1 ends what it skipped without starting it.
        seconds = self._took if self._took is not None else self._clock() - self._began
        if _LINEAGE.forks != self._forks:
            # A child that a test forked came back here instead of ending: it must not tell the story twice.
            os._exit(70)
        if self._tape is not None:
            self._tape.end()
        for monitor in self._monitors:
            monitor.stop()
        self._ended = (self._index, self._epoch + self._began, seconds, test)
        self._index = -1
        self._running = False

    def between(self) -> None:
        """A test returned, if there was one; fixtures may come."""
        self.settle()
        if self._tape is not None:
            self._keep_of_fixtures()
            self._tape.begin()
            self._between = True
        if self._fixtures is not None:
            self._fixtures.arm()

    def proceed(self) -> None:
        """The fixtures are through; a test comes, or the end."""
        if self._between:
            self._keep_of_fixtures()
        if self._fixtures is not None:
            self._fixtures.disarm()

    def of_fixtures(self) -> Captured:
        """What class and module fixtures have asked of databases since this was asked last."""
        if self._between and self._tape is not None:
            self._keep_of_fixtures()
            self._tape.begin()
            self._between = True
        if not self._of_fixtures:
            return NOTHING
        found, more = tuple(self._of_fixtures), self._more_of_fixtures
        self._of_fixtures, self._more_of_fixtures = [], 0
        return Captured(queries=found, more_queries=more)

    def _keep_of_fixtures(self) -> None:
        if not self._between or self._tape is None:
            return
        self._between = False
        self._tape.end()
        self._of_fixtures += self._tape.of_fixtures()
        self._more_of_fixtures += self._tape.more

    def settle(self) -> None:
        """Nothing more can come of the test that ended last: give its account."""
        ended = self._ended
        if ended is None:
            return
        self._ended = None
        index, at, seconds, test = ended
        problems = self._problems
        attachments = taken() if KEPT else ()
        if self._succeeded and not problems and not attachments and not self._always:
            self._outlet.passed(index, at, seconds, test)
            return
        # Neither a problem nor a success: KeyboardInterrupt flew through the test.
        interrupted = not problems and not self._succeeded
        captured = NOTHING
        if self._capture is not None:
            captured = self._capture.taken(self.output, failed=bool(problems) or interrupted)
            self.output = ""
            if self._succeeded and not problems and not attachments and captured == NOTHING:
                self._outlet.passed(index, at, seconds, test)
                return
        self._outlet.ended(
            index, at, seconds, outcome_of(problems), tuple(problems), test,
            interrupted=interrupted, attachments=attachments, captured=captured,
        )  # fmt: skip
