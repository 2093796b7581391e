"""Gathers durations from the events of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, assert_never

from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    DatabaseStep,
    Event,
    ExecutionStarted,
    FixtureFinished,
    GroupFinished,
    Note,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
    TestStarted,
    WorkerLost,
    WorkerStarted,
)
from greenroom.history.recent import RunRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from greenroom.history.store import History
    from greenroom.model import TestSpec


def run_row(at: float, end: RunFinished | None) -> RunRow | None:
    """A run as the history has it; None where it was broken off, or came to no test.

    Args:
        at: when it began, in seconds since the epoch.
        end: how it ended.
    """
    if end is None or end.aborted:
        return None
    return RunRow(
        at,
        end.seconds,
        end.exit_code,
        end.tests,
        end.failures,
        end.errors,
        end.skipped,
        end.flaky,
        end.not_run,
        end.workers,
    )


class HistoryRecorder:
    """An event consumer. While tests run it only keeps what comes by; the sums are done in `flush`.

    Args:
        specs: the tests of the run, which say how many tests a group has. A stream with `TestPlanned` events says so
            itself; without either, a test's group is taken to be its id less the last part, as it is for unittest.
    """

    def __init__(self, specs: Sequence[TestSpec] = ()) -> None:
        self._specs = list(specs)
        self._tests: list[tuple[str, float, str, int]] = []
        self._groups: list[GroupFinished] = []
        self._facts: dict[str, float] = {}
        self._cut: list[tuple[str, int | None]] = []
        """Id and index of tests that were interrupted or never begun: their groups are not whole."""

    def passed(self, index: int, test: str, seconds: float) -> None:
        """Take note of a test that passed; in place of its `TestFinished`."""
        self._tests.append((test, seconds, "passed", index))

    def handle(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case TestFinished():
                if event.interrupted:
                    self._cut.append((event.test, event.index))
                else:
                    self._tests.append(
                        (event.test, event.seconds, "flaky" if event.flaky else event.outcome, event.index)
                    )
            case TestStarted():
                pass
            case GroupFinished():
                self._groups.append(event)
            case ChecksFinished():
                self._facts["checks"] = event.seconds
            case TestPlanned():
                self._specs.append(event.spec)
            case TestsNotRun():
                self._cut += [(test, None) for test in event.tests]
            case (
                RunStarted()
                | Note()
                | ExecutionStarted()
                | AttemptFailed()
                | DatabaseStep()
                | WorkerStarted()
                | WorkerLost()
                | FixtureFinished()
                | RunFinished()
            ):
                pass
            case _:
                assert_never(event)

    def flush(self, history: History, passed: Iterable[tuple[int, str, float]] = (), run: RunRow | None = None) -> None:
        """Record what was gathered, and begin anew. Only the specs stay.

        Args:
            history: where it goes.
            passed: index, id and seconds of tests that passed and of which no event told.
            run: the run itself; None where it had no end.
        """
        passed = list(passed)
        told = [(test, seconds, outcome) for test, seconds, outcome, _ in self._tests]
        quick = [(test, seconds) for _, test, seconds in passed]
        history.record(told, self._whole_groups(passed), self._facts, run, quick)
        self._tests, self._groups, self._facts, self._cut = [], [], {}, []

    def _whole_groups(self, passed: Sequence[tuple[int, str, float]]) -> list[tuple[str, int, float, float]]:
        """The groups of which every test was run by a worker that saw the group's end.

        Where a worker was lost, the test that it was at is in no `GroupFinished`: what the rest took is not what the
        whole would have taken. The pieces of a class that was split add up; its fixtures are counted once.
        """
        group_of = {spec.index: spec.group for spec in self._specs}
        planned = Counter(group_of.values())
        seconds, finished = self._sums(group_of, passed)
        told: Counter[str] = Counter()
        fixtures: dict[str, float] = {}
        for group in self._groups:
            told[group.group] += group.tests
            fixtures[group.group] = max(fixtures.get(group.group, 0.0), group.fixture_seconds)
        cut = {group_of.get(-1 if index is None else index) or test.rpartition(".")[0] for test, index in self._cut}
        return [
            (key, count, seconds[key] + fixtures[key], fixtures[key])
            for key, count in told.items()
            if count and count == finished.get(key) == planned.get(key, count) and key not in cut
        ]

    def _sums(
        self, group_of: Mapping[int, str], passed: Sequence[tuple[int, str, float]]
    ) -> tuple[dict[str, float], dict[str, int]]:
        """The seconds and the number of the tests that ended, by group."""
        seconds: dict[str, float] = {}
        finished: dict[str, int] = {}
        told = [(index, test, took) for test, took, _, index in self._tests]
        # Most come class by class: what they have in common is looked up where it changes.
        key, total, count = "", 0.0, 0
        for tests in (passed, told):
            for index, test, took in tests:
                group = group_of.get(index) if group_of else None
                if not group:
                    place = test.rfind(".")
                    group = test[:place] if place > 0 else ""
                if group != key:
                    seconds[key], finished[key] = seconds.get(key, 0.0) + total, finished.get(key, 0) + count
                    key, total, count = group, 0.0, 0
                total += took
                count += 1
        seconds[key], finished[key] = seconds.get(key, 0.0) + total, finished.get(key, 0) + count
        return seconds, finished
