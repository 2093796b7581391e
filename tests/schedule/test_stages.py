"""Stages: what holds for a single queue holds for several, and no stage begins before the one before is through."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from greenroom.model import Group
from greenroom.schedule import Schedule, Stages
from tests.schedule.simulation import simulate
from tests.schedule.test_queue_properties import make_groups, shapes

Shape = tuple[int, int, tuple[str, ...], float, int]

STAGE = 1000
"""The tests of a stage have indexes from this multiple on."""


def make_stages(drawn: list[list[Shape]]) -> list[list[Group]]:
    """The groups of each stage."""
    return [
        [
            msgspec.structs.replace(group, tests=tuple(STAGE * stage + test for test in group.tests))
            for group in make_groups(shaped)
        ]
        for stage, shaped in enumerate(drawn)
    ]


def stage_of(group: Group) -> int:
    """The stage that a group is of."""
    return group.tests[0] // STAGE


class Interleaving(RuleBasedStateMachine):
    """Workers that take, finish, die and are replaced, or not, and a stage that is the last, at any moment."""

    stages: Stages
    remaining: set[int]
    running: dict[int, Group]
    workers: set[int]

    @initialize(
        drawn=st.lists(st.lists(shapes, max_size=5), min_size=1, max_size=4),
        workers=st.integers(1, 3),
        keep_order=st.booleans(),
    )
    def begin(self, drawn: list[list[Shape]], workers: int, keep_order: bool) -> None:
        """Draw a run."""
        groups = make_stages(drawn)
        self.stages = Stages([Schedule(each, workers, keep_order=keep_order) for each in groups])
        self.remaining = {test for each in groups for group in each for test in group.tests}
        self.running = {}
        self.workers = set(range(workers))

    def free(self) -> list[int]:
        """The workers that run nothing."""
        return sorted(self.workers - self.running.keys())

    def take(self, worker: int) -> bool:
        """Ask for a worker, and check what it gets; whether it got something."""
        group = self.stages.take(worker)
        if group is None:
            return False
        if self.stages.needs_fresh(worker, group):
            self.stages.reset_worker(worker)
        earlier = {test for test in self.remaining if test // STAGE < stage_of(group)}
        assert not earlier, "nothing of an earlier stage is pending"
        assert {stage_of(other) for other in self.running.values()} <= {stage_of(group)}, "nor running"
        assert set(group.tests) <= self.remaining, "each test is handed out once"
        held = {lock for other in self.running.values() for lock in other.locks}
        assert not held & set(group.locks), "no lock is ever shared"
        self.remaining -= set(group.tests)
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
        self.stages.finished(worker, self.running.pop(worker))

    @precondition(lambda self: self.running)
    @rule(data=st.data(), replaced=st.booleans(), requeue_first=st.booleans())
    def lose(self, data: st.DataObject, replaced: bool, requeue_first: bool) -> None:
        """A worker dies at one of its tests; what follows it comes back."""
        worker = data.draw(st.sampled_from(sorted(self.running)))
        group = self.running.pop(worker)
        at = data.draw(st.integers(1, len(group.tests)))
        rest = msgspec.structs.replace(group, tests=group.tests[at:], seconds=group.seconds / 2)
        gone = not replaced and len(self.workers) > 1
        self.remaining |= set(rest.tests)
        if rest.tests and requeue_first:
            self.stages.requeue(rest)
        if gone:
            self.stages.remove_worker(worker)
            self.workers.remove(worker)
        else:
            self.stages.reset_worker(worker)
        if rest.tests and not requeue_first:
            self.stages.requeue(rest)

    @rule()
    def end_here(self) -> None:
        """Something failed: all later stages go, and what is at work stays."""
        dropped = {test for group in self.stages.end_with_this() for test in group.tests}
        stages = {test // STAGE for test in dropped}
        assert dropped == {test for test in self.remaining if test // STAGE in stages}
        present = {stage_of(group) for group in self.running.values()}
        assert all(stage > running for stage in stages for running in present)
        self.remaining -= dropped

    @rule()
    def somebody_gets_something(self) -> None:
        """As long as groups are pending and nothing runs, of all that ask some worker gets one."""
        if self.stages.pending and not self.running:
            assert any(self.take(worker) for worker in self.free())

    @invariant()
    def pending_is_true(self) -> None:
        """What the stages say of themselves."""
        if hasattr(self, "stages"):
            assert bool(self.stages.pending) == bool(self.remaining)
            assert self.stages.done == (not self.remaining and not self.running)

    def teardown(self) -> None:
        """However it stands, the rest can be run to the end."""
        if not hasattr(self, "stages"):
            return
        while not self.stages.done:
            progress = bool(self.running)
            for worker in list(self.running):
                self.stages.finished(worker, self.running.pop(worker))
            for worker in self.free():
                progress |= self.take(worker)
            assert progress, "deadlock"
        assert not self.remaining


TestInterleaving = Interleaving.TestCase
TestInterleaving.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


@given(st.lists(st.lists(shapes, max_size=8), min_size=1, max_size=4), st.integers(1, 4))
def test_stages_follow_each_other_in_time(drawn: list[list[Shape]], workers: int) -> None:
    """Every group runs once, and begins when all of the earlier stages have ended."""
    groups = make_stages(drawn)
    _, log = simulate(Stages([Schedule(each, workers) for each in groups]), workers)
    assert sorted(group.tests for _, _, group in log) == sorted(group.tests for each in groups for group in each)
    ends = [0.0] * (len(groups) + 1)
    for start, _, group in log:
        assert start >= max(ends[: stage_of(group)], default=0.0) - 1e-9
        ends[stage_of(group)] = max(ends[stage_of(group)], start + group.seconds)


def test_no_stage_is_no_run() -> None:
    """Nothing is pending, nobody gets anything, nothing is let go."""
    stages = Stages([])
    assert (stages.pending, stages.done, stages.take(1), stages.end_with_this(), stages.drop_all()) == (
        0,
        True,
        None,
        [],
        [],
    )


def test_all_that_is_pending_can_be_let_go() -> None:
    """In the order of the tests, whatever stage it is of."""
    stages = Stages([Schedule([Group("a", (0,)), Group("b", (1,))], 1), Schedule([Group("c", (2,))], 1)])
    assert stages.take(1) == Group("a", (0,))
    assert [group.tests for group in stages.drop_all()] == [(1,), (2,)]
    assert not stages.pending
    assert not stages.done
