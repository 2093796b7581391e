"""How tests become groups, and what a group is expected to take."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.model import TestSpec
from greenroom.schedule import Times, build_groups


def spec(index: int, group: str = "app.Case", rank: int = 0, locks: tuple[str, ...] = ()) -> TestSpec:
    """A test of a class."""
    return TestSpec(index=index, id=f"{group}.test_{index}", kind="unit", group=group, rank=rank, locks=locks)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2))))
def test_every_test_is_in_one_group_in_order(drawn: list[tuple[str, int]]) -> None:
    """Groups are exactly the runs of tests with the same key and rank."""
    specs = [spec(index, group, rank) for index, (group, rank) in enumerate(drawn)]
    groups = build_groups(specs, Times())
    assert [index for group in groups for index in group.tests] == list(range(len(specs)))
    assert [(group.key, group.rank) for group in groups] == [key for key, _ in groupby(drawn)]


def test_locks_are_united_in_order_of_appearance() -> None:
    """A group holds the locks of all of its tests."""
    specs = [spec(0), spec(1, locks=("b", "a")), spec(2, locks=("a", "c")), spec(3, locks=("a", "c"))]
    assert build_groups(specs, Times())[0].locks == ("b", "a", "c")


def test_a_group_weighs_what_its_heaviest_test_does() -> None:
    """They run one after the other."""
    specs = [TestSpec(n, f"a.test_{n}", "unit", "a", weight=weight) for n, weight in enumerate((1, 3, 2))]
    assert build_groups(specs, Times())[0].weight == 3


def test_splittable_is_told_by_key() -> None:
    """Only what the caller names may be split."""
    groups = build_groups([spec(0, "a"), spec(1, "b")], Times(), splittable={"b"})
    assert [group.splittable for group in groups] == [False, True]


def test_nothing_known_is_a_millisecond_a_test() -> None:
    """Without any history a group weighs by its number of tests."""
    (group,) = build_groups([spec(0), spec(1)], Times())
    assert group.seconds == pytest.approx(0.002)
    assert group.test_seconds == (0.001, 0.001)


def test_unknown_tests_count_as_the_mean_of_the_known() -> None:
    """A class that was never seen is taken for an average one."""
    specs = [spec(0, "a"), spec(1, "a"), spec(2, "b")]
    groups = build_groups(specs, Times(tests={"a.test_0": 1.0, "a.test_1": 3.0}))
    assert [group.seconds for group in groups] == [4.0, 2.0]


def test_the_mean_of_groups_goes_before_that_of_tests() -> None:
    """Quick tests are known by their group alone, so that the mean of single tests would be too high."""
    times = Times(tests={"a.test_0": 1.0}, groups={"a": (10, 1.9, 0.5)})
    (group,) = build_groups([spec(0, "b")], times)
    assert group.seconds == pytest.approx(0.14)


def test_a_spec_that_knows_its_own_time_is_believed() -> None:
    """`TestSpec.seconds` serves where the times are silent."""
    (group,) = build_groups([TestSpec(0, "a.test", "unit", "a", seconds=2.5)], Times())
    assert group.seconds == 2.5


def test_quick_tests_share_what_the_others_leave_of_their_class() -> None:
    """The total of a class that has not changed is what was recorded, fixtures included."""
    times = Times(tests={"a.test_0": 2.0}, groups={"a": (3, 4.0, 1.0)})
    (group,) = build_groups([spec(0, "a"), spec(1, "a"), spec(2, "a")], times)
    assert group.seconds == pytest.approx(4.0)
    assert group.fixture_seconds == 1.0
    assert group.test_seconds == pytest.approx((2.0, 0.5, 0.5))


def test_a_class_that_grew_is_expected_to_take_more() -> None:
    """Its new test counts as the quick ones of its class do."""
    times = Times(groups={"a": (1, 1.5, 0.5)})
    (group,) = build_groups([spec(0, "a"), spec(1, "a")], times)
    assert group.seconds == pytest.approx(2.5)


def test_contradictory_times_never_make_a_negative_duration() -> None:
    """Smoothing may leave a class with less than its tests add up to."""
    times = Times(tests={"a.test_0": 9.0}, groups={"a": (2, 1.0, 0.5)})
    (group,) = build_groups([spec(0, "a"), spec(1, "a")], times)
    assert group.seconds == pytest.approx(9.5)
    assert min(group.test_seconds) == 0.0
