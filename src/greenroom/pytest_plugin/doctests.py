"""pytest's own doctests: turned on by greenroom's configuration, and with a database where they use one."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from greenroom.doctests import files
from greenroom.errors import ConfigError
from greenroom.pytest_engine.doctests import databases_of_doctest, is_doctest
from greenroom.pytest_plugin.run import PytestRun

_REPORTS = {
    "REPORT_UDIFF": "udiff",
    "REPORT_CDIFF": "cdiff",
    "REPORT_NDIFF": "ndiff",
    "REPORT_ONLY_FIRST_FAILURE": "only_first_failure",
}
_IMPLIED = frozenset({"FAIL_FAST", *_REPORTS})
_OF_PYTEST = frozenset({"ALLOW_BYTES", "ALLOW_UNICODE", "NUMBER"})


class Doctests:
    """The doctests of this process.

    Args:
        run: the run.

    Raises:
        ConfigError: an option of the configuration does not exist, or Python runs without docstrings.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run
        config = run.config
        if config.doctest or config.doctest_glob:
            self._turn_on(run.pytest.option)

    def _turn_on(self, option: Any) -> None:
        from greenroom.doctests.flags import flags_of, refuse_without_docstrings

        config = self._run.config
        refuse_without_docstrings()
        flags_of(name for name in config.doctest_options if name not in _OF_PYTEST)
        if config.doctest:
            option.doctestmodules = True
        if not option.doctestglob:
            option.doctestglob = list(config.doctest_glob or files.USUAL)
        for name in config.doctest_options:
            if name in _REPORTS:
                option.doctestreport = _REPORTS[name]
            if name not in _IMPLIED:
                self._run.pytest.addinivalue_line("doctest_optionflags", name)

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(self, file_path: Any) -> Generator[None, Any, Any]:
        """Leave out what the configuration names."""
        collectors = yield
        patterns = self._run.config.doctest_skip
        if patterns and collectors and files.matches(file_path, self._run.place.root, patterns):
            return [each for each in collectors if not type(each).__name__.startswith("Doctest")]
        return collectors

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: Any) -> None:
        """Where there are any, stand around their runs."""
        if not any(is_doctest(item) for item in session.items):
            return
        # Imported here: most runs have none.
        from greenroom.doctests.cases import usable_databases

        try:
            databases = usable_databases(self._run.config.doctest_databases)
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from None
        if databases:
            self._run.doctest_aliases = {
                alias for item in session.items if is_doctest(item) for alias in databases_of_doctest(item)
            }
            session.config.pluginmanager.register(_Runs(self._run, databases), "greenroom-doctest-runs")


class _Runs:
    """Gives a doctest a database at its first query; until then it has none, and none is made for it."""

    def __init__(self, run: PytestRun, databases: frozenset[str]) -> None:
        self._run = run
        self._databases = databases

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: Any) -> Generator[None, Any, Any]:
        """Around the examples."""
        if not is_doctest(item):
            return (yield)
        with self._on_demand(item):
            return (yield)

    @contextmanager
    def _on_demand(self, item: Any) -> Iterator[None]:
        from django.db.backends.base.base import BaseDatabaseWrapper

        blocked: Any = BaseDatabaseWrapper.ensure_connection
        if getattr(blocked, "__name__", "") != "_blocking_wrapper":
            yield  # A fixture has given it one, or pytest-django blocks nothing.
            return
        wrapper: Any = BaseDatabaseWrapper
        commits = wrapper.get_autocommit
        thread, output = threading.get_ident(), sys.stdout

        def ensure_connection(connection: Any) -> None:
            if threading.get_ident() != thread:
                blocked(connection)
            stop()
            # What the set-up prints is no output of an example.
            with contextlib.redirect_stdout(output):
                self._give(item)
            connection.ensure_connection()

        def get_autocommit(connection: Any) -> bool:
            # What `atomic()` asks first. It must not hear of the transaction that the test is in now, or it would take it
            # for one of somebody's own and leave it at its end.
            ensure_connection(connection)
            return True

        def stop() -> None:
            wrapper.ensure_connection, wrapper.get_autocommit = blocked, commits

        wrapper.ensure_connection, wrapper.get_autocommit = ensure_connection, get_autocommit
        try:
            yield
        finally:
            if wrapper.get_autocommit is get_autocommit:
                stop()

    def _give(self, item: Any) -> None:
        made = set(self._run.aliases)
        if made and not self._databases <= made:
            pytest.fail(
                "greenroom found nothing in this doctest that leads to a database, so there is none for it.\n"
                "Import what uses it in one of the examples: >>> from django.db import connection",
                pytrace=False,
            )
        if item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.django_db(databases=sorted(self._databases)))
        item._request.getfixturevalue("_django_db_helper")  # noqa: SLF001 - pytest's getfixture() of doctests


def is_available(config: pytest.Config) -> bool:
    """Whether pytest has doctests: `-p no:doctest` takes them away."""
    return config.pluginmanager.hasplugin("doctest")
