"""What makes a forked copy of pytest a worker of its own, and what it leaves in the end."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import msgspec

from greenroom.pytest_plugin.run import RUN
from greenroom.pytest_plugin.workers.calls import junit_of
from greenroom.pytest_plugin.workers.once import shared_of
from greenroom.running import place
from greenroom.running.attachments import KEPT

_TOLD = ("pytest_runtest_logstart", "pytest_runtest_logreport", "pytest_runtest_logfinish", "pytest_warning_recorded")
"""The hooks that the parent calls again: here nobody but the worker's own plugin is told."""


class Settled:
    """This process, as a worker.

    Args:
        session: pytest's.
        slot: the number of the worker, from 1.
        count: how many workers there are.
        recorder: the plugin that is told of tests.
    """

    def __init__(self, session: Any, slot: int, count: int, recorder: Any) -> None:
        self._session = session
        self._config = session.config
        self._run = session.config.stash[RUN]
        self._slot = slot
        self._count = count
        self._recorder = recorder

    def begin(self) -> None:
        """Take what is this worker's own.

        Raises:
            GreenroomError: a resource of its own can't be had.
        """
        run = self._run
        run.slot = self._slot
        run.steps, run.notes, run.trouble, run.checked = [], [], "", None
        KEPT.clear()
        place.enter(run.place, self._slot)
        self._known_properties = len(self._properties())
        xml = junit_of(self._config)
        if xml is not None:
            # What collection told it is told already.
            xml.node_reporters.clear()
            xml.node_reporters_ordered.clear()
        self._be_called()
        self._listen_alone()
        self._capture_anew()
        self._disconnect()
        shared = shared_of(self._config)
        shared.become(worker_name(self._slot))
        shared.arrive()
        if run.config.slots:
            from greenroom.slots import settle

            settle()
        if (hooks := self._config.pluginmanager.getplugin("greenroom-hooks")) is not None:
            hooks.begin()

    def finish(self) -> None:
        """The last test has run."""
        if (hooks := self._config.pluginmanager.getplugin("greenroom-hooks")) is not None:
            hooks.end()

    def end(self) -> dict[str, Any]:
        """Close what is open, and say what the run should know."""
        plugins = self._config.pluginmanager
        plugins.getplugin("greenroom-databases").pytest_sessionfinish()
        for error in shared_of(self._config).leave():
            self._run.say(f"run_scoped: {type(error).__name__}: {error}")
        self._keep_coverage()
        run = self._run
        return {
            "notes": run.notes,
            "broken_plugins": run.broken_plugins,
            "trouble": run.trouble,
            "properties": self._properties()[self._known_properties :],
            "steps": msgspec.to_builtins(run.steps),
            "checked": msgspec.to_builtins(run.checked),
        }

    def _properties(self) -> list[Any]:
        """What `record_testsuite_property` was given."""
        return list(properties_of(self._config))

    def _be_called(self) -> None:
        """The names by which plugins and projects know a worker of xdist's."""
        name = worker_name(self._slot)
        uid = self._run.place.run
        self._config.workerinput = {
            "workerid": name,
            "workercount": self._count,
            "testrunuid": uid,
            "greenroom_run": uid,
        }
        self._config.workeroutput = {}
        os.environ["PYTEST_XDIST_WORKER"] = name
        os.environ["PYTEST_XDIST_WORKER_COUNT"] = str(self._count)
        os.environ["PYTEST_XDIST_TESTRUNUID"] = uid
        factory = getattr(self._config, "_tmp_path_factory", None)
        base = getattr(factory, "_basetemp", None)
        if factory is not None and base is not None:
            # The parent has made it, and removes it: here is a part of it.
            own = base / f"popen-{name}"
            own.mkdir(mode=0o700, exist_ok=True)
            factory._basetemp = own  # noqa: SLF001 - as given by --basetemp, all would empty the same folder

    def _listen_alone(self) -> None:
        for name in _TOLD:
            caller = getattr(self._config.hook, name)
            for implementation in caller.get_hookimpls():
                with suppress(ValueError):
                    caller._remove_plugin(implementation.plugin)  # noqa: SLF001 - to unregister it would be too much
        self._config.pluginmanager.register(self._recorder, "greenroom-recorder")

    def _capture_anew(self) -> None:
        """The files that output is caught in have one position for all who inherit them."""
        manager = self._config.pluginmanager.getplugin("capturemanager")
        manager.stop_global_capturing()
        manager.start_global_capturing()
        manager.suspend_global_capture()

    def _disconnect(self) -> None:
        """Connections of the parent are the parent's; this process must not even close them."""
        from django.db import connections

        for connection in connections.all(initialized_only=True):
            if connection.vendor != "sqlite":
                connection.connection = None

    def _keep_coverage(self) -> None:
        """What was measured here is put together with the rest by pytest-cov, in the parent."""
        plugin = self._config.pluginmanager.getplugin("_cov")
        measured = getattr(getattr(plugin, "cov_controller", None), "cov", None)
        if measured is not None:
            measured.stop()
            measured.save()


def properties_of(config: Any) -> list[Any]:
    """The properties of the whole run in pytest's JUnit file; a list that nobody reads where there is none."""
    return getattr(junit_of(config), "global_properties", [])


def worker_name(slot: int) -> str:
    """The name of a worker: that which xdist would give it."""
    return f"gw{slot - 1}"
