"""Several recordings as the account of one run: those of the shards of a suite, say.

The order is that of the recordings, each as a whole; only what there is once in a run is put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from greenroom.errors import ExitCode
from greenroom.events import (
    ChecksFinished,
    Event,
    ExecutionStarted,
    FixtureFinished,
    Note,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
)
from greenroom.tally import Tally

KILLED = "its run was killed"
"""Why a test did not run whose recording has no end."""
_WORST = (ExitCode.INTERRUPTED, ExitCode.BROKEN, ExitCode.USAGE, ExitCode.FAILED)
_COUNTS = (
    "tests", "failures", "errors", "skipped", "expected_failures", "unexpected_successes", "flaky", "quarantined",
    "not_run", "workers",
)  # fmt: skip
_ONCE = (RunStarted, TestPlanned, ExecutionStarted, ChecksFinished, RunFinished)
"""What is told elsewhere, or once for all."""
_TALLIED = {name: "ran" if name == "tests" else name for name in _COUNTS if name not in {"not_run", "workers"}}


class _Facts:
    """What is to be known of a recording before the first event of the whole is told."""

    def __init__(self, name: str, events: Iterable[Event]) -> None:
        self.name = name
        self.started: RunStarted | None = None
        self.execution: ExecutionStarted | None = None
        self.checks: ChecksFinished | None = None
        self.end: RunFinished | None = None
        self.indexes = self.workers = 0
        """One more than the greatest."""
        self.planned: dict[int, str] = {}
        self.tally = Tally()
        self.last = 0.0
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        index = event.spec.index if isinstance(event, TestPlanned) else getattr(event, "index", -1)
        self.indexes = max(self.indexes, index + 1)
        self.workers = max(self.workers, getattr(event, "worker", 0) + 1)
        match event:
            case RunStarted():
                self.started, self.last = event, event.at
            case TestPlanned():
                self.planned[index] = event.spec.id
            case ExecutionStarted():
                self.execution = event
            case ChecksFinished() if self.checks is None or not event.ok:
                self.checks = event
            case TestFinished():
                self.planned.pop(index, None)
                self.tally.handle(event)
                self.last = max(self.last, event.at + event.seconds)
            case FixtureFinished():
                self.tally.handle(event)
            case RunFinished():
                self.end, self.last = event, event.at
            case _:
                pass


def merged(recordings: Sequence[tuple[str, Callable[[], Iterable[Event]]]]) -> Iterator[Event]:
    """The events of one run that is made of all of these.

    First comes one `RunStarted`, then each test that was planned, one `ExecutionStarted`, what happened, recording by
    recording, and one `RunFinished`. Tests and workers are numbered anew, so that none is taken for another.
    A recording that ends in the middle makes the whole one that was not completed: exit code 3.

    Args:
        recordings: the name of each and what gives its events, which is called twice. One alone is told as it is.
    """
    if len(recordings) == 1:
        yield from recordings[0][1]()
        return
    sources = [events for _, events in recordings]
    all_facts = [_Facts(name, events()) for name, events in recordings]
    numbers = list(_numbers(all_facts))
    yield _began(all_facts)
    for events, more in zip(sources, numbers, strict=True):
        yield from (_renumbered(event, *more) for event in events() if isinstance(event, TestPlanned))
    yield from _once(all_facts)
    for events, more, facts in zip(sources, numbers, all_facts, strict=True):
        yield from (_renumbered(event, *more) for event in events() if not isinstance(event, _ONCE))
        yield from _cut_off(facts)
    yield _ended(all_facts)


def _once(all_facts: Sequence[_Facts]) -> Iterator[Event]:
    executions = [facts.execution for facts in all_facts if facts.execution is not None]
    if executions:
        yield msgspec.structs.replace(
            executions[0],
            at=min(each.at for each in executions),
            tests=sum(each.tests for each in executions),
            workers=sum(each.workers for each in executions),
            checks_pending=False,
            estimate=None,
        )
    checks = [facts.checks for facts in all_facts if facts.checks is not None]
    if checks:
        yield next((each for each in checks if not each.ok), checks[0])


def _cut_off(facts: _Facts) -> Iterator[Event]:
    """What is to be said of a recording without an end."""
    if facts.end is None:
        yield Note(facts.last, f"the recording {facts.name} ends in the middle: {KILLED}", "error")
        if facts.planned:
            yield TestsNotRun(facts.last, tuple(facts.planned.values()), KILLED)


def _began(all_facts: Sequence[_Facts]) -> RunStarted:
    started = [facts.started for facts in all_facts if facts.started is not None]
    seeds = {each.seed for each in started}
    return msgspec.structs.replace(
        started[0],
        at=min(each.at for each in started),
        seed=started[0].seed if len(seeds) == 1 else None,
        verbosity=max(each.verbosity for each in started),
    )


def _ended(all_facts: Sequence[_Facts]) -> RunFinished:
    ends = [facts.end for facts in all_facts if facts.end is not None]
    broken = [facts for facts in all_facts if facts.end is None]
    codes = {end.exit_code for end in ends} | ({int(ExitCode.BROKEN)} if broken else set())
    counts: dict[str, int] = {name: sum(getattr(end, name) for end in ends) for name in _COUNTS}
    for facts in broken:
        counts["not_run"] += len(facts.planned)
        for name, told in _TALLIED.items():
            counts[name] += getattr(facts.tally, told)
    first = next((facts.started for facts in all_facts if facts.started is not None), None)
    seeds = {facts.started.seed for facts in all_facts if facts.started is not None}
    more: dict[str, Any] = counts
    return RunFinished(
        at=max(facts.last for facts in all_facts),
        seconds=max((end.seconds for end in ends), default=0.0),
        exit_code=next((int(code) for code in _WORST if code in codes), _of_others(codes)),
        interrupted=any(end.interrupted for end in ends),
        seed=first.seed if first is not None and len(seeds) == 1 else None,
        aborted=next((end.aborted for end in ends if end.aborted), ""),
        **more,
    )


def _of_others(codes: set[int]) -> int:
    """Tests did not fail. A shard without any is no fault where another one had some."""
    more = codes - {int(ExitCode.NO_TESTS)}
    return max(more) if more else max(codes, default=0)


def _numbers(all_facts: Sequence[_Facts]) -> Iterator[tuple[int, int]]:
    """What is added to the indexes and to the workers of each recording."""
    index = worker = 0
    for facts in all_facts:
        yield index, worker
        index += facts.indexes
        worker += facts.workers


def _renumbered(event: Event, index: int, worker: int) -> Event:
    if isinstance(event, TestPlanned):
        spec = msgspec.structs.replace(event.spec, index=event.spec.index + index)
        return TestPlanned(spec) if index else event
    about: dict[str, int] = {}
    if index and getattr(event, "index", -1) >= 0:
        about["index"] = event.index + index  # type: ignore[union-attr]
    if worker and hasattr(event, "worker"):
        about["worker"] = event.worker + worker
    return msgspec.structs.replace(event, **about) if about else event
