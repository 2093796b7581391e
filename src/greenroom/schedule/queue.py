"""The queue that workers are fed from.

It decides, and does nothing: no process, no clock. The caller asks `take` for each worker that is free, and asks again
for those that got None whenever a group was finished, requeued, or a worker was replaced.

The rules:

- A worker runs ranks (the bins of Django's `reorder_by`) in rising order only: tests that empty the database come
  after those that rely on what migrations put there. See Django's docs, "Order in which tests are executed".
- Within a rank the longest groups go first: list scheduling by longest processing time is at most 4/3 of the best
  possible (Graham 1969). Those too short to keep the end waiting follow in Django's order, so that classes meet in a
  worker as they always did, with whatever one of them leaves in the process for the next.
- A group whose lock is held is passed over, not waited for.
- What runs at a time weighs no more than there is of the machine: one for each worker, unless a group says that it weighs
  more. Those that do are begun first in their rank, while there is room. One that does not fit is passed over.
- A long group of a later rank is begun early, where leaving it would leave it alone at the end.
- No group is ever stranded: see `needs_fresh`.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from greenroom.schedule.lanes import Bucket, Lane, Lanes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenroom.model import Group


SHORT_SHARE = 0.02
"""A group that takes no more than this share of what each worker has to do is short."""
SHORT_SECONDS = 0.05
"""So is one that takes no longer than this: by so much, at most, may workers end apart."""
_HEAVY = 1e9
"""More seconds than any group takes."""


class Schedule:
    """What is still to run, who runs what, and which group is next for whom.

    Args:
        groups: all groups of the run, in Django's order.
        workers: how many workers will ask. Any integers may be their names.
        keep_order: run the groups of each rank exactly as given (`--shuffle`, `--reverse`), whatever they take; only
            groups held back by a lock or their weight are overtaken.
        capacity: the weight that may run at a time; by default the number of workers.
    """

    def __init__(
        self, groups: Sequence[Group], workers: int, *, keep_order: bool = False, capacity: int | None = None
    ) -> None:
        self._keep_order = keep_order
        self._workers = workers
        self._capacity = max(capacity or workers, 1)
        self._weighed = any(group.weight > 1 for group in groups)
        self._ranks: dict[int, int] = {}
        """The rank that each worker has come to. Those that never asked are not in it and count as fresh."""
        self._taken: dict[int, list[Group]] = {}
        """What each worker has taken and not finished; no empty lists."""
        self._idle: set[int] = set()
        """The workers that asked last in vain."""
        self._removed: set[int] = set()
        self._requeued = count(-(1 << 62))
        share = sum(group.seconds for group in groups) / max(1, workers)
        short = float("inf") if keep_order else max(SHORT_SECONDS, SHORT_SHARE * share)
        self._lanes = Lanes(
            [((1, self._urgency(group, short), place), group) for place, group in enumerate(groups)], self._capacity
        )

    @property
    def pending(self) -> int:
        """How many groups nobody has taken."""
        return sum(lane.pending for lane in self._lanes.ordered)

    @property
    def done(self) -> bool:
        """Whether nothing is pending and nothing is running."""
        return not self._taken and not self.pending

    def take(self, worker: int) -> Group | None:
        """Give the next group to a worker.

        Returns:
            None when there is nothing that this worker may run right now: all is taken, or held back by locks or for want
            of room, or left to a worker that has not come as far. When `needs_fresh` says so of the group that is returned, the
            worker must be replaced before it runs it.
        """
        self._idle.discard(worker)
        rank = self._ranks.setdefault(worker, 0)
        bucket = self._next(worker, rank)
        if bucket is not None:
            self._ranks[worker] = bucket.lane.rank
        else:
            bucket = self._stranded(worker, rank)
        if bucket is None:
            self._idle.add(worker)
            return None
        group = self._lanes.pop(bucket)
        self._taken.setdefault(worker, []).append(group)
        return group

    def needs_fresh(self, worker: int, group: Group) -> bool:
        """Whether a worker that took this group has run later ranks already.

        That happens when every worker has gone beyond the rank of a group that came back, e.g. from a worker that was
        lost and could not be replaced. The caller then replaces the worker by one with a fresh database, calls
        `reset_worker`, which leaves the group taken, and lets the new one run it.
        """
        return group.rank < self._ranks.get(worker, 0)

    def finished(self, worker: int, group: Group) -> None:
        """Note that a worker is through with a group that it took; this frees the group's locks.

        Raises:
            KeyError, ValueError: the worker has not taken it.
        """
        taken = self._taken[worker]
        taken.remove(group)
        if not taken:
            del self._taken[worker]
        self._lanes.release(group)

    def requeue(self, group: Group) -> None:
        """Make pending what is left of a lost worker's group: it runs before all others of its rank.

        The locks of the lost worker are freed by `reset_worker` or `remove_worker`, before or after this.
        """
        self._lanes.add((0, 0.0, next(self._requeued)), group)

    def reset_worker(self, worker: int) -> None:
        """Note that a worker was replaced: it is at rank 0 again, its database is fresh, its locks are free.

        Only a group that it took and that waits for this very replacement (`needs_fresh`) stays taken.
        """
        if worker in self._removed:
            self._removed.remove(worker)
            self._workers += 1
        rank = self._ranks.get(worker, 0)
        kept = [group for group in self._taken.get(worker, ()) if group.rank < rank]
        self._forget(worker, kept)
        self._ranks[worker] = max((group.rank for group in kept), default=0)

    def remove_worker(self, worker: int) -> None:
        """Note that a worker is gone and will not be replaced; its locks are free."""
        self._forget(worker, [])
        self._ranks.pop(worker, None)
        if worker not in self._removed:
            self._removed.add(worker)
            self._workers -= 1

    def drop_all(self) -> list[Group]:
        """Take all pending groups out, e.g. on `--failfast`, and return them in the order of their tests."""
        return sorted((group for _, group in self._lanes.clear()), key=lambda group: group.tests)

    def _urgency(self, group: Group, short: float) -> float:
        """What comes first has the lowest: what weighs most, then what takes longest."""
        if group.weight > 1 and not self._keep_order:
            return -_HEAVY * min(group.weight, self._capacity) - group.seconds
        return 0.0 if group.seconds <= short else -group.seconds

    def _room(self, worker: int) -> int:
        """What a group for this worker may weigh beside what the others run."""
        if not self._weighed:
            return self._capacity
        used = sum(
            max(min(group.weight, self._capacity) for group in taken)
            for name, taken in self._taken.items()
            if name != worker
        )
        return self._capacity - used

    def _forget(self, worker: int, kept: list[Group]) -> None:
        for group in self._taken.pop(worker, ()):
            if group not in kept:
                self._lanes.release(group)
        if kept:
            self._taken[worker] = kept
        self._idle.discard(worker)

    def _next(self, worker: int, rank: int) -> Bucket | None:
        """The next group that the worker may run as it is; None when there is none."""
        lanes, room = self._lanes.ordered, self._room(worker)
        for place, lane in enumerate(lanes):
            if lane.rank < rank or not lane.pending:
                continue
            bucket = self._lanes.peek(lane, room)
            if bucket is not None:
                return self._critical(worker, bucket, lanes[place + 1 :], room) or bucket
            if not self._others(worker, lane.rank):
                return None  # It alone can run this lane once there are locks and room: it must not move on.
        return None

    def _critical(self, worker: int, own: Bucket, later: Sequence[Lane], room: int) -> Bucket | None:
        """A group of a later rank that is so long that it must begin now.

        It is at least as long as all pending work shared out evenly, longer than what the worker would take else, and
        those who stay behind are through with the earlier ranks before it ends.
        """
        if self._keep_order or not any(lane.pending for lane in later):
            return None
        pending = sum(lane.seconds for lane in self._lanes.ordered)
        best, longest = None, own.heap[0][1].seconds
        for lane in later:
            bucket = self._lanes.peek(lane, room)
            if bucket is None:
                continue
            seconds = bucket.heap[0][1].seconds
            if seconds > longest and seconds * self._workers >= pending and self._may_leave(worker, lane, seconds):
                best, longest = bucket, seconds
        return best

    def _may_leave(self, worker: int, target: Lane, seconds: float) -> bool:
        """Whether others can run all lanes before `target`, and within so many seconds."""
        left = 0.0
        for lane in self._lanes.ordered:
            if lane.rank >= target.rank:
                return True
            left += lane.seconds
            if lane.pending:
                others = self._others(worker, lane.rank)
                if not others or left > seconds * others:
                    return False
        return True

    def _others(self, worker: int, rank: int) -> int:
        """How many other workers may still run groups of this rank."""
        unseen = max(0, self._workers - len(self._ranks))
        return unseen + sum(at <= rank for name, at in self._ranks.items() if name != worker)

    def _stranded(self, worker: int, rank: int) -> Bucket | None:
        """A group of an earlier rank that nobody else will run: all have moved on, or nobody that could has asked."""
        if worker in self._taken:
            return None  # It can be replaced only between groups.
        for lane in self._lanes.ordered:
            if lane.rank >= rank:
                return None
            if lane.pending and not self._will_run(worker, lane.rank):
                bucket = self._lanes.peek(lane, self._room(worker))
                if bucket is not None:
                    return bucket
        return None

    def _will_run(self, worker: int, rank: int) -> bool:
        """Whether another worker may run this rank, and is going to ask: it is idle, or something still runs."""
        if self._taken:
            return self._others(worker, rank) > 0
        return any(self._ranks[name] <= rank for name in self._idle if name != worker)
