"""Suites, and helpers around `unittest.TestSuite`."""

from __future__ import annotations

import contextlib
import unittest
from typing import Any

from greenroom.execute.loading import QuickAdding


class QuickSuite(QuickAdding):
    """A `unittest.TestSuite` that asks for class and module fixtures where the class changes, not before each test.

    Between two tests of one class unittest's three questions have the answer "nothing to do". For small tests, asking
    them is a tenth of the time.
    """

    def run(self, result: Any, debug: bool = False) -> Any:
        if debug:
            return super().run(result, debug)
        outermost = getattr(result, "_testRunEntered", False) is False
        if outermost:
            result._testRunEntered = True
        before: type | None = None
        unfit = False
        for index, test in enumerate(self):
            if result.shouldStop:
                break
            cls = test.__class__
            if cls is not before:
                # A suite within this one may run tests of any class.
                before = None
                unfit = False
                if not isinstance(test, unittest.BaseTestSuite) and not _is_iterable(test):
                    unfit = self._enter(test, cls, result)
                    before = cls
            if unfit:
                continue
            test(result)
            if self._cleanup:  # type: ignore[attr-defined]
                self._removeTestAtIndex(index)
        if outermost:
            self._tearDownPreviousClass(None, result)  # type: ignore[attr-defined]
            self._handleModuleTearDown(result)  # type: ignore[attr-defined]
            result._testRunEntered = False
        return result

    def _enter(self, test: Any, cls: type, result: Any) -> bool:
        """Tear down the class before and set up this one, as unittest does; whether its tests can't run."""
        suite: Any = self
        suite._tearDownPreviousClass(test, result)
        suite._handleModuleFixture(test, result)
        suite._handleClassSetUp(test, result)
        result._previousTestClass = cls
        return bool(getattr(cls, "_classSetupFailed", False) or getattr(result, "_moduleSetUpFailed", False))

    def _removeTestAtIndex(self, index: int) -> None:  # noqa: N802 - unittest's name
        tests = self._tests
        if isinstance(tests[index], unittest.TestCase):
            self._removed_tests += 1
            tests[index] = None  # type: ignore[call-overload]
        else:
            super()._removeTestAtIndex(index)  # type: ignore[misc]


def _is_iterable(test: Any) -> bool:
    """How unittest tells a suite from a test."""
    try:
        iter(test)
    except TypeError:
        return False
    return True


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
