"""`playwright_start = True`: each test has `self.page`, a page of a browser that Playwright drives."""

from __future__ import annotations

import inspect
import unittest
from typing import Any

from greenroom.cases.features.asked import asked

NAMES = frozenset({"playwright_start"})


def set_up(test: unittest.TestCase) -> None:
    """Give the test its page. An asynchronous test has its own in its own loop, see `PlaywrightTestCase`."""
    method = getattr(type(test), getattr(test, "_testMethodName", ""), None)
    if not asked(test, "playwright_start") or inspect.iscoroutinefunction(method):
        return
    from greenroom.cases.browsing import begin

    session: Any = begin(test, "playwright")
    given = {"playwright": session.playwright, "browser": session.browser, "context": session.context}
    for name, value in {**given, "page": session.page}.items():
        vars(test)[name] = value
        test.addCleanup(vars(test).pop, name, None)
