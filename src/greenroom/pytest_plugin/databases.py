"""Snapshots, leases and resets below pytest-django's `django_db_setup`.

Whatever that fixture is (pytest-django's own, or one that a project has in its place), it comes to Django's
`setup_databases()` or it does not. Where it does, the connections that Django is about to ask for databases are greenroom's
for the run. Where it does not, because a project uses a database that is there already, nothing happens.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from greenroom.errors import GreenroomError
from greenroom.events import DatabaseStep
from greenroom.pytest_plugin.checks import Checks
from greenroom.pytest_plugin.lending import Lending
from greenroom.pytest_plugin.run import PytestRun
from greenroom.running.ending import close_all
from greenroom.session.databases import RunDatabases, undo_resets

SETUP = "django_db_setup"


class Databases:
    """The test databases of this process.

    Args:
        run: the run.
        checks: Django's system checks, some of which are about databases.
        lending: connections that other threads use.
    """

    def __init__(self, run: PytestRun, checks: Checks, lending: Lending) -> None:
        self._run = run
        self._checks = checks
        self._lending = lending
        self._databases = RunDatabases(run.config, run.place.root, run.say)
        self._resets: dict[tuple[str, str], tuple[int, float]] = {}

    @contextmanager
    def around_fixture(self, fixturedef: Any, request: Any) -> Iterator[None]:
        """Stand below each fixture named `SETUP`: the one of a project may be built on that of pytest-django."""
        began = time.perf_counter()
        try:
            with self._taking_over():
                yield
            if self._run.aliases:
                with self._run.blocker().unblock():
                    self._reset_by_ours()
                    self._checks.of_databases(self._run.aliases)
        except GreenroomError as error:
            pytest.fail(str(error), pytrace=False)
        finally:
            self._run.set_up_seconds += time.perf_counter() - began
        # Done before the databases go, as it was added last.
        fixturedef.addfinalizer(self._let_go)

    @contextmanager
    def _taking_over(self) -> Iterator[None]:
        """Have Django's `setup_databases()` find connections that make their databases from snapshots."""
        from django.db import connections
        from django.test import utils

        stock = utils.get_unique_databases_and_mirrors

        def look_up(aliases: Any = None) -> Any:
            aliases = None if aliases is None else {*aliases, *self._run.doctest_aliases}
            wanted = tuple(alias for alias in connections if aliases is None or alias in aliases)
            self._run.aliases = wanted
            self._databases.install(wanted)
            return stock(aliases)

        utils.get_unique_databases_and_mirrors = look_up
        try:
            yield
        finally:
            utils.get_unique_databases_and_mirrors = stock
            self._run.steps += self._databases.news()

    def _reset_by_ours(self) -> None:
        def report(alias: str, how: str, seconds: float) -> None:
            count, before = self._resets.get((alias, how), (0, 0.0))
            self._resets[alias, how] = (count + 1, before + seconds)

        self._databases.plan(self._run.aliases)(report)

    def _let_go(self) -> None:
        """The tests are through, and what else stands on the databases is closed."""
        self._lending.end()
        with self._run.blocker().unblock():
            for trouble in close_all():
                self._run.say(trouble)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """All fixtures are torn down: connections are Django's again."""
        undo_resets()
        with self._run.blocker().unblock():
            self._databases.uninstall()
            for trouble in close_all():
                self._run.say(trouble)
        self._run.steps += self._databases.news()
        for (alias, how), (count, seconds) in self._resets.items():
            self._run.steps.append(DatabaseStep(time.time(), alias, "reset", seconds, count, detail=how))
        self._resets.clear()
