"""Helpers around `unittest.TestSuite`."""

from __future__ import annotations

import contextlib
import unittest
from typing import Any


def close_fixtures(result: Any) -> None:
    """Run the class and module tear-downs that an interrupt left undone; whatever they raise is let go.

    Args:
        result: the result that the interrupted suite ran with.
    """
    suite: Any = unittest.TestSuite()
    with contextlib.suppress(BaseException):
        suite._tearDownPreviousClass(None, result)
    with contextlib.suppress(BaseException):
        suite._handleModuleTearDown(result)
    result._testRunEntered = False
