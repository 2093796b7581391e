"""When a class is shared out among workers, and how."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from greenroom.model import Group
from greenroom.schedule import split
from greenroom.schedule.split import makespan


def case(key: str, *seconds: float, fixture: float = 0.0, first: int = 0, splittable: bool = True) -> Group:
    """A class with these test durations."""
    return Group(
        key=key,
        tests=tuple(range(first, first + len(seconds))),
        seconds=sum(seconds) + fixture,
        fixture_seconds=fixture,
        test_seconds=seconds,
        splittable=splittable,
    )


durations = st.lists(st.floats(0, 20), min_size=1, max_size=12)
cases = st.lists(st.tuples(durations, st.floats(0, 5), st.booleans()), max_size=8)


@given(cases, st.integers(1, 6))
def test_no_test_is_lost_doubled_or_moved(drawn: list[tuple[list[float], float, bool]], workers: int) -> None:
    """Pieces follow each other in the place of their class; what may not be cut is the same object."""
    groups: list[Group] = []
    for seconds, fixture, splittable in drawn:
        first = sum(len(group.tests) for group in groups)
        groups.append(case(f"c{first}", *seconds, fixture=fixture, first=first, splittable=splittable))
    pieces = split(groups, workers)
    assert [test for piece in pieces for test in piece.tests] == [test for group in groups for test in group.tests]
    for group in groups:
        mine = [piece for piece in pieces if piece.key == group.key]
        assert len(mine) <= workers
        if len(mine) > 1:
            assert group.splittable
            assert all(piece.tests and len(piece.tests) == len(piece.test_seconds) for piece in mine)
        else:
            assert mine == [group]


@given(cases, st.integers(1, 6))
def test_a_split_always_pays(drawn: list[tuple[list[float], float, bool]], workers: int) -> None:
    """It happens only for half a second and a tenth of the run, fixtures that are paid again included."""
    groups = [case(f"c{place}", *each[0], fixture=each[1], splittable=each[2]) for place, each in enumerate(drawn)]
    pieces = split(groups, workers)
    if pieces != groups:
        before, after = makespan(groups, workers), makespan(pieces, workers)
        assert before - after >= max(0.5, 0.1 * before) - 1e-6


def test_a_class_that_all_would_wait_for_is_shared_out() -> None:
    """The one long class of a run is cut into as many pieces as there are workers."""
    assert [piece.tests for piece in split([case("a", *[1.0] * 8)], 4)] == [(0, 1), (2, 3), (4, 5), (6, 7)]


def test_a_piece_costs_the_fixtures_again() -> None:
    """Each piece is expected to take its tests and the whole of the fixtures."""
    pieces = split([case("a", 3.0, 3.0, 3.0, 3.0, fixture=1.0)], 2)
    assert [(piece.seconds, piece.fixture_seconds) for piece in pieces] == [(7.0, 1.0), (7.0, 1.0)]


def test_dear_fixtures_keep_a_class_together() -> None:
    """Where set-up is most of the time, nothing is won."""
    groups = [case("a", *[0.1] * 10, fixture=30.0)]
    assert split(groups, 4) == groups


def test_a_class_that_is_no_bottleneck_stays_whole() -> None:
    """With enough else to do, the workers are busy without."""
    groups = [case(f"c{n}", 1.0, 1.0) for n in range(20)]
    assert split(groups, 4) == groups


def test_small_gains_are_left() -> None:
    """Less than half a second is not worth another class set-up."""
    groups = [case("a", 0.2, 0.2)]
    assert split(groups, 4) == groups


def test_one_long_test_cannot_be_helped() -> None:
    """A class is not cut where a single test of it, or another class, keeps the run as long."""
    assert split(alone := [case("a", 10.0, 0.1)], 2) == alone
    assert split(beside := [case("a", 5.0, 5.0), case("b", 10.0, splittable=False)], 4) == beside


def test_classes_that_are_equally_long_are_cut_together() -> None:
    """Cutting one of two would win nothing."""
    pieces = split([case("a", *[1.0] * 10), case("b", *[1.0] * 10)], 4)
    assert [(piece.key, piece.seconds) for piece in pieces] == [("a", 5.0), ("a", 5.0), ("b", 5.0), ("b", 5.0)]


def test_a_class_with_a_lock_is_never_cut() -> None:
    """Its pieces could not run side by side."""
    groups = [Group("a", (0, 1), locks=("x",), seconds=20.0, test_seconds=(10.0, 10.0), splittable=True)]
    assert split(groups, 2) == groups


def test_a_class_that_weighs_is_never_cut() -> None:
    """Its pieces could not all run side by side."""
    groups = [Group("a", (0, 1), weight=2, seconds=20.0, test_seconds=(10.0, 10.0), splittable=True)]
    assert split(groups, 2) == groups


def test_tests_of_unknown_length_are_taken_as_alike() -> None:
    """`test_seconds` may be empty."""
    pieces = split([Group("a", (0, 1, 2, 3), seconds=8.0, splittable=True)], 2)
    assert [(piece.tests, piece.seconds) for piece in pieces] == [((0, 1), 4.0), ((2, 3), 4.0)]


def test_a_split_part_is_as_good_as_it_can_be() -> None:
    """Two classes on three workers: uneven pieces pack better than even ones."""
    groups = [case("a", *[0.5] * 20), case("b", *[0.5] * 20)]
    assert makespan(split(groups, 3), 3) == 7.0
