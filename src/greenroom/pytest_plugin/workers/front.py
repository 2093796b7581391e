"""`--workers` in the process that collects: what it means, and the loop in place of pytest's own."""

from __future__ import annotations

import gc
import multiprocessing
import sys
import warnings
from typing import Any

import pytest
from django.db import connections

from greenroom.errors import WorkerStartError
from greenroom.execute.api import Roster
from greenroom.execute.control import Control
from greenroom.execute.processes import ProcessExecutor, WorkerSetup
from greenroom.execute.timer import GRACE
from greenroom.history import open_history
from greenroom.pytest_plugin.run import PytestRun
from greenroom.pytest_plugin.workers.child import Child
from greenroom.pytest_plugin.workers.early import remember_user
from greenroom.pytest_plugin.workers.interrupts import CtrlC, show_there
from greenroom.pytest_plugin.workers.once import shared_of
from greenroom.pytest_plugin.workers.replay import Replay
from greenroom.pytest_plugin.workers.sharing_out import groups_of, specs_of
from greenroom.pytest_plugin.workers.timing import limit_of
from greenroom.schedule import Schedule, Times
from greenroom.worker.main import spend

_LONG = 24 * 3600.0
"""Seconds that a worker may take to tear down, where tests may take any time."""


class Workers:
    """The workers of a run.

    Args:
        run: the run.
        count: how many; at least 1.
    """

    def __init__(self, run: PytestRun, count: int) -> None:
        self._run = run
        self._count = count
        self._interrupted: dict[str, Any] | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: Any) -> None:
        """Of tests that come from several places at a time, the place is not shown as if they came from one."""
        reporter = session.config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None:
            reporter.showfspath = False

    def pytest_report_header(self) -> str:
        """How many there are."""
        return f"workers: {self._count}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool | None:
        """Run the tests in workers."""
        config = session.config
        if config.option.collectonly or not session.items:
            return None
        if session.testsfailed and not config.option.continue_on_collection_errors:
            return None  # pytest has the words for it.
        control = Control()
        replay = Replay(session, self._run, control, self._account.tell)
        executor = self._executor(session, replay)
        remember_user(session)
        _before_fork(config)
        shared_of(config).hold()
        gc.freeze()
        try:
            with CtrlC(control), warnings.catch_warnings():
                # Threads of plugins wait in the parent and are no worker's; whoever makes warnings errors shall not fail here.
                warnings.filterwarnings("ignore", r".*multi-threaded, use of fork", DeprecationWarning)
                executor.run(replay, control)
        except WorkerStartError as error:
            raise pytest.exit.Exception(
                f"{error.message}\n{error.hint}".rstrip(), pytest.ExitCode.INTERNAL_ERROR
            ) from None
        finally:
            gc.unfreeze()
            shared_of(config).remove()
        replay.settle()
        self._interrupted = replay.interrupted
        return _result(session, control, replay)

    @pytest.hookimpl(trylast=True)
    def pytest_keyboard_interrupt(self) -> None:
        """An interrupt in a worker is shown as one here would be."""
        if self._interrupted is not None:
            show_there(self._run.pytest, self._interrupted)

    @property
    def _account(self) -> Any:
        return self._run.pytest.pluginmanager.getplugin("greenroom-account")

    def _executor(self, session: Any, replay: Replay) -> ProcessExecutor:
        run, items = self._run, session.items
        specs = specs_of(items)
        self._account.share_out(specs)
        history = open_history(run.place.folder, run.say) if run.config.history else None
        times = Times(*history.times()) if history is not None else Times()
        groups = groups_of(specs, times, self._count, may_split=run.config.split)
        workers = max(1, min(self._count, len(groups)))
        limits = {index: own for index, item in enumerate(items) if (own := limit_of(item)) is not None}
        roster = Roster(())
        roster.ids = [item.nodeid for item in items]
        timeout = run.config.timeout
        return ProcessExecutor(
            roster,
            Schedule(groups, workers, keep_order=_keeps_order(session.config, workers), capacity=self._count),
            workers,
            WorkerSetup(multiprocessing.get_context("fork"), _live, lambda _: (session, self._count), None),
            _Leases(),
            limits=limits,
            timeout=timeout,
            carry=replay.hear,
            farewell=_LONG if timeout is None else timeout + GRACE,
        )


def _keeps_order(config: Any, workers: int) -> bool:
    """Whether files run in the order of the tests, not the longest first: nobody gains by it, or the order was asked for."""
    asked = ("failedfirst", "newfirst", "stepwise")
    return workers == 1 or any(config.getoption(name, default=False) for name in asked)


class _Leases:
    """Databases of workers are made by their own `django_db_setup`: a worker that replaces another one makes its own anew."""

    def renew(self, slot: int) -> None:
        """Nothing is left to do."""


def _live(
    slot: int, commands: Any, reports: Any, stack_path: str, close: list[int], session: Any, count: int
) -> None:  # fmt: skip
    """The function that a worker process runs."""
    child = Child(session, slot, count, commands.fileno(), reports.fileno())
    spend(child.live, stack_path, close)


def _before_fork(config: Any) -> None:
    """Leave nothing behind in this process that two would use."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite":
            connection.close()
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None:
        factory.getbasetemp()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    config.get_terminal_writer().flush()


def _result(session: Any, control: Control, replay: Replay) -> bool:
    if replay.error is not None:
        raise replay.error
    if control.reason == "interrupted" and not session.shouldstop and not session.shouldfail:
        raise KeyboardInterrupt
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
    return True
