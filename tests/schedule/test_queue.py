"""The rules by which workers are fed: each for itself by example."""

from __future__ import annotations

import pytest

from greenroom.model import Group
from greenroom.schedule import Schedule


def group(index: int, seconds: float = 1.0, rank: int = 0, locks: tuple[str, ...] = ()) -> Group:
    """A group of one test."""
    return Group(key=f"g{index}", tests=(index,), rank=rank, locks=locks, seconds=seconds)


def heavy(index: int, weight: int, seconds: float = 1.0, rank: int = 0, locks: tuple[str, ...] = ()) -> Group:
    """A group of one test that keeps several workers' worth of the machine busy."""
    return Group(key=f"g{index}", tests=(index,), rank=rank, locks=locks, seconds=seconds, weight=weight)


def drain(schedule: Schedule, worker: int = 0) -> list[int]:
    """Have one worker run all that it is given; the tests in the order in which they ran."""
    order: list[int] = []
    while (taken := schedule.take(worker)) is not None:
        order += taken.tests
        schedule.finished(worker, taken)
    return order


def must_take(schedule: Schedule, worker: int) -> Group:
    """What the worker is given; it must be something."""
    taken = schedule.take(worker)
    assert taken is not None
    return taken


class TestOrder:
    def test_longest_first_within_a_rank_and_ties_in_order(self) -> None:
        """Ranks go before lengths; equals keep Django's order."""
        groups = [group(0, 1), group(1, 3), group(2, 1), group(3, 9, rank=1), group(4, 3)]
        assert drain(Schedule(groups, 1)) == [1, 4, 0, 2, 3]

    def test_short_groups_keep_djangos_order(self) -> None:
        """What can't keep the end waiting is not reordered: classes may depend on those before them."""
        short = [group(index, seconds) for index, seconds in enumerate((0.01, 0.04, 0.02, 0.05))]
        assert drain(Schedule([*short, group(4, 2.0)], 2)) == [4, 0, 1, 2, 3]
        hundred = [group(index, 1.0 + index % 3 / 10) for index in range(100)]
        assert drain(Schedule([*hundred, group(100, 30.0)], 2)) == [100, *range(100)]

    def test_keep_order_keeps_it(self) -> None:
        """Under --shuffle and --reverse the given order is the order, whatever it costs."""
        groups = [group(4, 1), group(0, 9), group(2, 3), group(1, 99, rank=1)]
        assert drain(Schedule(groups, 2, keep_order=True)) == [4, 0, 2, 1]

    def test_what_came_back_runs_first_in_its_rank(self) -> None:
        """The rest of a lost worker's group goes before longer ones, several in the order of their return."""
        schedule = Schedule([group(0, 5), group(1, 6, rank=1)], 1)
        schedule.requeue(group(7, 0.1))
        schedule.requeue(group(8, 0.2))
        assert drain(schedule) == [7, 8, 0, 1]

    def test_a_rank_that_was_never_there_can_be_requeued(self) -> None:
        """The queue may have begun without any group."""
        schedule = Schedule([], 1)
        schedule.requeue(group(1, rank=3))
        schedule.requeue(group(2, rank=1))
        assert drain(schedule) == [2, 1]


class TestLocks:
    def test_a_held_lock_is_passed_over(self) -> None:
        """The next group without it is taken in the meantime."""
        schedule = Schedule([group(0, 9, locks=("x",)), group(1, 8, locks=("x", "y")), group(2, 1)], 2)
        first = must_take(schedule, 0)
        assert first.tests == (0,)
        second = must_take(schedule, 1)
        assert second.tests == (2,)
        schedule.finished(1, second)
        assert schedule.take(1) is None
        assert schedule.pending == 1
        schedule.finished(0, first)
        assert must_take(schedule, 1).tests == (1,)

    def test_a_lock_keeps_a_worker_from_no_later_rank(self) -> None:
        """It moves on as long as another worker stays behind to run what is held back."""
        schedule = Schedule([group(0, locks=("x",)), group(1, locks=("x",)), group(2, 0.1, rank=1)], 2)
        first = must_take(schedule, 0)
        assert must_take(schedule, 1).tests == (2,)
        schedule.finished(0, first)
        assert must_take(schedule, 0).tests == (1,)

    def test_the_last_one_behind_waits_for_a_lock(self) -> None:
        """Would it move on, nobody could run the group that is held back."""
        locked = [group(0, 0.1, locks=("x",)), group(1, 9, rank=1, locks=("x",)), group(2, 0.1, rank=1)]
        schedule = Schedule(locked, 2)
        early = must_take(schedule, 0)
        assert early.tests == (1,)
        assert schedule.take(1) is None
        schedule.finished(0, early)
        assert must_take(schedule, 1).tests == (0,)

    def test_a_reset_worker_holds_nothing(self) -> None:
        """Its process is gone, and with it what it held."""
        schedule = Schedule([group(0, 2, locks=("x",)), group(1, locks=("x",))], 2)
        must_take(schedule, 0)
        assert schedule.take(1) is None
        schedule.reset_worker(0)
        assert must_take(schedule, 1).tests == (1,)

    def test_requeued_and_locked(self) -> None:
        """A group that comes back while its lock is held waits like any other."""
        schedule = Schedule([group(0, 2, locks=("x",)), group(1, locks=("x",))], 2)
        first = must_take(schedule, 0)
        assert schedule.take(1) is None
        schedule.requeue(group(2, locks=("x",)))
        assert schedule.take(1) is None
        schedule.finished(0, first)
        assert drain(schedule, 1) == [2, 1]


class TestWeight:
    def test_what_weighs_more_leaves_room_for_fewer(self) -> None:
        """Beside a group of weight 3 one other of four workers runs."""
        schedule = Schedule([group(0), group(1), heavy(2, 3)], 4)
        first = must_take(schedule, 0)
        assert first.tests == (2,)
        beside = must_take(schedule, 1)
        assert beside.tests == (0,)
        assert schedule.take(2) is None
        schedule.finished(0, first)
        assert must_take(schedule, 2).tests == (1,)

    def test_more_than_there_are_workers_is_all_of_them(self) -> None:
        """It runs alone, and it does run."""
        schedule = Schedule([group(0), heavy(1, 99), group(2)], 2)
        first = must_take(schedule, 0)
        assert first.tests == (1,)
        assert schedule.take(1) is None
        schedule.finished(0, first)
        assert must_take(schedule, 1).tests == (0,)

    def test_what_does_not_fit_is_passed_over(self) -> None:
        """The others go on; it runs when there is room."""
        schedule = Schedule([group(0, rank=0), heavy(1, 2, rank=1), group(2, rank=1)], 2)
        first = must_take(schedule, 0)
        second = must_take(schedule, 1)
        assert (first.tests, second.tests) == ((0,), (2,))
        schedule.finished(0, first)
        assert schedule.take(0) is None
        schedule.finished(1, second)
        assert must_take(schedule, 0).tests == (1,)

    def test_a_lock_and_a_weight(self) -> None:
        """Both have to be free."""
        schedule = Schedule([heavy(0, 2, locks=("x",)), heavy(1, 2, locks=("x",)), group(2)], 3)
        first = must_take(schedule, 0)
        assert must_take(schedule, 1).tests == (2,)
        assert schedule.take(2) is None
        schedule.finished(0, first)
        assert must_take(schedule, 2).tests == (1,)

    def test_there_may_be_more_room_than_workers(self) -> None:
        """A run of few groups starts few workers; the machine is no smaller for that."""
        schedule = Schedule([heavy(0, 3), group(1)], 2, capacity=4)
        assert [must_take(schedule, worker).tests for worker in (0, 1)] == [(0,), (1,)]

    def test_a_lost_worker_weighs_nothing(self) -> None:
        """Nor does what it held."""
        schedule = Schedule([heavy(0, 2), group(1)], 2)
        must_take(schedule, 0)
        assert schedule.take(1) is None
        schedule.remove_worker(0)
        assert must_take(schedule, 1).tests == (1,)

    def test_a_given_order_is_kept(self) -> None:
        """Weight puts nothing first then."""
        assert drain(Schedule([group(0), heavy(1, 2)], 2, keep_order=True)) == [0, 1]


class TestCriticalPath:
    def test_a_long_group_of_a_later_rank_is_begun_early(self) -> None:
        """Left to its rank's turn it would run alone at the end."""
        schedule = Schedule([*(group(n) for n in range(10)), group(10, 9, rank=1)], 3)
        assert must_take(schedule, 0).tests == (10,)
        assert must_take(schedule, 1).tests == (0,)

    def test_a_worker_that_moved_on_does_not_come_back(self) -> None:
        """What is left of the earlier rank is for the others."""
        schedule = Schedule([*(group(n) for n in range(4)), group(10, 9, rank=1)], 2)
        early, first = must_take(schedule, 0), must_take(schedule, 1)
        schedule.finished(0, early)
        assert schedule.take(0) is None
        schedule.finished(1, first)
        assert drain(schedule, 1) == [1, 2, 3]

    def test_the_last_worker_stays(self) -> None:
        """A single worker runs ranks one after the other."""
        assert drain(Schedule([group(0), group(1, 99, rank=1)], 1)) == [0, 1]

    def test_not_when_those_behind_would_be_the_bottleneck(self) -> None:
        """Long as the later group is: the earlier rank must not be left with too few."""
        schedule = Schedule([*(group(n, 10) for n in range(10)), group(10, 40, rank=1)], 2)
        assert must_take(schedule, 0).tests == (0,)

    def test_not_for_an_equally_long_one(self) -> None:
        """The own rank goes first among equals."""
        schedule = Schedule([group(0, 9), group(2, 9, rank=1)], 2)
        assert must_take(schedule, 0).tests == (0,)

    def test_not_under_a_given_order(self) -> None:
        """`keep_order` means it."""
        schedule = Schedule([group(0), group(1, 99, rank=1)], 2, keep_order=True)
        assert must_take(schedule, 0).tests == (0,)


class TestLostWorkers:
    def test_a_replaced_worker_begins_at_rank_zero(self) -> None:
        """It may run anything again."""
        schedule = Schedule([group(0, rank=2)], 1)
        lost = must_take(schedule, 0)
        schedule.requeue(group(5))
        schedule.requeue(lost)
        schedule.reset_worker(0)
        assert drain(schedule) == [5, 0]

    def test_a_group_that_all_have_passed_goes_to_a_fresh_worker(self) -> None:
        """It is handed out, with the advice to replace the worker first, and survives the replacement."""
        schedule = Schedule([group(0, rank=1), group(1, rank=1)], 2)
        first, second = must_take(schedule, 0), must_take(schedule, 1)
        assert not schedule.needs_fresh(0, first)
        schedule.requeue(group(7, locks=("x",)))
        schedule.requeue(group(8, locks=("x",)))
        schedule.finished(0, first)
        stranded = must_take(schedule, 0)
        assert stranded.tests == (7,)
        assert schedule.needs_fresh(0, stranded)
        schedule.reset_worker(0)
        assert not schedule.needs_fresh(0, stranded)
        schedule.finished(1, second)
        assert schedule.take(1) is None, "the lock is still held, and worker 0 has come back to that rank"
        schedule.finished(0, stranded)
        assert drain(schedule, 0) == [8]
        assert schedule.done

    def test_a_worker_with_something_in_hand_is_not_asked_to_be_replaced(self) -> None:
        """It gets a passed group only between groups."""
        schedule = Schedule([group(0, rank=1)], 1)
        first = must_take(schedule, 0)
        schedule.requeue(group(7))
        assert schedule.take(0) is None
        schedule.finished(0, first)
        assert must_take(schedule, 0).tests == (7,)

    def test_an_idle_worker_that_may_run_it_goes_before_a_replacement(self) -> None:
        """No process is thrown away while another is waiting for just that."""
        schedule = Schedule([group(0, 0.1, locks=("x",)), group(1, 9, rank=1, locks=("x",))], 2)
        early = must_take(schedule, 0)
        assert schedule.take(1) is None
        schedule.finished(0, early)
        assert schedule.take(0) is None
        assert must_take(schedule, 1).tests == (0,)

    def test_a_removed_worker_is_counted_on_no_more(self) -> None:
        """What only it could have run goes to a fresh one."""
        schedule = Schedule([group(0, 0.1), group(1, 9, rank=1)], 2)
        assert must_take(schedule, 0).tests == (1,)
        lost = must_take(schedule, 1)
        schedule.remove_worker(1)
        schedule.requeue(lost)
        assert schedule.take(0) is None, "it has something in hand"
        schedule.finished(0, group(1, 9, rank=1))
        assert schedule.needs_fresh(0, must_take(schedule, 0))

    def test_a_worker_that_never_came_strands_nothing(self) -> None:
        """It is waited for only as long as something runs."""
        schedule = Schedule([group(0, rank=1)], 2)
        schedule.finished(0, must_take(schedule, 0))
        schedule.requeue(group(7))
        assert schedule.needs_fresh(0, must_take(schedule, 0))


def test_drop_all_returns_what_was_not_taken_in_order() -> None:
    """On --failfast: these are the tests that will not run."""
    schedule = Schedule([group(0, 1), group(1, 2), group(2, 3, rank=1, locks=("x",))], 1)
    taken = must_take(schedule, 0)
    assert [each.tests for each in schedule.drop_all()] == [(0,), (2,)]
    assert (schedule.pending, schedule.done) == (0, False)
    assert schedule.take(0) is None
    schedule.finished(0, taken)
    assert schedule.done


def test_what_was_not_taken_cannot_be_finished() -> None:
    """That is a caller's bug, and is told."""
    schedule = Schedule([group(0), group(1)], 1)
    with pytest.raises(KeyError):
        schedule.finished(0, group(0))
    schedule.take(0)
    with pytest.raises(ValueError, match="not in list"):
        schedule.finished(0, group(1))


@pytest.mark.parametrize("locks", [0, 1, 20])
def test_ten_thousand_groups_are_all_handed_out(locks: int) -> None:
    """Also where most of them are held back; each once."""
    groups = [group(n, n % 97, rank=n % 3, locks=(f"l{n % locks}",) if locks else ()) for n in range(10_000)]
    schedule = Schedule(groups, 8)
    running: dict[int, Group] = {}
    given: list[Group] = []
    while not schedule.done:
        for worker in range(8):
            if worker in running:
                schedule.finished(worker, running.pop(worker))
            taken = schedule.take(worker)
            if taken is not None:
                running[worker] = taken
                given.append(taken)
    assert sorted(each.key for each in given) == sorted(each.key for each in groups)
