"""Where a run is, from its events: what the live view shows. Pure; times are seconds since the epoch."""

from __future__ import annotations

import msgspec

from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    Event,
    ExecutionStarted,
    FixtureFinished,
    TestFinished,
    TestStarted,
    WorkerLost,
)
from greenroom.tally import Tally

_SETTLED = 1.0
"""Seconds after which the pace so far says something about the rest."""


class RunningTest(msgspec.Struct, frozen=True):
    """A test that has begun and not ended."""

    test: str
    index: int
    at: float


class Progress:
    """Counts what is done, and knows what runs."""

    def __init__(self) -> None:
        self.total = 0
        self.workers = 0
        """How many processes run tests; 0: they run in this one."""
        self.done = 0
        """Tests that ended, whatever way."""
        self.began = 0.0
        self.estimate: float | None = None
        self.checks_pending = False
        self.tally = Tally()
        self.running: dict[int, RunningTest] = {}
        """By worker."""

    def handle(self, event: Event) -> None:
        """Take account of an event."""
        match event:
            case TestStarted():
                self.running[event.worker] = RunningTest(event.test, event.index, event.at)
            case TestFinished():
                self.done += 1
                # Somebody else's suite tells what its tests are only when it has run.
                self.total = max(self.total, self.done)
                self.tally.count_test(event)
                self._free(event.worker, event.index)
            case AttemptFailed():
                self._free(event.worker, event.index)
            case FixtureFinished():
                self.tally.count_problems(event.fixture, event.problems)
            case WorkerLost():
                self.running.pop(event.worker, None)
            case ExecutionStarted():
                self.total, self.workers, self.began = event.tests, event.workers, event.at
                self.estimate, self.checks_pending = event.estimate, event.checks_pending
            case ChecksFinished():
                self.checks_pending = False
            case _:
                pass

    def _free(self, worker: int, index: int) -> None:
        running = self.running.get(worker)
        if running is not None and running.index == index:
            del self.running[worker]

    def elapsed(self, now: float) -> float:
        """Seconds since the tests began."""
        return max(0.0, now - self.began)

    def left(self, now: float) -> float | None:
        """Seconds that the rest will take, or None while nobody can know."""
        return time_left(self.done, self.total, self.elapsed(now), self.estimate)


def time_left(done: int, total: int, elapsed: float, estimate: float | None = None) -> float | None:
    """How many seconds a run will still take.

    Without an estimate the rest goes at the pace so far, once there is one. An estimate, the seconds that history gives
    the whole run, is believed as long as it has not run out. It counts down by the clock rather than by the tests done,
    as the longest tests run first; but a run that is ahead of it is believed more. Once it has run out, it was too
    small, and the share of the tests that is left tells.

    Args:
        done: how many tests have ended.
        total: how many there are.
        elapsed: seconds since the first began.
        estimate: seconds that the whole was expected to take; None or 0: nothing is known.
    """
    if done >= total:
        return 0.0
    share = 1 - done / total
    if estimate:
        return min(estimate - elapsed, share * estimate) if elapsed < estimate else share * elapsed
    if not done or elapsed < _SETTLED:
        return None
    return elapsed / done * (total - done)


def clock(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
