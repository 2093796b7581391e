"""Every hook there is. A plugin is a module, or an object, with functions of these names.

A function needs no more arguments than it uses. `@hookimpl(tryfirst=True)` and `@hookimpl(trylast=True)` move it before or
behind those of other plugins; else who came last is called first. Where a function raises, its plugin is named, the others
are called all the same, the run goes on, and its exit code says that a plugin failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pluggy

from greenroom.config.schema import Config
from greenroom.events import RunFinished
from greenroom.hooks.context import ReporterContext, ReporterFactory

hookspec = pluggy.HookspecMarker("greenroom")
hookimpl = pluggy.HookimplMarker("greenroom")
"""Marks a function as a hook, where its place among others matters: `@hookimpl(tryfirst=True)`."""


@hookspec
def greenroom_reporters() -> Mapping[str, ReporterFactory] | None:
    """The reporters that this plugin brings, by the name that `--report` knows them by.

    Of two plugins with a reporter of one name the one that is called first is asked: so a plugin can replace what is
    built in.

    Called in the process of the command, once, when the reporters of the run are chosen; and by `greenroom replay`.
    """


@hookspec
def greenroom_listener(context: ReporterContext) -> Any:
    """A reporter of this plugin's own that is told of each run without being asked for, or None.

    Called in the process of the command, once for each run, before its first event. Not for a replay: what was told
    of a run once is not told again.
    """


@hookspec
def greenroom_run_started(root: Path, config: Config) -> None:
    """A run begins: Django is set up, and nothing else is done yet.

    Called in the process of the command, once for each run, before tests are collected and databases made.

    Args:
        root: of the project.
        config: of the run.
    """


@hookspec
def greenroom_worker_started(worker: int) -> None:
    """A process is ready for its first test: its databases and servers are its own.

    Called in each process that runs tests, once, before its first test: in each worker, also in one that replaces a
    dead one, and in a run without workers in the process of the command.

    Args:
        worker: its number, from 1; 0 where tests run in the process of the command.
    """


@hookspec
def greenroom_test_started(test: str) -> None:
    """A test begins: what comes next is its own `setUp()`.

    Called in the process that runs the test, once for each try of each test. Each microsecond counts as often as there
    are tests.

    Args:
        test: its id.
    """


@hookspec
def greenroom_test_finished(test: str) -> None:
    """A test ended: its `tearDown()` and its clean-ups are through.

    Called in the process that ran the test, once for each `greenroom_test_started`, unless the process died.

    Args:
        test: its id.
    """


@hookspec
def greenroom_worker_finished(worker: int) -> None:
    """A process has run its last test.

    Called in each process that ran tests, once, while its databases are still there; not in one that died or was
    killed.

    Args:
        worker: as in `greenroom_worker_started`.
    """


@hookspec
def greenroom_verdict(finished: RunFinished) -> str | None:
    """Why the run fails although its tests did not, in one line, or None.

    Called in the process of the command, once for each run, when all tests are through and all reports are written.

    Args:
        finished: how the run ended.
    """


@hookspec
def greenroom_run_finished(finished: RunFinished, exit_code: int) -> None:
    """The run is over.

    Called in the process of the command, last of all and once for each run that had a `greenroom_run_started`, also
    where it ended before its first test.

    Args:
        finished: how the run ended.
        exit_code: what the command will end with.
    """
