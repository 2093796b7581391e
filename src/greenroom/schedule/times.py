"""What earlier runs say about durations."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

UNKNOWN_SECONDS = 0.001
"""What a test is taken to cost when no duration is known at all."""


class Times(msgspec.Struct, frozen=True):
    """Known durations in seconds. Either mapping may be incomplete: quick tests are known by their group alone."""

    tests: Mapping[str, float] = {}
    """Test id to seconds, set-up and tear-down of the test included."""
    groups: Mapping[str, tuple[int, float, float]] = {}
    """Group key to its number of tests, its total seconds and the seconds of these that were class fixtures."""

    def mean(self) -> float:
        """The mean seconds of a known test; `UNKNOWN_SECONDS` when none is known.

        Groups are asked first: quick tests are in no other place, and without them the mean would be too high.
        """
        tests = sum(count for count, _, _ in self.groups.values())
        if tests > 0:
            return max(0.0, sum(total - fixture for _, total, fixture in self.groups.values())) / tests
        if self.tests:
            return sum(self.tests.values()) / len(self.tests)
        return UNKNOWN_SECONDS
