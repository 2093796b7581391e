"""The clocks of a run."""

from __future__ import annotations

import time
from unittest import mock

from greenroom import clock


def test_what_is_replaced_in_time_is_not_replaced_here() -> None:
    """They go on, as the real ones do."""
    before = clock.now(), clock.counter()
    with mock.patch("time.time", return_value=0.0), mock.patch("time.perf_counter", return_value=0.0):
        assert clock.now() >= before[0] > 1e9
        assert clock.counter() >= before[1] > 0
    assert abs(time.time() - clock.now()) < 60
