"""What a budget, a delay and a pattern mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.errors import ConfigError
from greenroom.retry import LONGEST_DELAY, budget_of, delay_before, matching


@pytest.mark.parametrize(
    ("text", "tests", "allowed"),
    [("0", 100, 0), ("7", 3, 7), ("10%", 1000, 100), ("0.5%", 3001, 16), ("10%", 20, 10), ("0%", 5000, 10), ("100%", 50, 50)],
)  # fmt: skip
def test_a_budget_is_a_number_or_a_percentage(text: str, tests: int, allowed: int) -> None:
    """A percentage is rounded up, and never fewer than ten."""
    assert budget_of(text, tests) == allowed


@pytest.mark.parametrize("text", ["", "x", "-1", "101%", "nan%", "inf%", "1.5", "10%%", "10% of all", "%"])
def test_another_budget_is_refused(text: str) -> None:
    """In one line that shows what was written."""
    with pytest.raises(ConfigError, match=r"^retry-budget must be a number of tests or a percentage") as caught:
        budget_of(text, 100)
    assert repr(text) in caught.value.message


def test_delays_double_up_to_a_minute() -> None:
    """A first delay that is longer than a minute stays as it is."""
    assert [delay_before(attempt, 0.5) for attempt in (2, 3, 4, 5)] == [0.5, 1.0, 2.0, 4.0]
    assert delay_before(40, 0.5) == LONGEST_DELAY
    assert [delay_before(attempt, 90.0) for attempt in (2, 3)] == [90.0, 90.0]


@given(st.integers(2, 10_000), st.floats(0, 1e6))
def test_delays_never_shrink_and_have_an_end(attempt: int, first: float) -> None:
    """Whatever the numbers."""
    delay = delay_before(attempt, first)
    assert first <= delay <= max(first, LONGEST_DELAY)
    assert delay_before(attempt + 1, first) >= delay


IDS = [
    "shop.tests.Orders.test_pay",
    "shop.tests.Orders.test_slow_pay",
    "shop.tests.OrdersMore.test_pay",
    "blog.t.B.test_x",
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("shop.tests.Orders.test_pay", [0]),
        ("shop.tests.Orders", [0, 1]),
        ("shop", [0, 1, 2]),
        ("*.test_slow_*", [1]),
        ("*.Orders", [0, 1]),
        ("test_pay", []),
        ("sho", []),
    ],
)
def test_patterns_name_tests(pattern: str, found: list[int]) -> None:
    """By the whole id or the beginning of it, up to a dot."""
    assert matching([pattern], IDS) == dict.fromkeys(found, pattern)


def test_the_first_pattern_is_told() -> None:
    """Of several that name one test."""
    assert matching(["*.test_pay", "shop.tests.Orders"], IDS)[0] == "*.test_pay"
