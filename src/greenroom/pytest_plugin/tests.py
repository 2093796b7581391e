"""What is done around each test: what it needs is looked for, witnesses are asked, attachments are kept."""

from __future__ import annotations

import functools
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from _pytest.unittest import TestCaseFunction

from greenroom.pytest_engine.uses import DJANGO_FIXTURES as FIXTURES
from greenroom.pytest_engine.uses import DJANGO_MARKS as MARKS
from greenroom.pytest_engine.uses import django_class, is_destructive, uses_django
from greenroom.pytest_plugin.checks import Checks
from greenroom.pytest_plugin.fastpath.items import LightTest
from greenroom.pytest_plugin.lending import Lending
from greenroom.pytest_plugin.run import PytestRun
from greenroom.pytest_plugin.selection import needs_of
from greenroom.pytest_plugin.subject import SUBJECT
from greenroom.running.witnesses import testify

TEST_DATABASE = "_django_db_helper"
"""pytest-django's fixture that begins and ends the transaction of a test, or flushes after it."""
_OUTCOMES = (pytest.skip.Exception, pytest.xfail.Exception)


class Tests:
    """Around each test of this process.

    Args:
        run: the run.
        checks: Django's system checks.
        lending: connections that other threads use.
    """

    def __init__(self, run: PytestRun, checks: Checks, lending: Lending) -> None:
        self._run = run
        self._checks = checks
        self._lending = lending
        self._parent: Any = None
        self._around = False
        """Whether the marks around the tests of `_parent` have to do with Django."""
        self._flush_cache = run.config.flush_cache

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, obj: Any) -> None:
        """Give test cases what their attributes ask for, as the runner does."""
        if isinstance(obj, type) and issubclass(obj, unittest.TestCase):
            from greenroom.cases.fitting import fit

            fit(obj)

    def before(self, item: Any) -> None:
        """Look for what the test needs, before anything is set up for it."""
        needs = needs_of(item, self._run)
        if needs:
            _look_for(needs)
        if (self._flush_cache or self._checks.wait) and self.uses_django(item):
            if not _makes_databases(item):
                self._checks.of_project()
            if self._flush_cache and django_class(item) is None:
                from greenroom.cases.features.caches import clear

                clear(item)
        if isinstance(item, TestCaseFunction) and not isinstance(item, LightTest):
            _ask_witnesses(item)

    def wants_nothing(self, item: Any) -> bool:
        """Whether nothing is done for a function, whatever it is, but system checks where it uses Django."""
        return not (self._flush_cache or needs_of(item, self._run))

    @property
    def checks_wait(self) -> bool:
        """Whether system checks are still to be run."""
        return self._checks.wait

    def uses_django(self, item: Any) -> bool:
        """As `uses_django`, with a short way for tests that have no marks of their own, as most have none."""
        if item.own_markers or isinstance(item, TestCaseFunction):
            return uses_django(item)
        if item.parent is not self._parent:
            self._parent, self._around = item.parent, any(item.get_closest_marker(name) for name in MARKS)
        return self._around or not FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))

    @contextmanager
    def around_fixture(self, fixturedef: Any, request: Any) -> Iterator[None]:
        """Lend the connections of a test that is rolled back to those whom it awaits."""
        if django_class(request.node) is not None:
            yield
            return
        commits = is_destructive(request.node)
        if commits:
            self._lending.take_back()
        shared: list[Any] = []
        fixturedef.addfinalizer(functools.partial(_end_sharing, shared))
        yield
        if not commits:
            shared += self._lending.lend()

    @staticmethod
    def ask(item: Any, call: Any) -> None:
        """Ask the witnesses of a failure; the page is still open, the server still remembers.

        Args:
            item: the test.
            call: pytest's account of a phase of it, in which something was raised.
        """
        if not isinstance(call.excinfo.value, _OUTCOMES):
            testify(call.excinfo.value, item.stash.get(SUBJECT, item))


def _look_for(needs: list[str]) -> None:
    from greenroom.cases.resources.registry import is_demanded, lack_of

    lacking = [(name, lack) for name in needs if (lack := lack_of(name))]
    if lacking:
        words = "; ".join(f"needs {name}: {lack}" for name, lack in lacking)
        if any(is_demanded(name) for name, _ in lacking):
            pytest.fail(words, pytrace=False)
        pytest.skip(words)


def _makes_databases(item: Any) -> bool:
    """Whether the databases are made for this test at the latest: checks then run with them."""
    from greenroom.pytest_engine.uses import databases_of

    return bool(databases_of(item))


def _end_sharing(shared: list[Any]) -> None:
    for connection in shared:
        connection.dec_thread_sharing()


def _ask_witnesses(item: Any) -> None:
    """Of test cases unittest tells the failure at once, and pytest makes its report after `tearDown()`."""

    def first(tell: Any, test: Any, error: Any, *more: Any) -> None:
        if error is not None and isinstance(error[1], BaseException):
            testify(error[1], test)
        tell(test, error, *more)

    item.addError = functools.partial(first, item.addError)
    item.addFailure = functools.partial(first, item.addFailure)
