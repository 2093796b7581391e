"""The pending groups, one lane for each rank, the next one of each found without looking at the others.

Groups with the same locks and weight share a bucket, so that when a lock is held one bucket steps aside, not each of its groups.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from greenroom.model import Group

Key = tuple[int, float, int]
"""What a lane is ordered by: 0 for a requeued group and else 1, minus the seconds, the place in Django's order."""

Entry = tuple[Key, Group]


class Bucket:
    """The pending groups of one rank that have the same locks and weight, the next one first."""

    __slots__ = ("heap", "lane", "locks", "weight")

    def __init__(self, lane: Lane, locks: frozenset[str], weight: int) -> None:
        self.lane = lane
        self.locks = locks
        self.weight = weight
        self.heap: list[Entry] = []


class Lane:
    """The pending groups of one rank."""

    __slots__ = ("buckets", "heads", "pending", "rank", "seconds")

    def __init__(self, rank: int) -> None:
        self.rank = rank
        self.pending = 0
        self.seconds = 0.0
        """Expected seconds of its pending groups."""
        self.buckets: dict[tuple[frozenset[str], int], Bucket] = {}
        self.heads: list[tuple[Key, Bucket]] = []
        """The first key of each bucket that is not parked; entries that are no longer true are skipped."""


class Lanes:
    """All pending groups, and which locks are held.

    Args:
        entries: the groups, each with what it is ordered by.
        capacity: what a group weighs at most.
    """

    def __init__(self, entries: list[Entry], capacity: int) -> None:
        self._capacity = capacity
        self._lanes: dict[int, Lane] = {}
        self._held: dict[str, int] = {}
        self._parked: dict[str, list[Bucket]] = {}
        """Buckets that wait for a lock, by that lock."""
        for key, group in entries:
            bucket = self._bucket(group)
            bucket.heap.append((key, group))
            self._count(bucket.lane, group, 1)
        for lane in self._lanes.values():
            for bucket in lane.buckets.values():
                heapify(bucket.heap)
                lane.heads.append((bucket.heap[0][0], bucket))
            heapify(lane.heads)
        self.ordered = sorted(self._lanes.values(), key=lambda lane: lane.rank)

    def add(self, key: Key, group: Group) -> None:
        """Make a group pending. Keys must be unique."""
        bucket = self._bucket(group)
        self._count(bucket.lane, group, 1)
        heappush(bucket.heap, (key, group))
        if bucket.heap[0][0] == key:
            heappush(bucket.lane.heads, (key, bucket))
        if len(self.ordered) != len(self._lanes):
            self.ordered = sorted(self._lanes.values(), key=lambda lane: lane.rank)

    def peek(self, lane: Lane, room: int) -> Bucket | None:
        """The bucket whose first group is the next one of the lane, without those held back by locks or too heavy.

        Args:
            lane: where to look.
            room: what it may weigh.
        """
        heads = lane.heads
        heavy: list[tuple[Key, Bucket]] = []
        found = None
        while heads:
            key, bucket = heads[0]
            if bucket.heap and bucket.heap[0][0] == key:
                held = next((lock for lock in bucket.locks if lock in self._held), None)
                if held is not None:
                    self._parked.setdefault(held, []).append(bucket)
                elif bucket.weight <= room:
                    found = bucket
                    break
                else:
                    heavy.append(heads[0])
            heappop(heads)
        for head in heavy:
            heappush(heads, head)
        return found

    def pop(self, bucket: Bucket) -> Group:
        """Take the first group of a bucket that `peek` gave, and its locks."""
        lane = bucket.lane
        if lane.heads[0][1] is bucket:  # Else it is behind one that is too heavy, and no longer true.
            heappop(lane.heads)
        _, group = heappop(bucket.heap)
        self._count(lane, group, -1)
        for lock in bucket.locks:
            self._held[lock] = self._held.get(lock, 0) + 1
        if bucket.heap:
            heappush(lane.heads, (bucket.heap[0][0], bucket))
        return group

    def release(self, group: Group) -> None:
        """Give back the locks of a group that was popped."""
        for lock in dict.fromkeys(group.locks):
            self._held[lock] -= 1
            if self._held[lock]:
                continue
            del self._held[lock]
            for bucket in self._parked.pop(lock, ()):
                if bucket.heap:
                    heappush(bucket.lane.heads, (bucket.heap[0][0], bucket))

    def clear(self) -> list[Entry]:
        """Take all pending groups out, in no particular order."""
        entries: list[Entry] = []
        for lane in self.ordered:
            for bucket in lane.buckets.values():
                entries += bucket.heap
                bucket.heap.clear()
            lane.heads.clear()
            lane.pending, lane.seconds = 0, 0.0
        self._parked.clear()
        return entries

    def _bucket(self, group: Group) -> Bucket:
        lane = self._lanes.get(group.rank)
        if lane is None:
            lane = self._lanes[group.rank] = Lane(group.rank)
        locks, weight = frozenset(group.locks), min(group.weight, self._capacity)
        bucket = lane.buckets.get((locks, weight))
        if bucket is None:
            bucket = lane.buckets[locks, weight] = Bucket(lane, locks, weight)
        return bucket

    @staticmethod
    def _count(lane: Lane, group: Group, sign: int) -> None:
        lane.pending += sign
        lane.seconds = lane.seconds + sign * group.seconds if lane.pending else 0.0
