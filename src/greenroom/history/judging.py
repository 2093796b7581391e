"""What the last runs of tests say about them: how steady they are, and whether they become slower."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

import msgspec

from greenroom.model import FAILED_OUTCOMES, PastRun

_FEW = 6
"""So many timed runs are the least that a trend is seen in."""


class Steadiness(msgspec.Struct, frozen=True):
    """How steady a test is."""

    test: str
    runs: int
    """Its last runs, as far as they are kept; those in which it was skipped are not counted."""
    failed: int
    flaky: int
    """In how many it passed after it had failed."""
    changes: int
    """How often it went from passing to failing or back, from one run to the next. One that breaks and is mended has two."""

    @property
    def suspect(self) -> bool:
        """Whether it is flaky, or changed more often than what breaks and is mended once."""
        return self.flaky > 0 or self.changes > 2


def steadiness(test: str, past: Sequence[PastRun]) -> Steadiness:
    """How steady a test is.

    Args:
        test: its id.
        past: its runs, oldest first.
    """
    ran = [run for run in past if run.outcome != "skipped"]
    bad = [run.outcome in FAILED_OUTCOMES for run in ran]
    changes = sum(one is not other for one, other in pairwise(bad))
    return Steadiness(test, len(ran), sum(bad), sum(run.flaky for run in ran), changes)


def flakiest(known: Mapping[str, Sequence[PastRun]], most: int) -> list[Steadiness]:
    """The tests that are not steady, the worst first."""
    found = [each for each in (steadiness(test, past) for test, past in known.items()) if each.suspect]
    return sorted(found, key=lambda each: (-(2 * each.flaky + each.changes) / max(1, each.runs), each.test))[:most]


def slowest(known: Mapping[str, Sequence[PastRun]], most: int) -> list[tuple[str, float]]:
    """The tests that take longest, with the median of their seconds, the longest first."""
    found = [(test, typical(past)) for test, past in known.items()]
    return sorted(found, key=lambda each: (-each[1], each[0]))[:most]


def typical(past: Sequence[PastRun]) -> float:
    """The median of the seconds that a test took; 0 where it never ran."""
    return median([run.seconds for run in past if run.outcome != "skipped"] or [0.0])


def trend(past: Sequence[PastRun]) -> float | None:
    """How many times as long the newer half of the runs took as the older half; None where they are too few."""
    seconds = [run.seconds for run in past if run.outcome != "skipped"]
    if len(seconds) < _FEW:
        return None
    middle = len(seconds) // 2
    before = median(seconds[:middle])
    return median(seconds[middle:]) / before if before > 0 else None
