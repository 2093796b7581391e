"""`urls = "shop.test_urls"`: the URLconf of a class or of a test."""

from __future__ import annotations

import types
import unittest
from typing import Any

from greenroom.cases.features.asked import asked

NAMES = frozenset({"urls"})


def _is_urlconf(value: Any) -> bool:
    """Whether it can be a `ROOT_URLCONF`; a list of addresses is something else."""
    return isinstance(value, (str, types.ModuleType)) and bool(value)


def set_up_class(cls: Any) -> None:
    """Have the class's URLconf while its tests run."""
    urls = getattr(cls, "urls", None)
    if _is_urlconf(urls):
        from django.test import override_settings

        cls.enterClassContext(override_settings(ROOT_URLCONF=urls))


def set_up(test: unittest.TestCase) -> None:
    """Have the method's URLconf during its test."""
    urls = asked(test, "urls")
    if _is_urlconf(urls) and urls is not getattr(type(test), "urls", None):
        from django.test import override_settings

        test.enterContext(override_settings(ROOT_URLCONF=urls))
