"""What holds for the queue whatever happens, in whatever order."""

from __future__ import annotations

from itertools import product

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from greenroom.model import Group
from greenroom.schedule import Schedule, split
from greenroom.schedule.queue import SHORT_SECONDS, SHORT_SHARE
from greenroom.schedule.split import makespan
from tests.schedule.simulation import simulate

lock_sets = st.lists(st.sampled_from("xyz"), max_size=2, unique=True).map(tuple)
weights = st.sampled_from([1, 1, 1, 2, 3, 9])
shapes = st.tuples(st.integers(1, 4), st.integers(0, 3), lock_sets, st.floats(0, 100), weights)
Shape = tuple[int, int, tuple[str, ...], float, int]


def make_groups(drawn: list[Shape], *, locks: bool = True, weights: bool = True) -> list[Group]:
    """Groups of consecutive tests, by rank as in Django's order."""
    groups: list[Group] = []
    first = 0
    for size, rank, held, seconds, weight in sorted(drawn, key=lambda shape: shape[1]):
        tests = tuple(range(first, first + size))
        group = Group(f"g{first}", tests, rank=rank, locks=held if locks else (), seconds=seconds)
        groups.append(msgspec.structs.replace(group, weight=weight if weights else 1))
        first += size
    return groups


class Interleaving(RuleBasedStateMachine):
    """Workers that take, finish, die and are replaced, or not, at any moment."""

    workers: int
    capacity: int
    schedule: Schedule
    remaining: set[int]
    running: dict[int, Group]
    ranks: dict[int, int]
    dropped: bool

    @initialize(
        drawn=st.lists(shapes, max_size=12), workers=st.integers(1, 4), keep_order=st.booleans(), more=st.integers(0, 2)
    )
    def begin(self, drawn: list[Shape], workers: int, keep_order: bool, more: int) -> None:
        """Draw a run."""
        groups = make_groups(drawn)
        self.workers = workers
        self.capacity = workers + more
        self.schedule = Schedule(groups, workers, keep_order=keep_order, capacity=self.capacity)
        self.remaining = {test for group in groups for test in group.tests}
        self.running = {}
        self.ranks = dict.fromkeys(range(workers), 0)

    def free(self) -> list[int]:
        """The workers that run nothing."""
        return [worker for worker in self.ranks if worker not in self.running]

    def take(self, worker: int) -> bool:
        """Ask for a worker, and check what it gets; whether it got something."""
        group = self.schedule.take(worker)
        if group is None:
            return False
        if self.schedule.needs_fresh(worker, group):
            assert group.rank < self.ranks[worker]
            self.schedule.reset_worker(worker)
            self.ranks[worker] = 0
        assert group.rank >= self.ranks[worker], "ranks never fall without a fresh worker"
        assert set(group.tests) <= self.remaining, "each test is handed out once"
        held = {lock for other in self.running.values() for lock in other.locks}
        assert not held & set(group.locks), "no lock is ever shared"
        others = sum(min(other.weight, self.capacity) for other in self.running.values())
        assert others + min(group.weight, self.capacity) <= self.capacity, "no more runs than the machine bears"
        self.remaining -= set(group.tests)
        self.ranks[worker] = group.rank
        self.running[worker] = group
        return True

    @precondition(lambda self: self.free())
    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        """Somebody is free."""
        self.take(data.draw(st.sampled_from(self.free())))

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """Somebody is through."""
        worker = data.draw(st.sampled_from(sorted(self.running)))
        self.schedule.finished(worker, self.running.pop(worker))

    @precondition(lambda self: self.running)
    @rule(data=st.data(), replaced=st.booleans(), requeue_first=st.booleans())
    def lose(self, data: st.DataObject, replaced: bool, requeue_first: bool) -> None:
        """A worker dies at one of its tests; what follows it comes back."""
        worker = data.draw(st.sampled_from(sorted(self.running)))
        group = self.running.pop(worker)
        at = data.draw(st.integers(1, len(group.tests)))
        rest = msgspec.structs.replace(group, tests=group.tests[at:], seconds=group.seconds / 2)
        gone = not replaced and len(self.ranks) > 1
        self.remaining |= set(rest.tests)
        if rest.tests and requeue_first:
            self.schedule.requeue(rest)
        if gone:
            self.schedule.remove_worker(worker)
        else:
            self.schedule.reset_worker(worker)
        if rest.tests and not requeue_first:
            self.schedule.requeue(rest)
        if gone:
            del self.ranks[worker]
        else:
            self.ranks[worker] = 0

    @rule()
    def somebody_gets_something(self) -> None:
        """As long as groups are pending and nothing runs, of all that ask some worker gets one."""
        if self.schedule.pending and not self.running:
            assert any(self.take(worker) for worker in self.free())

    @invariant()
    def pending_is_true(self) -> None:
        """What the queue says of itself."""
        if hasattr(self, "schedule"):
            assert bool(self.schedule.pending) == bool(self.remaining)
            assert self.schedule.done == (not self.remaining and not self.running)

    def teardown(self) -> None:
        """However it stands, the rest can be run to the end."""
        if not hasattr(self, "schedule"):
            return
        while not self.schedule.done:
            progress = bool(self.running)
            for worker in list(self.running):
                self.schedule.finished(worker, self.running.pop(worker))
            for worker in self.free():
                progress |= self.take(worker)
            assert progress, "deadlock"
        assert not self.remaining


TestInterleaving = Interleaving.TestCase
TestInterleaving.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def best_makespan(lengths: list[float], workers: int) -> float:
    """The shortest run there can be, by trying all."""
    return min(
        max(
            sum(length for length, worker in zip(lengths, chosen, strict=True) if worker == each)
            for each in range(workers)
        )
        for chosen in product(range(workers), repeat=len(lengths))
    )


@settings(deadline=None)
@example([0.015625, 0.015625, 0.03125], 2)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=6), st.integers(1, 3))
def test_one_rank_without_locks_is_within_four_thirds_of_the_best(lengths: list[float], workers: int) -> None:
    """Graham's bound for longest processing time first, against the true optimum; short groups may cost one of them."""
    groups = [Group(f"g{n}", (n,), seconds=seconds) for n, seconds in enumerate(lengths)]
    took, _ = simulate(Schedule(groups, workers), workers)
    best, short = best_makespan(lengths, workers), max(SHORT_SECONDS, SHORT_SHARE * sum(lengths) / workers)
    assert took <= max(4 / 3 * best, best + short) + 1e-6
    if min(lengths) > short:
        assert abs(took - makespan(groups, workers)) < 1e-6


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.integers(1, 8))
def test_one_rank_without_locks_leaves_nobody_idle(lengths: list[float], workers: int) -> None:
    """The run is no longer than the mean and one more group."""
    groups = [Group(f"g{n}", (n,), seconds=seconds) for n, seconds in enumerate(lengths)]
    took, _ = simulate(Schedule(groups, workers), workers)
    assert took <= sum(lengths) / workers + max(lengths) * (1 - 1 / workers) + 1e-6


@given(st.lists(shapes, max_size=30), st.integers(1, 8), st.booleans())
def test_a_run_without_losses_needs_no_fresh_worker(drawn: list[Shape], workers: int, keep_order: bool) -> None:
    """Every group runs once, ranks rise on each worker, locks are never shared in time, and no weight is exceeded."""
    groups = make_groups(drawn)
    _, log = simulate(Schedule(groups, workers, keep_order=keep_order), workers)
    assert sorted(group.tests for _, _, group in log) == [group.tests for group in groups]
    for worker in range(workers):
        ranks = [group.rank for _, name, group in log if name == worker]
        assert ranks == sorted(ranks)
    for place, (start, _, group) in enumerate(log):
        for other_start, _, other in log[:place]:
            assert start >= other_start + other.seconds - 1e-9 or not set(group.locks) & set(other.locks)
        beside = [other for other_start, _, other in log[:place] if start < other_start + other.seconds - 1e-9]
        assert sum(min(other.weight, workers) for other in [group, *beside]) <= workers


@given(st.lists(shapes, min_size=1, max_size=30), st.integers(2, 8))
def test_beginning_early_is_never_much_worse_than_rank_by_rank(drawn: list[Shape], workers: int) -> None:
    """List scheduling in any order ends within the mean plus one longest group for each rank; so does this."""
    groups = make_groups(drawn, locks=False, weights=False)
    took, _ = simulate(Schedule(groups, workers), workers)
    lengths = [group.seconds for group in groups]
    ranks = {group.rank for group in groups}
    assert took <= sum(lengths) / workers + max(lengths) * len(ranks) + 1e-6


def test_beginning_early_shortens_the_run() -> None:
    """Two long classes that empty the database, many short ones that do not: nobody waits at the end."""
    groups = [Group(f"s{n}", (n,), seconds=1.0) for n in range(10)]
    groups += [Group(f"l{n}", (10 + n,), rank=1, seconds=10.0) for n in range(2)]
    assert simulate(Schedule(groups, 3), 3)[0] == 10.0


@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=40), st.integers(1, 6))
def test_what_was_split_runs_as_the_whole_would(seconds: list[float], workers: int) -> None:
    """Split and scheduled, each test still runs once."""
    whole = Group("a", tuple(range(len(seconds))), seconds=sum(seconds), test_seconds=tuple(seconds), splittable=True)
    _, log = simulate(Schedule(split([whole], workers), workers), workers)
    assert sorted(test for _, _, group in log for test in group.tests) == list(whole.tests)
