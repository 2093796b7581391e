"""The tries of a run: between those who run tests and those who are told of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec

from greenroom.events import AttemptFailed, Event, GroupFinished, TestFinished
from greenroom.execute.api import Narrator
from greenroom.retry import Ledger, Verdict


class Attempts:
    """A `Narrator` that holds back the failures of tests that are tried again, and knows which those are (`Retries`).

    Args:
        narrator: is told what counts.
        ledger: decides.
        ids: the ids of the tests, by index.
        quarantined: the indexes of the tests whose failure does not count.
        remake: makes a fresh object of a test by its index.
        warn: is told when nothing is tried again any more.
        clock: seconds, of any beginning.
    """

    def __init__(
        self,
        narrator: Narrator,
        ledger: Ledger,
        ids: Sequence[str],
        quarantined: Collection[int],
        remake: Callable[[int], Any],
        warn: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._narrator = narrator
        self._ledger = ledger
        self._ids = ids
        self.remake = remake
        self._warn = warn
        self._clock = clock
        self._failed: dict[int, TestFinished] = {}
        """The last try of each test that failed and is to be tried again, or just is."""
        self._waiting: dict[int, float] = {}
        """When each test that waits is to be tried again."""
        self._looked_at = set(quarantined)
        """Tests of which more is to be told than that they passed."""
        self._told_of_budget = False
        self.boundary: Callable[[], None] = lambda: None
        """Called before and behind what is tried again in this process, when no test runs."""
        self.retrying = False
        """Whether what runs in this process now is a retry: its class says nothing of how long it takes as a whole."""

    # As a narrator ----------------------------------------------------------------------------------------------------

    @property
    def started_wanted(self) -> bool:
        """Whether anybody listens to `TestStarted`."""
        return self._narrator.started_wanted

    @started_wanted.setter
    def started_wanted(self, wanted: bool) -> None:
        self._narrator.started_wanted = wanted

    def emit(self, event: Event) -> None:
        """Pass an event on; the end of a test may become something else."""
        if isinstance(event, TestFinished):
            self._ended(event)
        elif not (self.retrying and isinstance(event, GroupFinished)):
            self._narrator.emit(event)

    def test_passed(self, index: int, at: float, seconds: float, worker: int) -> None:
        """A test passed with nothing to say."""
        if index in self._looked_at:
            before = self._failed.get(index)
            name, doc = (before.name, before.doc) if before is not None else ("", "")
            self.emit(TestFinished(at, self._ids[index], index, seconds, "passed", worker, name=name, doc=doc))
        else:
            self._narrator.test_passed(index, at, seconds, worker)

    def tests_passed(self, tests: Sequence[tuple[int, float, float]], worker: int) -> None:
        """Several did."""
        if self._looked_at.isdisjoint([index for index, _, _ in tests]):
            self._narrator.tests_passed(tests, worker)
        else:
            for index, at, seconds in tests:
                self.test_passed(index, at, seconds, worker)

    def flush(self) -> None:
        """A batch is complete."""
        self._narrator.flush()

    def take_boundary(self, boundary: Callable[[], None]) -> None:
        """Take what is to be called behind the last test of a class."""
        self.boundary = boundary

    # As retries -------------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Whether any test waits to be tried again."""
        return bool(self._waiting)

    def due(self) -> list[tuple[int, int]]:
        """Take those whose time has come: the index of each, and the worker in which it failed."""
        now = self._clock()
        taken = [index for index, at in self._waiting.items() if at <= now]
        for index in taken:
            del self._waiting[index]
        return [(index, self._failed[index].worker) for index in taken]

    def settle(self) -> None:
        """Nothing is tried again any more: the failures that were held back count."""
        self._waiting.clear()
        for index in list(self._failed):
            self._tell(self._failed.pop(index))

    # The tries --------------------------------------------------------------------------------------------------------

    def _ended(self, event: TestFinished) -> None:
        index = event.index
        verdict = self._ledger.judge(index, event.outcome, interrupted=event.interrupted)
        if verdict.again:
            self._failed[index] = msgspec.structs.replace(event, attempts=verdict.attempt)
            self._looked_at.add(index)
            self._waiting[index] = self._clock() + verdict.delay
            self._narrator.emit(_attempt(event, verdict))
            return
        before = self._failed.pop(index, None)
        if verdict.stands and before is not None:
            event = _standing(before, event, verdict)
        elif verdict.attempt > 1 or verdict.quarantine is not None:
            event = msgspec.structs.replace(
                event,
                attempts=verdict.attempt,
                flaky=verdict.flaky,
                quarantined=verdict.quarantine is not None,
                quarantine=verdict.quarantine or "",
            )
        self._tell(event)
        if self._ledger.exhausted and not self._told_of_budget:
            self._stop_retrying()

    def _tell(self, event: TestFinished) -> None:
        self._narrator.emit(event)

    def _stop_retrying(self) -> None:
        self._told_of_budget = True
        self._warn(
            f"{self._ledger.failed} tests failed, more than retry-budget allows: nothing is tried again any more"
        )
        for index in list(self._waiting):
            del self._waiting[index]
            self._tell(self._failed.pop(index))


def _attempt(event: TestFinished, verdict: Verdict) -> AttemptFailed:
    return AttemptFailed(
        at=event.at,
        test=event.test,
        index=event.index,
        attempt=verdict.attempt,
        of=verdict.of,
        seconds=event.seconds,
        outcome=event.outcome,
        worker=event.worker,
        problems=event.problems,
        logs=event.logs,
        output=event.output,
        attachments=event.attachments,
        name=event.name,
        doc=event.doc,
    )


def _standing(before: TestFinished, event: TestFinished, verdict: Verdict) -> TestFinished:
    """The failure before, and what a try that showed nothing has to say."""
    if event.interrupted:
        return msgspec.structs.replace(before, worker=event.worker)
    return msgspec.structs.replace(
        before, problems=before.problems + event.problems, attempts=verdict.attempt, worker=event.worker
    )
