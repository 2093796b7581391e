"""A recorded stream of events, read back, and what must hold of every such stream."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import msgspec

from greenroom import events
from greenroom.events import Event, FixtureFinished, Problem, RunFinished, RunStarted, TestFinished, TestPlanned
from greenroom.model import FAILED_OUTCOMES, Outcome, worst_outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_decoder = msgspec.json.Decoder(Event)
_E = TypeVar("_E", bound=Event)


def read_events(path: Path, *, growing: bool = False) -> EventLog:
    """Read a file of JSON lines as `--events` writes it.

    Args:
        path: the file.
        growing: the run still writes it, so that a last line without its end is left for later, and a file that is
            not there yet counts as empty.

    Raises:
        AssertionError: a line is no event; it is shown with its number.
    """
    if growing and not path.exists():
        return EventLog(())
    lines = path.read_bytes().split(b"\n")
    last = lines.pop()
    if last and not growing:
        lines.append(last)
    found: list[Event] = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(_decoder.decode(line))
        except msgspec.MsgspecError as error:
            raise AssertionError(f"{path}:{number} is not an event: {error}\n{line[:500]!r}") from None
    return EventLog(tuple(found))


class EventLog:
    """The events of one run, with the questions that tests ask of them.

    Args:
        events: in the order in which they were written.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.events: tuple[Event, ...] = tuple(events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def of(self, kind: type[_E]) -> list[_E]:
        """All events of one class, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    @cached_property
    def finished(self) -> list[TestFinished]:
        """The end of each test, in the order in which they ended."""
        return self.of(TestFinished)

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of each test that ran to its end, by id; of tests that share an id the worst."""
        outcomes: dict[str, Outcome] = {}
        for event in self.finished:
            if not event.interrupted:
                outcomes[event.test] = worst_outcome(event.outcome, outcomes.get(event.test, "passed"))
        return outcomes

    @cached_property
    def order(self) -> list[str]:
        """The ids of the tests in the order in which they began."""
        return [event.test for event in self.of(events.TestStarted)]

    @cached_property
    def fixtures(self) -> dict[str, list[FixtureFinished]]:
        """The class and module fixtures that failed or skipped, by unittest's name for them."""
        fixtures: dict[str, list[FixtureFinished]] = {}
        for event in self.of(FixtureFinished):
            fixtures.setdefault(event.fixture, []).append(event)
        return fixtures

    @cached_property
    def not_run(self) -> list[str]:
        """The ids that `TestsNotRun` names."""
        return [test for event in self.of(events.TestsNotRun) for test in event.tests]

    @property
    def end(self) -> RunFinished:
        """The last event, which every completed run has."""
        last = self.events[-1] if self.events else None
        assert isinstance(last, RunFinished), "the stream has no RunFinished at its end"
        return last

    def problems(self, test: str) -> tuple[Problem, ...]:
        """All that went wrong in one test, by id."""
        return tuple(problem for event in self.finished if event.test == test for problem in event.problems)


def check_stream(log: EventLog, *, complete: bool = True) -> None:
    """Assert what must hold of every stream of events.

    The first event is `RunStarted`, the last `RunFinished`, and neither comes twice. Each test that started has exactly
    one `TestFinished`, which comes after its `AttemptFailed` events; each `TestStarted` has one of either. A worker runs one test at a time. Each planned test finished, or `TestsNotRun` names it, or a
    fixture that failed or skipped covers it. The counts of `RunFinished` are those of the events.

    Args:
        log: the stream.
        complete: False for the recording of a run that was killed: it is held to all but its end.

    Raises:
        AssertionError: naming everything that does not hold.
    """
    wrong = [*_frame(log, complete), *_plan(log), *_tests(log, complete), *_tries(log), *_workers(log)]
    if complete and not wrong:
        wrong = [*_coverage(log), *_counts(log)]
    more = f"\n… and {len(wrong) - 20} more" if len(wrong) > 20 else ""
    assert not wrong, "The event stream breaks its rules:\n- " + "\n- ".join(wrong[:20]) + more


def _frame(log: EventLog, complete: bool) -> Iterator[str]:
    if not log.events:
        yield "it is empty"
        return
    if not isinstance(log.events[0], RunStarted):
        yield f"the first event is {type(log.events[0]).__name__}, not RunStarted"
    if complete and not isinstance(log.events[-1], RunFinished):
        yield f"the last event is {type(log.events[-1]).__name__}, not RunFinished"
    for kind in (RunStarted, events.ExecutionStarted, events.ChecksFinished, RunFinished):
        if (count := sum(isinstance(event, kind) for event in log)) > 1:
            yield f"{kind.__name__} comes {count} times"
    begun = False
    for event in log:
        if isinstance(event, events.ExecutionStarted):
            begun = True
        elif isinstance(event, events.TestStarted) and not begun:
            yield f"{event.test} starts before ExecutionStarted"
            return
        elif isinstance(event, TestPlanned) and begun:
            yield f"{event.spec.id} is planned after ExecutionStarted"
            return


def _tests(log: EventLog, complete: bool) -> Iterator[str]:
    running: dict[int, events.TestStarted] = {}
    ended: set[int] = set()
    tried: set[int] = set()
    for event in log:
        if isinstance(event, events.TestStarted):
            if event.index in running or event.index in ended:
                yield f"{event.test} (index {event.index}) starts twice"
            if any(other.worker == event.worker for other in running.values()):
                yield f"{event.test} starts while worker {event.worker} is still at another test"
            running[event.index] = event
        elif isinstance(event, TestFinished | events.AttemptFailed):
            started = running.pop(event.index, None)
            # A test that was to be tried again, and was not, ends without a further start.
            if started is None and (event.index not in tried or event.index in ended):
                yield f"{event.test} (index {event.index}) finishes without having started, or twice"
            elif started is not None and (started.test, started.worker) != (event.test, event.worker):
                yield f"index {event.index} starts as {started.test} and finishes as {event.test}, or elsewhere"
            (ended if isinstance(event, TestFinished) else tried).add(event.index)
    if complete:
        for event in running.values():
            yield f"{event.test} started and never finished"


def _tries(log: EventLog) -> Iterator[str]:
    told: Counter[int] = Counter()
    for event in log:
        if isinstance(event, events.AttemptFailed):
            told[event.index] += 1
            if event.attempt != told[event.index] or event.attempt >= event.of:
                yield f"{event.test} fails at try {event.attempt} of {event.of}, after {told[event.index] - 1} others"
        elif isinstance(event, TestFinished) and not told[event.index] <= event.attempts <= told[event.index] + 1:
            yield f"{event.test} counts {event.attempts} tries, of which {told[event.index]} were told"


def _plan(log: EventLog) -> Iterator[str]:
    planned = {event.spec.index: event.spec.id for event in log.of(TestPlanned)}
    if len(planned) != len(log.of(TestPlanned)):
        yield "two planned tests share an index"
    for event in log.of(events.TestStarted):
        made_on_the_way = event.index >= len(planned)
        if planned and not made_on_the_way and planned.get(event.index) != event.test:
            yield f"{event.test} starts as index {event.index}, planned as {planned.get(event.index)}"


def _workers(log: EventLog) -> Iterator[str]:
    started: set[int] = set()
    parallel = False
    for event in log:
        if isinstance(event, events.ExecutionStarted):
            parallel = event.workers > 0
        elif isinstance(event, events.WorkerStarted):
            started.add(event.worker)
        elif isinstance(event, events.TestStarted) and parallel and event.worker not in started | {0}:
            yield f"{event.test} starts in worker {event.worker}, which never did"
        elif isinstance(event, events.WorkerLost):
            started.discard(event.worker)


def _covered(test: str, fixtures: Iterable[str]) -> bool:
    for fixture in fixtures:
        name, _, owner = fixture.partition(" (")
        if name in {"setUpClass", "setUpModule"} and test.startswith(owner.rstrip(")") + "."):
            return True
    return False


def _coverage(log: EventLog) -> Iterator[str]:
    ended = {event.index for event in log.finished}
    not_run = Counter(log.not_run)
    for event in log.of(TestPlanned):
        spec = event.spec
        if spec.index in ended:
            continue
        if not_run[spec.id] > 0:
            not_run[spec.id] -= 1
            continue
        if _covered(spec.id, log.fixtures):
            continue
        yield f"{spec.id} (index {spec.index}) was planned and is nowhere accounted for"
    for test in not_run.elements():
        yield f"{test} is named as not run, but it ran, or was not planned, or is named twice"


def problem_counts(log: EventLog) -> Counter[str]:
    """How many problems of each kind the events hold: what unittest's summary line counts."""
    kinds: Counter[str] = Counter()
    for event in log:
        if isinstance(event, TestFinished) and (event.interrupted or _is_forgiven(event)):
            continue
        if isinstance(event, FixtureFinished | TestFinished):
            kinds.update(problem.kind for problem in event.problems)
    return kinds


def _is_forgiven(event: TestFinished) -> bool:
    return event.quarantined and event.outcome in FAILED_OUTCOMES


def _counts(log: EventLog) -> Iterator[str]:
    end, kinds = log.end, problem_counts(log)
    interrupted = sum(event.interrupted for event in log.finished)
    counted = sum(event.counted for event in log.finished)
    if end.tests not in {counted, counted - interrupted}:
        yield f"RunFinished says {end.tests} tests, the events hold {counted} ({interrupted} interrupted)"
    for name, kind in (
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skip"),
        ("expected_failures", "expected_failure"),
        ("unexpected_successes", "unexpected_success"),
    ):
        if getattr(end, name) != kinds[kind]:
            yield f"RunFinished says {getattr(end, name)} {name}, the events hold {kinds[kind]}"
    for name, count in (
        ("flaky", sum(event.flaky for event in log.finished)),
        ("quarantined", sum(map(_is_forgiven, log.finished))),
    ):
        if getattr(end, name) != count:
            yield f"RunFinished says {getattr(end, name)} {name}, the events hold {count}"
    if end.not_run != len(log.not_run):
        yield f"RunFinished says {end.not_run} not run, the events name {len(log.not_run)}"
    if (end.failures or end.errors or end.unexpected_successes) and end.exit_code == 0:
        yield "RunFinished says exit code 0 in spite of failures"
