"""What a try means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.model import Outcome
from greenroom.retry import Ledger, TestPolicy, Verdict

BAD: tuple[Outcome, ...] = ("failed", "error")
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "error", "skipped", "expected_failure", "unexpected_success")


def ledger(retries: int = 2, *, budget: int | None = None, delay: float = 0.0, quarantine: str | None = None) -> Ledger:
    """A ledger with one policy for all tests."""
    policy = TestPolicy(retries, delay, quarantine)
    return Ledger(lambda index: policy, budget)


@pytest.mark.parametrize("outcome", BAD)
def test_a_failure_is_tried_again_as_often_as_granted(outcome: Outcome) -> None:
    """The last one counts."""
    book = ledger(2, delay=0.5)
    assert book.judge(0, outcome) == Verdict(1, 3, again=True, delay=0.5)
    assert book.judge(0, outcome) == Verdict(2, 3, again=True, delay=1.0)
    assert book.judge(0, outcome) == Verdict(3, 3)


@pytest.mark.parametrize("outcome", ["passed", "expected_failure"])
def test_what_is_well_after_a_failure_is_flaky(outcome: Outcome) -> None:
    """At the first try it is not."""
    book = ledger()
    book.judge(0, "failed")
    assert book.judge(0, outcome) == Verdict(2, 3, flaky=True)
    assert book.judge(1, outcome) == Verdict(1, 3)


def test_an_unexpected_success_is_not_tried_again() -> None:
    """Nor does it make a test flaky."""
    book = ledger()
    assert book.judge(0, "unexpected_success") == Verdict(1, 3)
    book.judge(1, "error")
    assert book.judge(1, "unexpected_success") == Verdict(2, 3)


def test_a_skip_shows_nothing() -> None:
    """At a later try the failure before stands; at the first it is a skip."""
    book = ledger()
    assert book.judge(0, "skipped") == Verdict(1, 3)
    book.judge(1, "failed")
    assert book.judge(1, "skipped") == Verdict(2, 3, stands=True)


def test_what_is_broken_off_shows_nothing() -> None:
    """It is not tried again, and a failure before stands."""
    book = ledger()
    assert book.judge(0, "error", interrupted=True) == Verdict(1, 3)
    book.judge(1, "failed")
    assert book.judge(1, "error", interrupted=True) == Verdict(2, 3, stands=True)
    assert book.failed == 1


def test_quarantine_is_neither_tried_again_nor_counted() -> None:
    """Its reason comes with each verdict."""
    book = ledger(2, budget=0, quarantine="issue 17")
    assert book.judge(0, "failed") == Verdict(1, 1, quarantine="issue 17")
    assert book.judge(1, "passed") == Verdict(1, 1, quarantine="issue 17")
    assert not book.exhausted


def test_the_budget_counts_tests_not_tries() -> None:
    """One test may fail as often as it is granted; the one test too many ends all retries."""
    book = ledger(3, budget=1)
    assert book.judge(0, "failed").again
    assert book.judge(0, "failed").again
    before = book.exhausted
    assert book.judge(1, "failed") == Verdict(1, 4)
    assert (before, book.exhausted) == (False, True)
    assert book.judge(0, "failed") == Verdict(3, 4)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(OUTCOMES), st.booleans()), max_size=60),
    st.integers(0, 3),
    st.none() | st.integers(0, 5),
)
def test_no_failure_is_lost(calls: list[tuple[int, Outcome, bool]], retries: int, budget: int | None) -> None:
    """A test that failed ends tried again, flaky, standing or failed, and never simply passes."""
    book = ledger(retries, budget=budget)
    open_: set[int] = set()
    ended: set[int] = set()
    failed: set[int] = set()
    for index, outcome, interrupted in calls:
        if index in ended:
            continue
        granted = book.grants(index)
        verdict = book.judge(index, outcome, interrupted=interrupted)
        assert verdict.again == (granted and outcome in BAD and not interrupted)
        assert verdict.attempt <= verdict.of <= retries + 1
        assert not (verdict.again and (verdict.flaky or verdict.stands))
        assert verdict.stands == (index in open_ and (interrupted or outcome == "skipped"))
        assert verdict.flaky == (index in open_ and not interrupted and outcome in ("passed", "expected_failure"))
        if outcome in BAD and not interrupted:
            failed.add(index)
            assert verdict.again == (verdict.attempt <= retries and (budget is None or len(failed) <= budget))
        else:
            assert not verdict.again
        (open_ if verdict.again else ended).add(index)
    assert book.failed == len(failed)
