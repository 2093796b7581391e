"""Running tests of this process again."""

from __future__ import annotations

import copy
import time
import unittest
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from greenroom.execute.api import Roster
from greenroom.execute.control import Control
from greenroom.session.attempts import Attempts
from greenroom.worker.refs import is_plain

_PATIENCE = 0.05
"""Seconds between two looks at the clock while a retry waits."""


class Remaker:
    """Makes a fresh object of a test, as it was before it ran.

    A test is its class and the name of its method; one that was given more by hand is copied, before it runs for the
    first time: made anew it would be another test, and could pass in the place of this one.

    Args:
        tests: the tests of the run, none of which has run.
    """

    def __init__(self, tests: Iterable[Any]) -> None:
        self._made_of: list[tuple[type, str] | Any] = []
        for test in tests:
            method = getattr(test, "_testMethodName", None)
            plain = method is not None and is_plain(test, method) and _is_made_of_its_method(test, method)
            self._made_of.append((type(test), method) if plain else copy.copy(test))

    def __call__(self, index: int) -> Any:
        """The test of this index."""
        made_of = self._made_of[index]
        if type(made_of) is tuple:
            cls, method = made_of
            return cls(method)
        return copy.copy(made_of)


def _is_made_of_its_method(test: Any, method: str) -> bool:
    try:
        return type(type(test)(method)) is type(test)
    except Exception:
        return False


class RetryingSuite:
    """The suite of a serial run in which tests may be tried again.

    What failed is tried again behind the last test of its bin (`DiscoverRunner.reorder_by`), so that the order of first
    tries is Django's, and a `TestCase` never runs behind tests that empty the database.

    Args:
        tests: in Django's order.
        rank_of: the bin of a test.
        suite_class: makes a suite.
        attempts: knows what is to be tried again.
        remake: makes a fresh object of a test by its index.
        roster: is told of the fresh objects.
        control: knows whether the run goes on.
    """

    def __init__(
        self,
        tests: Sequence[Any],
        rank_of: Callable[[Any], int],
        suite_class: Callable[[Sequence[Any]], Any],
        *,
        attempts: Attempts,
        remake: Callable[[int], Any],
        roster: Roster,
        control: Control,
    ) -> None:
        self._bins = [suite_class(list(of_rank)) for _, of_rank in groupby(tests, key=rank_of)]
        self._suite_class = suite_class
        self._attempts = attempts
        self._remake = remake
        self._roster = roster
        self._control = control

    def __call__(self, result: Any) -> None:
        """Run them with this result."""
        for suite in self._bins:
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
