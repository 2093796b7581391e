"""The hooks of greenroom's plugins that are called where tests run, under pytest."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from greenroom.hooks.plugins import Plugins
from greenroom.pytest_engine.uses import test_id
from greenroom.pytest_plugin.run import PytestRun


class WorkerHooks:
    """Calls those of a process: a plugin of pytest's, where a plugin of greenroom's has any.

    A process that is forked begins and ends them itself.

    Args:
        run: the run.
        plugins: greenroom's.
    """

    def __init__(self, run: PytestRun, plugins: Plugins) -> None:
        self._run = run
        self.plugins = plugins
        # At stderr, which pytest catches, it would be lost.
        plugins.tell = run.say
        self._begun = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> None:
        """Tests are about to begin, if not in other processes."""
        if not self._run.workers and not self._run.is_controller and not session.config.option.collectonly:
            self.begin()

    def begin(self) -> None:
        """This process is ready for its first test."""
        self._begun = True
        self.plugins.call("greenroom_worker_started", worker=self._run.slot)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """The fixtures of the session are still there."""
        self.end()

    def end(self) -> None:
        """This process has run its last test."""
        if self._begun:
            self._begun = False
            self.plugins.call("greenroom_worker_finished", worker=self._run.slot)
            self._run.broken_plugins = list(self.plugins.failed)


class TestHooks:
    """Calls those around each test: a plugin of pytest's, where a plugin of greenroom's has any.

    Args:
        plugins: greenroom's.
    """

    __test__ = False

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: Any) -> None:
        """A try of a test begins."""
        self._plugins.call("greenroom_test_started", test=test_id(item))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: Any) -> Generator[None, Any, Any]:
        """It ends, when all others are through."""
        try:
            return (yield)
        finally:
            self._plugins.call("greenroom_test_finished", test=test_id(item))


def hooks_of(run: PytestRun, plugins: Plugins | None) -> dict[str, Any]:
    """The plugins of pytest's that call them, by name; none where nobody is to be called.

    Args:
        run: the run.
        plugins: greenroom's.
    """
    if plugins is None:
        return {}
    found: dict[str, Any] = {}
    around = plugins.has("greenroom_test_started") or plugins.has("greenroom_test_finished")
    if around or plugins.has("greenroom_worker_started") or plugins.has("greenroom_worker_finished"):
        found["hooks"] = WorkerHooks(run, plugins)
    if around:
        found["test-hooks"] = TestHooks(plugins)
    return found
