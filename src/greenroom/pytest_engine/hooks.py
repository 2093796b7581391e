"""What pytest calls in a run of greenroom's: which files it collects, what its tests say, and what Django's runner does for it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from _pytest.pathlib import fnmatch_ex

HOST = "greenroom-host"
"""The name of this plugin, by which greenroom's own plugin for pytest knows that another one runs the tests."""
EXC_INFO = "greenroom_exc_info"
"""The attribute of a report that holds what was raised."""
_SETUP, _ENVIRONMENT = "django_db_setup", "django_test_environment"


class Hooks:
    """The plugin of the runner.

    Args:
        prepared: the aliases whose test databases the runner has made; None: all of them.
        lone: whether the tests of this run go in this one process.
    """

    def __init__(self, prepared: Callable[[], Collection[str] | None], lone: Callable[[], bool]) -> None:
        self.__name__ = HOST
        self._prepared = prepared
        self._lone = lone
        self._folders: set[Path] = set()
        self._made: dict[Path, Any] = {}
        self.files: set[Path] = set()
        """The files that are collected; no others are."""
        self.seen: set[Path] = set()
        """The files that pytest came to."""
        self.wanted: Callable[[Any], bool] | None = None
        """Whether a test was asked for."""
        self.trouble: list[Any] = []
        """The reports of what could not be collected, or skipped itself as a whole."""
        self.hear: Callable[[Any], None] | None = None
        """Is given the reports of the running test."""
        self._warned: set[tuple[str, str, int]] = set()

    # What is collected ------------------------------------------------------------------------------------------------

    def want(self, files: Collection[Path]) -> None:
        """Have these files collected."""
        self.files = set(files)
        self._folders = {folder for file in files for folder in file.parents}

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Pass over what is not asked for. pytest's own reasons to pass over a file count as well."""
        return None if collection_path in self.files or collection_path in self._folders else True

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_directory(self, path: Path) -> Generator[None, Any, Any]:
        """Have one object for a folder however often files in it are collected: pytest keeps fixtures by it."""
        made = yield
        return self._made.setdefault(path, made) if made is not None else None

    def pytest_collect_file(self, file_path: Path, parent: Any) -> Any:
        """Collect a file that was asked for also where its name is none of pytest's."""
        self.seen.add(file_path)
        if file_path.suffix != ".py" or file_path not in self.files:
            return None
        if any(fnmatch_ex(pattern, file_path) for pattern in [*parent.config.getini("python_files"), "__init__.py"]):
            return None
        return parent.ihook.pytest_pycollect_makemodule(module_path=file_path, parent=parent)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep the tests that were asked for."""
        if self.wanted is not None:
            items[:] = [item for item in items if self.wanted(item)]

    def pytest_collectreport(self, report: Any) -> None:
        """Something was collected, or could not be."""
        if not report.passed:
            self.trouble.append(report)

    # What tests say ---------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(self, call: Any) -> Generator[None, Any, Any]:
        """Keep what was raised beside its text."""
        report = yield
        if call.excinfo is not None:
            setattr(report, EXC_INFO, (call.excinfo.type, call.excinfo.value, call.excinfo.tb))
        return report

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A phase of a test is over."""
        if self.hear is not None:
            self.hear(report)

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Show a warning as Python does, each of them once: the summary that pytest would have is not shown."""
        shown = warning_message
        if issubclass(shown.category, pytest.PytestAssertRewriteWarning):
            return  # greenroom, and perhaps other plugins, were imported before pytest: their own asserts say less.
        key = (str(shown.message), shown.filename, shown.lineno)
        if key not in self._warned:
            self._warned.add(key)
            sys.stderr.write(warnings.formatwarning(shown.message, shown.category, shown.filename, shown.lineno))

    # What Django's runner has done ------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """pytest-django's fixtures, and those that a project has in their place, find the work done."""
        if fixturedef.argname == _SETUP:
            with self._databases_made():
                return (yield)
        if fixturedef.argname == _ENVIRONMENT:
            with _environment_set_up():
                return (yield)
        return (yield)

    @contextmanager
    def _databases_made(self) -> Iterator[None]:
        """Have `setup_databases()` pass over the databases that the runner has made."""
        from django.db import connections
        from django.test import utils

        stock = utils.get_unique_databases_and_mirrors

        def look_up(aliases: Any = None) -> Any:
            prepared = self._prepared()
            wanted = {alias for alias in connections if aliases is None or alias in aliases}
            left = set() if prepared is None else wanted - set(prepared)
            left = {alias for alias in left if connections[alias].settings_dict["ENGINE"] != "django.db.backends.dummy"}
            if left and not self._lone():
                pytest.fail(
                    f"a test uses the database {', '.join(sorted(left))}, and nothing said so before it ran.\n"
                    "Name the fixture among its arguments, or mark it: @pytest.mark.django_db",
                    pytrace=False,
                )
            return stock(left) if left else ({}, {})

        utils.get_unique_databases_and_mirrors = look_up
        try:
            yield
        finally:
            utils.get_unique_databases_and_mirrors = stock


@contextmanager
def _environment_set_up() -> Iterator[None]:
    from django.test import utils

    before = utils.setup_test_environment, utils.teardown_test_environment
    utils.setup_test_environment = utils.teardown_test_environment = lambda *_args, **_named: None  # type: ignore[assignment]
    try:
        yield
    finally:
        utils.setup_test_environment, utils.teardown_test_environment = before
