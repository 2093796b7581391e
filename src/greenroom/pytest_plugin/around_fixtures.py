"""One hook before each test, and one around the set-up of a few fixtures: each hook more costs every test of a run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from greenroom.pytest_engine.uses import SCOPED
from greenroom.pytest_plugin.databases import SETUP
from greenroom.pytest_plugin.fastpath.items import fixtures_of
from greenroom.pytest_plugin.scopes import Scopes
from greenroom.pytest_plugin.tests import TEST_DATABASE, Tests

Around = Callable[[Any, Any], AbstractContextManager[None]]
_SEEN = "_greenroom_seen"
"""On a function that wants nothing: its number of marks and of fixtures, and whether it uses Django."""


class AroundFixtures:
    """Calls the parts that have to do with a test or a fixture.

    A test has a dozen fixtures, and hardly one of them is of interest: from the end of the collection the hook around fixtures is
    there only while one of those is set up.

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
        self._hook: Any = None
        self._own: Any = None
        """What the hook has of this plugin; None until the collection is over."""
        self._depth = 0
        """How many fixtures of interest are being set up, each for the one before."""

    def pytest_collection_finish(self, session: Any) -> None:
        """Find the fixtures of interest, and the functions before which there is nothing to do."""
        fixtures: set[Any] = set()
        for item in session.items:
            for found in fixtures_of(item).values():
                fixtures.update(found)
            # All at once takes less than each by itself, when it runs.
            if type(item) is pytest.Function and self._tests.wants_nothing(item) and SCOPED not in item.fixturenames:
                item.__dict__[_SEEN] = len(item.own_markers), len(item.fixturenames), self._tests.uses_django(item)
        self._watch(fixtures)
        if self._own is None:
            self._be_called_for_few(session)

    def _be_called_for_few(self, session: Any) -> None:
        self._hook = session.config.hook.pytest_fixture_setup
        self._own = next(each for each in self._hook.get_hookimpls() if each.plugin is self)
        self._hook._hookimpls.remove(self._own)  # noqa: SLF001 - to unregister it would be too much
        manager = session._fixturemanager  # noqa: SLF001 - where pytest looks for what is asked for at run time
        stock = manager.getfixturedefs

        def look_up(*args: Any, **kwargs: Any) -> Any:
            found = stock(*args, **kwargs)
            if found:
                self._watch(found)
            return found

        manager.getfixturedefs = look_up

    def _watch(self, fixtures: Iterable[Any]) -> None:
        for each in fixtures:
            if (each.argname in self._by_name or SCOPED in each.argnames) and "execute" not in vars(each):
                vars(each)["execute"] = functools.partial(self._execute, each.execute)

    def _execute(self, stock: Callable[..., Any], request: Any) -> Any:
        """What pytest calls for a fixture of interest, which may be there already."""
        __tracebackhide__ = True
        if not self._depth:
            self._hook._add_hookimpl(self._own)  # noqa: SLF001 - to register it would look at the whole plugin
        self._depth += 1
        try:
            return stock(request=request)
        finally:
            self._depth -= 1
            if not self._depth:
                self._hook._hookimpls.remove(self._own)  # noqa: SLF001 - as above

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: Any) -> None:
        """Before anything is set up for a test."""
        seen = item.__dict__.get(_SEEN)
        if (
            seen is not None
            and not self._scopes.stack
            # Hooks may have given it marks and fixtures meanwhile.
            and seen[0] == len(item.own_markers)
            and seen[1] == len(item.fixturenames)
            and not (seen[2] and self._tests.checks_wait)
        ):
            self._scopes.item = item
            return
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
        with around(fixturedef, request):
            return (yield)
