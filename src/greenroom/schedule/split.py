"""Shares out a class among workers where it would keep all of them waiting.

A run takes at least `total / workers` seconds, and at least as long as its longest group. Where a class is that
longest group, cutting it shortens the run; each piece pays the class fixtures again. So a *limit* is sought: the
least number of seconds such that, with every splittable class cut into pieces no longer than the limit, the work still
fits into `workers` times the limit. It is taken only when a simulation of the schedule says that it pays.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from greenroom.model import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_GAIN_SECONDS = 0.5
"""A split must shorten the run by at least this much..."""
LEAST_GAIN_SHARE = 0.1
"""...and by at least this share of it."""

_STEPS = 40
"""Halvings of the interval when a limit is sought: far below a microsecond for runs of days."""
_ROUNDING = 1e-9
"""Sums of floats differ by less than this; relative to the sum."""


class _Candidate(msgspec.Struct, frozen=True):
    """A class that may be cut, with what is needed to cut it fast."""

    place: int
    group: Group
    sums: list[float]
    """`sums[n]`: the seconds of its first n tests."""

    def cuts(self, longest: float, most: int) -> list[int] | None:
        """Where to cut it so that no piece, its fixtures included, is longer than `longest` seconds.

        Returns:
            The ends of the pieces, as few as possible; None where it takes more than `most` pieces.
        """
        room = (longest - self.group.fixture_seconds) * (1 + _ROUNDING)
        ends: list[int] = []
        start, last = 0, len(self.sums) - 1
        while start < last:
            end = bisect_right(self.sums, self.sums[start] + room) - 1
            if end <= start or len(ends) == most:
                return None
            ends.append(end)
            start = end
        return ends

    def even_cuts(self, pieces: int) -> list[int]:
        """Where to cut it into at most so many pieces, the longest as short as can be."""
        low, high = self.group.fixture_seconds, self.group.seconds
        for _ in range(_STEPS):
            middle = (low + high) / 2
            if self.cuts(middle, pieces) is None:
                low = middle
            else:
                high = middle
        return self.cuts(high, pieces) or [len(self.group.tests)]

    def pieces(self, ends: Sequence[int]) -> list[Group]:
        """The groups that it is cut into."""
        group, pieces, start = self.group, [], 0
        for end in ends:
            seconds = tuple(b - a for a, b in zip(self.sums[start:end], self.sums[start + 1 : end + 1], strict=True))
            pieces.append(
                msgspec.structs.replace(
                    group,
                    tests=group.tests[start:end],
                    seconds=sum(seconds) + group.fixture_seconds,
                    test_seconds=group.test_seconds[start:end] or seconds,
                )
            )
            start = end
        return pieces


def split(groups: Sequence[Group], workers: int) -> list[Group]:
    """Cut splittable classes into runs of consecutive tests where that shortens the run enough; else change nothing.

    Args:
        groups: in Django's order. A group that holds a lock, or weighs more than one worker, is never cut: its pieces could not run
            side by side.
        workers: how many run at once; a class is cut into as many pieces at most.

    Returns:
        The groups in the same order, the pieces of a class in its place, with its key.
    """
    if workers < 2 or not groups:
        return list(groups)
    share = sum(group.seconds for group in groups) / workers
    longest = max(group.seconds for group in groups)
    candidates = [_candidate(place, group) for place, group in enumerate(groups) if _may_pay(group, share)]
    if not candidates or not _pays(max(share, longest), share):
        return list(groups)
    limit = _limit(groups, candidates, workers)
    if limit is None or not _pays(max(share, longest), limit):
        return list(groups)
    chosen = [candidate for candidate in candidates if candidate.group.seconds > limit * (1 + _ROUNDING)]
    # Pieces that fill the limit pack best where several classes are cut, even ones where it is a single class.
    full = {each.place: each.cuts(limit, workers) or [len(each.group.tests)] for each in chosen}
    even = {each.place: each.even_cuts(len(full[each.place])) for each in chosen}
    best = min((_apply(groups, chosen, cuts) for cuts in (even, full)), key=lambda pieces: makespan(pieces, workers))
    return best if _pays(makespan(groups, workers), makespan(best, workers)) else list(groups)


def makespan(groups: Sequence[Group], workers: int) -> float:
    """The seconds until the last of `workers` is done when the longest group always goes first; ranks aside."""
    busy = [0.0] * workers
    for seconds in sorted((group.seconds for group in groups), reverse=True):
        heapq.heapreplace(busy, busy[0] + seconds)
    return max(busy)


def _may_pay(group: Group, share: float) -> bool:
    return group.splittable and not group.locks and group.weight == 1 and len(group.tests) > 1 and group.seconds > share


def _pays(before: float, after: float) -> bool:
    return before - after >= max(LEAST_GAIN_SECONDS, LEAST_GAIN_SHARE * before)


def _candidate(place: int, group: Group) -> _Candidate:
    count = len(group.tests)
    seconds: Sequence[float] = group.test_seconds
    if len(seconds) != count:
        seconds = [max(0.0, group.seconds - group.fixture_seconds) / count] * count
    return _Candidate(place, group, list(accumulate(seconds, initial=0.0)))


def _limit(groups: Sequence[Group], candidates: Sequence[_Candidate], workers: int) -> float | None:
    """The least limit that the work can be made to fit, or None where none was found below the longest group."""
    total = sum(group.seconds for group in groups)
    cuttable = {candidate.place for candidate in candidates}
    high = max(group.seconds for group in groups)
    low = max([total / workers, *(group.seconds for place, group in enumerate(groups) if place not in cuttable)])

    def fits(limit: float) -> bool:
        work = total
        for candidate in candidates:
            if candidate.group.seconds <= limit:
                continue
            ends = candidate.cuts(limit, workers)
            if ends is None:
                return False
            work += (len(ends) - 1) * candidate.group.fixture_seconds
        return work <= limit * workers * (1 + _ROUNDING)

    if fits(low):
        return low
    if not fits(high):
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if fits(middle):
            high = middle
        else:
            low = middle
    return high


def _apply(groups: Sequence[Group], chosen: Sequence[_Candidate], cuts: dict[int, list[int]]) -> list[Group]:
    """The groups with the chosen ones replaced by their pieces."""
    result: list[Group] = []
    done = 0
    for candidate in chosen:
        result += groups[done : candidate.place]
        result += candidate.pieces(cuts[candidate.place])
        done = candidate.place + 1
    return result + list(groups[done:])
