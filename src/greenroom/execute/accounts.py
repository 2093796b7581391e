"""What workers report, as events."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never

from greenroom import clock
from greenroom.errors import WorkerStartError
from greenroom.events import (
    DatabaseStep,
    FixtureFinished,
    GroupFinished,
    Note,
    TestFinished,
    TestStarted,
    WorkerStarted,
)
from greenroom.execute.api import GroupQueue, Narrator
from greenroom.execute.control import Control
from greenroom.execute.messages import (
    WIRE_VERSION,
    Carried,
    FixtureEnded,
    Goodbye,
    GroupBegan,
    GroupEnded,
    Hello,
    Report,
    Said,
    StartFailed,
    TestBegan,
    TestEnded,
    TestFound,
    Told,
)
from greenroom.execute.timer import GRACE
from greenroom.execute.workerhandle import Passed, WorkerHandle


class Accounts:
    """Turns reports into events, and keeps in mind what each worker is at.

    Args:
        ids: the ids of the tests, by index.
        narrator: is given the events.
        queue: is told which groups are finished.
        limits: seconds that tests may take, by index; the others take `timeout`.
        timeout: seconds that a test may take; None: any time.
        control: knows whether the run is being stopped; from then on no test is taken to follow another.
        start_failed: called when a worker says that it can't start, with its summary and its traceback.
        found: gives the index of a test that nobody had planned, by its id.
        carry: is given what another engine than unittest has to say, with its worker.
    """

    def __init__(
        self,
        ids: Sequence[str],
        narrator: Narrator,
        queue: GroupQueue,
        limits: Mapping[int, float],
        timeout: float | None,
        control: Control,
        start_failed: Callable[[WorkerHandle, str, str], None],
        found: Callable[[str], int],
        carry: Callable[[WorkerHandle, Carried], None] | None = None,
    ) -> None:
        self._ids = ids
        self._narrator = narrator
        self._queue = queue
        self._limits = limits
        self._timeout = timeout
        self._timed = timeout is not None or bool(limits)
        self._control = control
        self._start_failed = start_failed
        self._found = found
        self._carry = carry or _drop
        self._waiting: dict[int, list[TestFound]] = {}
        """What workers found that has not been told yet, by their number."""
        self._expected = self._spent = 0.0
        self.pace = 1.0
        """How long groups have taken so far, as a ratio to what was expected of them."""

    def take(self, worker: WorkerHandle) -> None:
        """Turn what a worker has reported into events."""
        for report in worker.reports():
            if type(report) is list:
                self._passed(worker, report)
            else:
                self._hear(worker, report)  # type: ignore[arg-type]

    def _passed(self, worker: WorkerHandle, reports: list[Passed]) -> None:
        """Tests of one group passed one after the other, with nothing to say."""
        if not self._timed and not self._narrator.started_wanted:
            # Nobody asks where the worker is in between.
            self._narrator.tests_passed([(index, at, seconds) for _, _, index, at, seconds in reports], worker.slot)
            if worker.queue:
                worker.queue[0].unfinished -= len(reports) - 1
            _, _, index, at, seconds = reports[-1]
            self._move_on(worker, index, at + seconds)
            return
        for _, _, index, at, seconds in reports:
            if index != worker.current:
                self._begin(worker, index, at)
            self._narrator.tests_passed([(index, at, seconds)], worker.slot)
            self._move_on(worker, index, at + seconds)

    def _hear(self, worker: WorkerHandle, report: Report) -> None:  # noqa: C901, PLR0912 - one case for each report
        narrator = self._narrator
        match report:
            case TestEnded():
                if report.index != worker.current:
                    self._begin(worker, report.index, report.at)
                self._ended(worker, report, report.index)
                self._move_on(worker, report.index, report.at + report.seconds)
            case TestFound():
                self._waiting.setdefault(worker.slot, []).append(report)
                if worker.current < 0:
                    self.tell_found(worker)
            case Told():
                if report.index != worker.current:
                    self._begin(worker, report.index, report.at)
                self._carry(worker, report)
                self._move_on(worker, report.index, report.at + report.seconds)
            case Said():
                self._carry(worker, report)
            case TestBegan():
                self._begin(worker, report.index, report.at)
            case GroupBegan():
                worker.queue[0].began = True
                self._limit_fixtures(worker)
            case GroupEnded():
                self._group_ended(worker, report)
            case FixtureEnded():
                narrator.emit(
                    FixtureFinished(
                        report.at,
                        report.fixture,
                        report.outcome,
                        worker.slot,
                        (report.problem,),
                        report.captured.queries,
                        report.captured.more_queries,
                    )
                )
            case Hello():
                if report.version != WIRE_VERSION:
                    raise WorkerStartError(f"worker {worker.slot} speaks another version of greenroom's wire format")
                worker.said_hello()
                narrator.emit(WorkerStarted(clock.now(), worker.slot, report.pid))
            case StartFailed():
                self._start_failed(worker, report.summary, report.text)
            case Goodbye():
                worker.leaving = True
                for plugin in report.failed_plugins:
                    words = f"the plugin {plugin} failed in worker {worker.slot}"
                    narrator.emit(Note(clock.now(), words, "error", plugin))
                for done in report.resets:
                    narrator.emit(
                        DatabaseStep(clock.now(), done.alias, "reset", done.seconds, done.count, worker.slot, done.how)
                    )
            case _:
                assert_never(report)

    def _ended(self, worker: WorkerHandle, report: TestEnded, index: int) -> None:
        self._narrator.emit(
            TestFinished(
                report.at, self._ids[index], index, report.seconds, report.outcome, worker.slot,
                report.problems, report.name, report.doc, report.sql, report.counted,
                report.interrupted, report.attachments, logs=report.captured.logs, output=report.captured.output,
                queries=report.captured.queries, more_queries=report.captured.more_queries,
            )
        )  # fmt: skip

    def tell_found(self, worker: WorkerHandle) -> None:
        """Tell of the tests that nobody had planned, in a moment when the worker is taken to be at no other."""
        for report in self._waiting.pop(worker.slot, ()):
            index = self._found(report.id)
            if self._narrator.started_wanted:
                self._narrator.emit(TestStarted(report.ended.at, report.id, index, worker.slot))
            self._ended(worker, report.ended, index)

    def _group_ended(self, worker: WorkerHandle, report: GroupEnded) -> None:
        done = worker.queue.popleft().group
        if worker.current >= 0:
            # Taken to have begun, but the suite was stopped before it.
            self.break_off(worker)
        self.tell_found(worker)
        worker.deadline = None
        worker.load = worker.load - done.seconds if worker.queue else 0.0
        self._queue.finished(worker.slot, done)
        if done.again:
            return  # It says nothing of how long the whole class takes.
        self._expected += done.seconds
        self._spent += report.seconds
        self.pace = self._spent / self._expected if self._expected else 1.0
        self._narrator.emit(
            GroupFinished(
                clock.now(),
                done.key,
                report.tests,
                report.seconds,
                report.fixture_seconds,
                worker.slot,
                report.captured.queries,
                report.captured.more_queries,
            )
        )

    def break_off(self, worker: WorkerHandle) -> None:
        """The test that a worker is at will not end by itself."""
        index = worker.current
        worker.current = -1
        self._narrator.emit(
            TestFinished(clock.now(), self._ids[index], index, 0.0, "error", worker.slot, interrupted=True)
        )

    def _begin(self, worker: WorkerHandle, index: int, at: float) -> None:
        worker.current = index
        if self._narrator.started_wanted:
            self._narrator.emit(TestStarted(at, self._ids[index], index, worker.slot))
        if self._timed:
            limit = self._limits.get(index, self._timeout)
            worker.deadline = None if limit is None else time.monotonic() + limit + GRACE

    def _move_on(self, worker: WorkerHandle, index: int, at: float) -> None:
        """A test ended; the next of its group is taken to begin at once."""
        self.tell_found(worker)
        if not worker.queue:
            return
        assignment = worker.queue[0]
        assignment.unfinished -= 1
        following = assignment.follows.get(index)
        if following is not None and self._control.reason is None:
            self._begin(worker, following, at)
        else:
            worker.current = -1
            self._limit_fixtures(worker)

    def _limit_fixtures(self, worker: WorkerHandle) -> None:
        if self._timed:
            worker.deadline = None if self._timeout is None else time.monotonic() + self._timeout + GRACE


def _drop(worker: WorkerHandle, report: Carried) -> None:
    """Workers of unittest's send none."""
