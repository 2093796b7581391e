"""What stands between those who run tests and those who are told."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from greenroom.events import AttemptFailed, Event, GroupFinished, TestFinished
from greenroom.model import FAILED_OUTCOMES, Outcome
from greenroom.retry import Ledger, TestPolicy
from greenroom.session.attempts import Attempts

IDS = [f"t.C.test_{number}" for number in range(5)]
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "error", "skipped", "expected_failure", "unexpected_success")


class Listener:
    """Keeps what it is told."""

    started_wanted = True

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.passed: list[int] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def test_passed(self, index: int, at: float, seconds: float, worker: int) -> None:
        self.passed.append(index)

    def tests_passed(self, tests: Any, worker: int) -> None:
        self.passed += [index for index, _, _ in tests]

    def flush(self) -> None:
        """Nothing is collected."""


def attempts(
    listener: Listener, retries: int, *, budget: int | None = None, now: list[float] | None = None, delay: float = 0.0
) -> Attempts:
    """With one policy for all but the last test, which is in quarantine."""
    policy = TestPolicy(retries, delay)
    ledger = Ledger(lambda index: TestPolicy(quarantine="why") if index == 4 else policy, budget)
    clock = now or [0.0]
    return Attempts(listener, ledger, IDS, [4], lambda index: None, lambda text: None, lambda: clock[0])


def ended(index: int, outcome: Outcome, **about: Any) -> TestFinished:
    """The end of a test."""
    return TestFinished(0.0, IDS[index], index, 1.0, outcome, **about)


def test_a_retry_waits_for_its_time() -> None:
    """And is taken once."""
    now = [0.0]
    held = attempts(Listener(), 2, now=now, delay=3.0)
    held.emit(ended(1, "failed", worker=2))
    assert (held.waiting, held.due()) == (True, [])
    now[0] = 3.0
    assert held.due() == [(1, 2)]
    assert (held.waiting, held.due()) == (False, [])
    held.emit(ended(1, "failed", worker=1))
    now[0] = 8.9
    assert held.due() == []
    now[0] = 9.0
    assert held.due() == [(1, 1)]


def test_passes_go_the_short_way_unless_there_is_more_to_tell() -> None:
    """A batch with one of which there is more is told one by one."""
    listener = Listener()
    held = attempts(listener, 1)
    held.tests_passed([(0, 0.0, 0.1), (1, 0.0, 0.1)], 1)
    held.emit(ended(2, "failed"))
    held.tests_passed([(2, 0.0, 0.1), (3, 0.0, 0.1), (4, 0.0, 0.1)], 1)
    assert listener.passed == [0, 1, 3]
    told = [
        (event.index, event.flaky, event.quarantined) for event in listener.events if isinstance(event, TestFinished)
    ]
    assert told == [(2, True, False), (4, False, True)]


def test_the_class_of_a_retry_is_not_told() -> None:
    """It says nothing of how long the whole class takes."""
    listener = Listener()
    held = attempts(listener, 1)
    event = GroupFinished(0.0, "t.C", 1, 1.0, 0.5)
    held.retrying = True
    held.emit(event)
    held.retrying = False
    held.emit(event)
    assert listener.events == [event]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(OUTCOMES), st.booleans()), max_size=40),
    st.integers(0, 3),
    st.none() | st.integers(0, 3),
)
def test_each_test_has_one_end(calls: list[tuple[int, Outcome, bool]], retries: int, budget: int | None) -> None:
    """Whatever happens, whenever the run stops: and one that failed is flaky, or failed."""
    listener = Listener()
    held = attempts(listener, retries, budget=budget)
    begun: set[int] = set()
    failed: set[int] = set()
    for index, outcome, interrupted in calls:
        over = {event.index for event in listener.events if isinstance(event, TestFinished)}
        if index in over:
            continue
        held.due()
        begun.add(index)
        if outcome in ("failed", "error") and not interrupted:
            failed.add(index)
        held.emit(ended(index, outcome, interrupted=interrupted))
    held.settle()
    ends = {event.index: event for event in listener.events if isinstance(event, TestFinished)}
    assert len(ends) == sum(isinstance(event, TestFinished) for event in listener.events)
    assert ends.keys() == begun
    assert not held.waiting
    for index in failed:
        assert ends[index].flaky or ends[index].outcome in FAILED_OUTCOMES
        assert not ends[index].interrupted
    for index, event in ends.items():
        tries = [each.attempt for each in listener.events if isinstance(each, AttemptFailed) and each.index == index]
        assert tries == list(range(1, len(tries) + 1))
        assert len(tries) <= event.attempts <= len(tries) + 1
        assert event.quarantined == (index == 4)
