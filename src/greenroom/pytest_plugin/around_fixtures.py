"""One hook before each test, and one around the set-up of fixtures: each hook more costs every test of a run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from greenroom.pytest_engine.uses import SCOPED
from greenroom.pytest_plugin.databases import SETUP
from greenroom.pytest_plugin.scopes import Scopes
from greenroom.pytest_plugin.tests import TEST_DATABASE, Tests

Around = Callable[[Any, Any], Generator[None, Any, Any]]


class AroundFixtures:
    """Calls the parts that have to do with a test or a fixture.

    Args:
        scopes: data of fixtures.
        tests: what is done around tests.
        databases: the databases of the run; None where somebody else makes them.
    """

    def __init__(self, scopes: Scopes, tests: Tests, databases: Any = None) -> None:
        self._scopes = scopes
        self._tests = tests
        self._by_name: dict[str, Around] = {TEST_DATABASE: tests.around_fixture}
        if databases is not None:
            self._by_name[SETUP] = databases.around_fixture

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: Any) -> None:
        """Before anything is set up for a test."""
        self._tests.before(item)
        self._scopes.before(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, Any, Any]:
        """Around one fixture."""
        around = self._by_name.get(fixturedef.argname)
        if around is None:
            if SCOPED not in fixturedef.argnames:
                return (yield)
            around = self._scopes.around_fixture
        return (yield from around(fixturedef, request))
