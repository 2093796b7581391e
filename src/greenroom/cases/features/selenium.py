"""`selenium_start = True`: each test has `self.selenium`, a browser that Selenium drives."""

from __future__ import annotations

import unittest
from typing import Any

from greenroom.cases.features.asked import asked

NAMES = frozenset({"selenium_start"})


def set_up(test: unittest.TestCase) -> None:
    """Give the test its browser."""
    if not asked(test, "selenium_start"):
        return
    from greenroom.cases.browsing import begin

    session: Any = begin(test, "selenium")
    test.selenium = session.driver  # type: ignore[attr-defined]
    test.addCleanup(vars(test).pop, "selenium", None)
