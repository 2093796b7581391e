"""Medians, spreads and ratios."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.stats import Summary, paired_difference, paired_ratio, summarize

seconds = st.floats(min_value=0.001, max_value=10_000)


def test_summary_of_rounds() -> None:
    """The middle one, the smallest, the largest, and how far they are apart."""
    summary = summarize([3.0, 1.0, 2.0])

    assert summary == Summary(median=2.0, low=1.0, high=3.0, count=3)
    assert summary.spread == 2.0


def test_median_of_an_even_number_of_rounds() -> None:
    """Half way between the two in the middle."""
    summary = summarize([1.0, 2.0, 3.0, 10.0])

    assert summary is not None
    assert summary.median == 2.5


def test_nothing_has_no_summary() -> None:
    """A contender without samples has no figure, not a zero."""
    assert summarize([]) is None
    assert paired_ratio({}, {0: 1.0}) is None


def test_ratios_are_taken_within_a_round() -> None:
    """A round in which the machine was busy weighs on both, and so leaves the ratio alone."""
    ratio = paired_ratio({0: 1.0, 1: 10.0, 2: 1.0}, {0: 2.0, 1: 20.0, 2: 2.0})

    assert ratio == Summary(0.5, 0.5, 0.5, 3)


def test_rounds_of_one_alone_do_not_count() -> None:
    """Contenders with fewer rounds are compared on those that they share."""
    ratio = paired_ratio({0: 4.0}, {0: 2.0, 1: 1.0, 2: 1.0})

    assert ratio == Summary(2.0, 2.0, 2.0, 1)


def test_a_ratio_to_nothing_does_not_count() -> None:
    """A baseline of zero has no ratio."""
    assert paired_ratio({0: 4.0, 1: 4.0}, {0: 0.0, 1: 2.0}) == Summary(2.0, 2.0, 2.0, 1)


def test_differences_are_taken_within_a_round() -> None:
    """What one costs on top of the other."""
    assert paired_difference({0: 3.0, 1: 12.0}, {0: 2.0, 1: 11.0}) == Summary(1.0, 1.0, 1.0, 2)


def test_another_unit() -> None:
    """Low stays low, even when the factor turns the order round."""
    assert Summary(2.0, 1.0, 3.0, 3).scaled(1000) == Summary(2000.0, 1000.0, 3000.0, 3)
    assert Summary(2.0, 1.0, 3.0, 3).scaled(-1) == Summary(-2.0, -3.0, -1.0, 3)


@given(st.lists(seconds, min_size=1))
def test_the_median_is_between_the_extremes(values: list[float]) -> None:
    """For any rounds."""
    summary = summarize(values)

    assert summary is not None
    assert summary.low <= summary.median <= summary.high
    assert summary.count == len(values)


@given(st.dictionaries(st.integers(0, 20), seconds, min_size=1), st.floats(min_value=0.1, max_value=10))
def test_a_contender_that_is_always_so_much_slower(values: dict[int, float], factor: float) -> None:
    """Its ratio is that factor, whatever the rounds were like."""
    ratio = paired_ratio({number: value * factor for number, value in values.items()}, values)

    assert ratio is not None
    assert ratio.median == pytest.approx(factor)
