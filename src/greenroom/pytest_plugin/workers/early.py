"""The databases of a worker, made before any of its tests does anything.

pytest-django has tests that use the database run first, so it is made before others could declare models or change settings.
Workers run files in an order of their own: here the first test of a worker, whatever it is, has the databases made with its set-up.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from _pytest.outcomes import OutcomeException

from greenroom.pytest_engine.uses import databases_of
from greenroom.pytest_plugin.databases import SETUP


class Early:
    """A plugin of a worker, until its first test is set up.

    Args:
        session: pytest's.
        user: a test that uses databases.
    """

    def __init__(self, session: Any, user: Any) -> None:
        self._session = session
        self._user = user

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: Any) -> Generator[None, Any, Any]:
        """Make them when all that the test itself needs is there."""
        result = yield
        self._session.config.pluginmanager.unregister(self)
        self._make(item)
        return result

    def _make(self, item: Any) -> None:
        manager = self._session._fixturemanager  # noqa: SLF001 - where pytest looks for fixtures
        mine, theirs = manager.getfixturedefs(SETUP, item), manager.getfixturedefs(SETUP, self._user)
        request: Any = getattr(item, "_request", None)
        if not request or not mine or not theirs or mine[-1] is not theirs[-1]:
            return  # Another fixture of that name makes them, and this test does not see it.
        try:
            request.getfixturevalue(SETUP)
        except pytest.exit.Exception:
            raise
        except (Exception, OutcomeException):
            made = mine[-1].cached_result
            if made is None or made[2] is None:
                raise
            # pytest keeps it, for the tests that use the database.


def remember_user(session: Any) -> None:
    """Find a test that uses databases, before workers are forked, which would have to look for it each."""
    session.config.stash[_USER] = next((item for item in session.items if databases_of(item)), None)


def make_early(session: Any) -> None:
    """Have the databases of this worker made, where any test of the run uses them."""
    user = session.config.stash[_USER]
    if user is not None:
        session.config.pluginmanager.register(Early(session, user), "greenroom-early")


_USER = pytest.StashKey[Any]()
