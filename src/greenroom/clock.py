"""The clocks that a run goes by.

Tests replace the functions of `time`, and some forget to put them back; libraries that freeze time replace them wherever a
module holds them. These here go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_Clock = Callable[[], float]


def now(clock: _Clock = time.time) -> float:
    """Seconds since the epoch."""
    return clock()


def counter(clock: _Clock = time.perf_counter) -> float:
    """Seconds since some moment, for the time that something takes."""
    return clock()
