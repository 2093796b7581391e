"""The hooks of a process that runs tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greenroom.hooks.plugins import Plugins
from greenroom.hooks.sources import Sources

_HOOKS = (
    "greenroom_worker_started",
    "greenroom_test_started",
    "greenroom_test_finished",
    "greenroom_worker_finished",
)


class ProcessHooks:
    """Calls them. Around tests it is started and stopped as an `greenroom.execute.calllog.Monitor` is.

    Args:
        plugins: those of the run.
        worker: the number of this process, 0 in the process of the command.
    """

    def __init__(self, plugins: Plugins, worker: int) -> None:
        self._plugins = plugins
        self._worker = worker
        self._test = ""
        self.around_tests = plugins.has("greenroom_test_started") or plugins.has("greenroom_test_finished")
        """Whether any plugin wants to be called for each test."""

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the plugins that raised."""
        return tuple(self._plugins.failed)

    def begin(self) -> None:
        """The process is ready for its first test."""
        self._plugins.call("greenroom_worker_started", worker=self._worker)

    def end(self) -> None:
        """The process has run its last test."""
        self._plugins.call("greenroom_worker_finished", worker=self._worker)

    def start(self, index: int, test: Any) -> None:
        """A test begins."""
        self._test = test.id()
        self._plugins.call("greenroom_test_started", test=self._test)

    def stop(self) -> None:
        """The test that began last has ended."""
        self._plugins.call("greenroom_test_finished", test=self._test)


def process_hooks(plugins: Plugins | None, worker: int) -> ProcessHooks | None:
    """The hooks of this process; None where no plugin has any."""
    if plugins is None or not any(map(plugins.has, _HOOKS)):
        return None
    return ProcessHooks(plugins, worker)


def load_in_worker(sources: Sources, worker: int, tell: Callable[[str], None]) -> ProcessHooks | None:
    """Load the plugins in a worker process; where it was forked, their modules are those of its parent.

    Args:
        sources: what the run loads.
        worker: its number, from 1.
        tell: is given a line when a plugin fails.
    """
    plugins = Plugins(tell)
    plugins.load(sources)
    return process_hooks(plugins, worker)
