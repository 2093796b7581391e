"""One wrapper around the set-up of fixtures: there are a dozen for each test, and greenroom has to do with few."""

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
    """Calls the part that has to do with a fixture.

    Args:
        scopes: data of fixtures.
        tests: what is done around tests.
        databases: the databases of the run; None where somebody else makes them.
    """

    def __init__(self, scopes: Scopes, tests: Tests, databases: Any = None) -> None:
        self._scopes = scopes
        self._by_name: dict[str, Around] = {TEST_DATABASE: tests.around_fixture}
        if databases is not None:
            self._by_name[SETUP] = databases.around_fixture

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, Any, Any]:
        """Around one fixture."""
        around = self._by_name.get(fixturedef.argname)
        if around is None:
            if SCOPED not in fixturedef.argnames:
                return (yield)
            around = self._scopes.around_fixture
        return (yield from around(fixturedef, request))
