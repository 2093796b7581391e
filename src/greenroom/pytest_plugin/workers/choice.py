"""What `--workers` asks for, and whether it can be had."""

from __future__ import annotations

import multiprocessing
import sys
from typing import Any

import pytest

from greenroom.cpus import usable_cpus
from greenroom.pytest_plugin.run import PytestRun


def begin(config: Any, run: PytestRun) -> None:
    """Put workers in place, where they are wanted.

    Raises:
        UsageError: what is asked for makes no sense.
    """
    count = _count(config.getoption("greenroom_workers"))
    if not count or run.is_worker:
        return
    if run.is_controller or config.getoption("tx", default=None):
        raise pytest.UsageError("--workers and -n both run tests in processes: give one of them")
    if run.config.pipeline:
        raise pytest.UsageError("--pipeline runs one kind after the other, and --workers all at once: give one of them")
    if config.option.collectonly:
        return
    reason = _reason_for_one(config, run)
    if reason:
        run.say(f"--workers {config.getoption('greenroom_workers')} has no effect: {reason}")
        return
    from greenroom.pytest_plugin.workers import names
    from greenroom.pytest_plugin.workers.front import Workers

    run.workers = count
    if not config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(names, "greenroom-worker-names")
    config.pluginmanager.register(Workers(run, count), "greenroom-workers")


def _count(given: str) -> int:
    if given == "auto":
        return usable_cpus()
    try:
        count = int(given)
    except ValueError:
        count = -1
    if count < 0:
        raise pytest.UsageError(f"--workers takes a number of processes, or auto, not {given!r}")
    return count


def _reason_for_one(config: Any, run: PytestRun) -> str:
    """Why tests run in this process after all; empty where they need not."""
    for name in ("usepdb", "trace", "setupshow", "setuponly", "setupplan"):
        if config.getoption(name, default=False):
            option = {"usepdb": "pdb", "setupshow": "setup-show", "setuponly": "setup-only", "setupplan": "setup-plan"}
            return f"--{option.get(name, name)} needs the terminal"
    method = run.config.start_method
    if "fork" not in multiprocessing.get_all_start_methods():
        return "this system can't fork a process"
    if method not in {"auto", "fork"}:
        return f"workers inherit the tests that were collected, and start-method = {method!r} lets them inherit nothing"
    if method == "auto" and sys.platform == "darwin":
        return "on macOS a forked process may crash; start-method = 'fork' takes that risk"
    return ""
