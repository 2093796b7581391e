"""Several recordings as one run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from greenroom.events import (
    Event,
    ExecutionStarted,
    Note,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
    WorkerStarted,
)
from greenroom.reporters.merging import merged
from greenroom.testing.sample_run import sample_run


def merge(*runs: Sequence[Event]) -> list[Event]:
    """The whole."""
    return list(merged([(f"{number}.jsonl", partial(list, run)) for number, run in enumerate(runs)]))


def of(events: Sequence[Event], *kinds: type) -> list[Event]:
    """Those of some kinds."""
    return [event for event in events if isinstance(event, kinds)]


def test_one_alone_is_told_as_it_is() -> None:
    """Whatever it is, also without an end."""
    run = sample_run()
    assert merge(run) == list(run)
    assert merge(run[:-3]) == list(run[:-3])


def test_two_runs_are_one() -> None:
    """All that happened, recording by recording; what there is once, once; counts add up."""
    run = sample_run()
    whole = merge(run, run)
    assert [type(whole[0]), type(whole[-1])] == [RunStarted, RunFinished]
    assert [len(of(whole, kind)) for kind in (RunStarted, ExecutionStarted, RunFinished)] == [1, 1, 1]
    for each in (TestPlanned, TestFinished, WorkerStarted):
        assert len(of(whole, each)) == 2 * len(of(run, each))
    last = max(place for place, event in enumerate(whole) if isinstance(event, TestPlanned))
    assert last < whole.index(of(whole, ExecutionStarted)[0])
    end, alone = whole[-1], run[-1]
    assert isinstance(end, RunFinished)
    assert isinstance(alone, RunFinished)
    assert (end.tests, end.failures, end.errors, end.flaky) == (
        2 * alone.tests,
        2 * alone.failures,
        2 * alone.errors,
        2 * alone.flaky,
    )
    assert (end.exit_code, end.seconds, end.seed) == (alone.exit_code, alone.seconds, alone.seed)


def test_no_test_and_no_worker_is_taken_for_another() -> None:
    """Indexes and workers are numbered anew, and a planned test is still the one that finished."""
    whole = merge(sample_run(), sample_run(workers=0), sample_run())
    planned = {event.spec.index: event.spec.id for event in whole if isinstance(event, TestPlanned)}
    assert len(planned) == len(of(whole, TestPlanned))
    finished = [event for event in whole if isinstance(event, TestFinished)]
    assert len({event.index for event in finished}) == len(finished)
    assert all(planned.get(event.index, event.test) == event.test for event in finished)
    pids = [event.worker for event in whole if isinstance(event, WorkerStarted)]
    assert len(set(pids)) == len(pids)


def test_a_recording_without_an_end_is_no_whole() -> None:
    """Its tests that did not finish are named, and the exit code says that something is missing."""
    run = sample_run()
    cut = run[: next(place for place, event in enumerate(run) if isinstance(event, TestFinished)) + 1]
    whole = merge(run, cut)
    end = whole[-1]
    assert isinstance(end, RunFinished)
    assert end.exit_code == 3
    assert any(isinstance(event, Note) and "1.jsonl ends in the middle" in event.text for event in whole)
    lost = [event for event in whole if isinstance(event, TestsNotRun)][-1]
    assert len(lost.tests) == len(of(run, TestPlanned)) - 1
    first = run[-1]
    assert isinstance(first, RunFinished)
    assert (end.tests, end.not_run) == (first.tests + 1, first.not_run + len(lost.tests))


def test_exit_codes() -> None:
    """The worst counts; a shard that had no tests is no fault where another one had some."""

    def code(*codes: int) -> int:
        runs = [(*sample_run()[:-1], msgspec.structs.replace(sample_run()[-1], exit_code=code)) for code in codes]
        end = merge(*runs)[-1]
        assert isinstance(end, RunFinished)
        return end.exit_code

    assert code(0, 0) == 0
    assert code(0, 4) == 0
    assert code(4, 4) == 4
    assert code(0, 6) == 6
    assert code(6, 1) == 1
    assert code(1, 3, 0) == 3
    assert code(1, 130) == 130
