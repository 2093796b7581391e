"""Empty caches: `flush_django_cache = True`, the key `flush_cache`, the setting `DST_FLUSH_DJANGO_CACHE`."""

from __future__ import annotations

import unittest
from typing import Any

from greenroom.cases.features.asked import asked, configured

NAMES = frozenset({"flush_django_cache"})


def set_up(test: unittest.TestCase) -> None:
    """Empty all configured caches, and those of content types and sites; again after the test if it alone asked."""
    own = asked(test, "flush_django_cache")
    if own is False or not (own or configured("flush_cache", "DST_FLUSH_DJANGO_CACHE")):
        return
    clear(test)
    if own:
        test.addCleanup(clear, test)


def clear(test: unittest.TestCase) -> None:
    """Empty each configured cache that the test may touch, and what Django keeps of content types and sites."""
    from django.core.cache import caches

    from greenroom.databases.reset.caches import clear as clear_types_and_sites

    for alias in caches:
        cache = caches[alias]
        if _is_allowed(cache, test):
            cache.clear()
    clear_types_and_sites()


def _is_allowed(cache: Any, test: unittest.TestCase) -> bool:
    """Whether a cache may be used: one in a database only where the test may use that database."""
    model = getattr(cache, "cache_model_class", None)
    if model is None:
        return True
    from django.db import router

    allowed = getattr(test, "databases", ())
    return allowed == "__all__" or router.db_for_write(model) in allowed
