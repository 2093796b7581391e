"""What a run does about a test that fails."""

from __future__ import annotations

import msgspec

LONGEST_DELAY = 60.0
"""Seconds that the growing delay before a try may come to, unless the first one is longer."""


class TestPolicy(msgspec.Struct, frozen=True):
    """What one test is granted."""

    __test__ = False
    retries: int = 0
    """How often it is tried again after it failed."""
    delay: float = 0.0
    """Seconds before it is tried again for the first time; doubled before each further try."""
    quarantine: str | None = None
    """Why its failure does not count; None: it does."""


def delay_before(attempt: int, first: float) -> float:
    """The seconds to wait before a try.

    Args:
        attempt: which try, from 2.
        first: seconds before the second try.
    """
    # Beyond 2 ** 64 nothing grows any more, and a float would overflow.
    return min(first * 2.0 ** min(attempt - 2, 64), max(first, LONGEST_DELAY))
