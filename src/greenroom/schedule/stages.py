"""Stages of a run, one after the other: no worker begins the next one before all are through with the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greenroom.model import Group
    from greenroom.schedule.queue import Schedule


class Stages:
    """A queue like `Schedule`, of several of them. As those it decides, and does nothing.

    Args:
        schedules: one for each stage, in order.
    """

    def __init__(self, schedules: Sequence[Schedule]) -> None:
        self.held: Callable[[], bool] = lambda: False
        """Says whether the present stage goes on although nothing of it is pending: something may come back."""
        self._left = list(schedules)
        """The stage that is run, and those that follow; never empty once there was one."""

    @property
    def pending(self) -> int:
        """How many groups nobody has taken, those of later stages among them."""
        return sum(schedule.pending for schedule in self._left)

    @property
    def done(self) -> bool:
        """Whether nothing is pending and nothing is running."""
        return all(schedule.done for schedule in self._left)

    def take(self, worker: int) -> Group | None:
        """Give the next group of the present stage to a worker; None while it has to wait, and at the end.

        When `needs_fresh` says so of the group, the worker must be replaced before it runs it.
        """
        while len(self._left) > 1 and self._left[0].done and not self.held():
            del self._left[0]
        return self._left[0].take(worker) if self._left else None

    def needs_fresh(self, worker: int, group: Group) -> bool:
        """Whether a worker that took this group has run later ranks of this stage already."""
        return self._left[0].needs_fresh(worker, group)

    def finished(self, worker: int, group: Group) -> None:
        """Note that a worker is through with a group that it took."""
        self._left[0].finished(worker, group)

    def requeue(self, group: Group) -> None:
        """Make pending what is left of a lost worker's group, before `take` is called again."""
        self._left[0].requeue(group)

    def reset_worker(self, worker: int) -> None:
        """Note that a worker was replaced."""
        for schedule in self._left:
            schedule.reset_worker(worker)

    def remove_worker(self, worker: int) -> None:
        """Note that a worker is gone and will not be replaced."""
        for schedule in self._left:
            schedule.remove_worker(worker)

    def end_with_this(self) -> list[Group]:
        """Let go of the stages after the present one, and return their groups in the order of their tests."""
        later = self._left[1:]
        del self._left[1:]
        return [group for schedule in later for group in schedule.drop_all()]

    def drop_all(self) -> list[Group]:
        """Take all pending groups out, and return them in the order of their tests."""
        return [group for schedule in self._left for group in schedule.drop_all()]
