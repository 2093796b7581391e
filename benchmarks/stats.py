"""Medians, spreads and ratios of a handful of rounds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class Summary:
    """A few measurements of one thing.

    The median is the figure; the minimum says how fast it can be when nothing disturbs; the spread says how far the
    figure can be trusted.
    """

    median: float
    low: float
    high: float
    count: int

    @property
    def spread(self) -> float:
        """The distance from the smallest to the largest value, in the unit of the values."""
        return self.high - self.low

    def scaled(self, factor: float) -> Summary:
        """The same measurements in another unit."""
        low, high = sorted((self.low * factor, self.high * factor))
        return Summary(self.median * factor, low, high, self.count)


def summarize(values: Sequence[float]) -> Summary | None:
    """Sum up the values of some rounds; None when there are none."""
    if not values:
        return None
    return Summary(median(values), min(values), max(values), len(values))


def _paired(
    first: Mapping[int, float], second: Mapping[int, float], combine: Callable[[float, float], float]
) -> Summary | None:
    rounds = sorted(first.keys() & second.keys())
    return summarize([combine(first[number], second[number]) for number in rounds])


def paired_ratio(first: Mapping[int, float], second: Mapping[int, float]) -> Summary | None:
    """How many times `second` is `first`, round by round.

    Neighbours in one round share the machine's mood, so the ratio is taken within each round and summed up after;
    rounds that only one of the two took part in don't count.

    Args:
        first: value by round number, the one that is judged.
        second: value by round number, the one it is judged by.
    """
    usable = {number: value for number, value in second.items() if value > 0}
    return _paired(first, usable, lambda one, other: one / other)


def paired_difference(first: Mapping[int, float], second: Mapping[int, float]) -> Summary | None:
    """What `first` costs on top of `second`, round by round, in the unit of the values."""
    return _paired(first, second, lambda one, other: one - other)
