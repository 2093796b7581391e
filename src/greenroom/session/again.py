"""Running tests of this process again."""

from __future__ import annotations

import copy
import time
import unittest
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from greenroom.execute.api import Roster
from greenroom.execute.control import Control
from greenroom.session.attempts import Attempts
from greenroom.worker.refs import is_plain

_PATIENCE = 0.05
"""Seconds between two looks at the clock while a retry waits."""


def recipe(test: Any) -> Callable[[], Any]:
    """What makes a fresh object of a test that has not run yet.

    A test is its class and the name of its method; one that was given more by hand is copied as it is now: made anew it
    would be another test, and could pass in the place of this one.
    """
    cls: Any = type(test)
    method = getattr(test, "_testMethodName", None)
    if method is not None and is_plain(test, method) and _makes_its_like(cls, method):
        return partial(cls, method)
    return partial(copy.copy, copy.copy(test))


def _makes_its_like(cls: Any, method: str) -> bool:
    try:
        return type(cls(method)) is cls
    except Exception:
        return False


class Remaker:
    """Makes a fresh object of a test, as it was before it ran.

    Args:
        tests: the tests of the run, none of which has run.
    """

    def __init__(self, tests: Iterable[Any]) -> None:
        self._recipes = [recipe(test) for test in tests]

    def __call__(self, index: int) -> Any:
        """The test of this index."""
        return self._recipes[index]()


class RetryingSuite:
    """The suite of a serial run in which tests may be tried again.

    What failed is tried again behind the last test of its bin (`DiscoverRunner.reorder_by`), so that the order of first
    tries is Django's, and a `TestCase` never runs behind tests that empty the database.

    Args:
        tests: in Django's order.
        bin_of: what tests have in common that run one behind the other: their bin, and which time it is that they run.
        suite_class: makes a suite.
        attempts: knows what is to be tried again.
        remake: makes a fresh object of a test by its index.
        roster: is told of the fresh objects.
        control: knows whether the run goes on.
    """

    def __init__(
        self,
        tests: Sequence[Any],
        bin_of: Callable[[Any], tuple[int, int]],
        suite_class: Callable[[Sequence[Any]], Any],
        *,
        attempts: Attempts,
        remake: Callable[[int], Any],
        roster: Roster,
        control: Control,
    ) -> None:
        self._bins = [(key, suite_class(list(of_bin))) for key, of_bin in groupby(tests, key=bin_of)]
        self._suite_class = suite_class
        self._attempts = attempts
        self._remake = remake
        self._roster = roster
        self._control = control

    def __call__(self, result: Any) -> None:
        """Run them with this result."""
        last = None
        for (_, number), suite in self._bins:
            if last not in (None, number):
                self._close(result)
            last = number
            # The class and module set up last may go on in the next bin: they are torn down below.
            result._testRunEntered = True
            suite(result)
            result.log.settle()
            if self._attempts.waiting:
                self._close(result)
                self._try_again(result)
        self._close(result)

    def _try_again(self, result: Any) -> None:
        while self._attempts.waiting and not result.shouldStop and self._control.reason is None:
            due = self._attempts.due()
            if not due:
                time.sleep(_PATIENCE)
                if self._control.poll is not None:
                    self._control.poll()
            for index, _ in due:
                if not result.shouldStop:
                    self._once_more(index, result)

    def _once_more(self, index: int, result: Any) -> None:
        test = self._remake(index)
        self._roster.again(index, test)
        self._attempts.retrying = True
        try:
            self._suite_class([test])(result)
            result.log.settle()
            self._attempts.boundary()
        finally:
            self._attempts.retrying = False
            result._previousTestClass = None

    def _close(self, result: Any) -> None:
        """Tear down what was set up last, as unittest does at the end of a run."""
        suite: Any = unittest.TestSuite()
        suite._tearDownPreviousClass(None, result)
        suite._handleModuleTearDown(result)
        result.log.settle()
        result._previousTestClass = None
        result._testRunEntered = False
        self._attempts.boundary()
