"""Empty what the worker has in Redis: `flush_redis = True`."""

from __future__ import annotations

import unittest

from greenroom.cases.features.asked import asked

NAMES = frozenset({"flush_redis"})


def set_up(test: unittest.TestCase) -> None:
    """Empty the worker's Redis, see `greenroom.slots.redis_url`; again after the test."""
    if asked(test, "flush_redis"):
        from greenroom.slots import flush_redis

        flush_redis()
        test.addCleanup(flush_redis)
