"""The beginning of a run: the configuration is read, and the parts of the plugin are put in place."""

from __future__ import annotations

import atexit
import gc
import os
from pathlib import Path
from typing import Any

import pytest

from greenroom.config import load
from greenroom.errors import GreenroomError
from greenroom.pytest_engine.quarantine import LINE as QUARANTINE
from greenroom.pytest_plugin import options
from greenroom.pytest_plugin.account import Account
from greenroom.pytest_plugin.around_fixtures import AroundFixtures
from greenroom.pytest_plugin.checks import Checks
from greenroom.pytest_plugin.databases import Databases
from greenroom.pytest_plugin.doctests import Doctests, is_available
from greenroom.pytest_plugin.fastpath.loop import FastPath
from greenroom.pytest_plugin.lending import Lending
from greenroom.pytest_plugin.retries import choice
from greenroom.pytest_plugin.run import RUN, PytestRun
from greenroom.pytest_plugin.scopes import Scopes
from greenroom.pytest_plugin.selection import Pipeline, Selection
from greenroom.pytest_plugin.surroundings import Surroundings
from greenroom.pytest_plugin.tests import Tests
from greenroom.reporters.choosing import paths_from_here

MARKS = {
    "unit": "unit: a test that needs nothing but Python (greenroom's kinds).",
    "database": "database: a test whose writes are rolled back (greenroom's kinds).",
    "destructive": "destructive: a test that commits (greenroom's kinds).",
    "http": "http: a test that talks to a server (greenroom's kinds).",
    "browser": "browser: a test that drives a browser (greenroom's kinds).",
    "quarantine": QUARANTINE,
    "requires": "requires(*names): skip the test where one of these resources is missing; see --require.",
}


def start(config: pytest.Config) -> None:
    """Put greenroom in place for a run of pytest.

    Raises:
        UsageError: the configuration is wrong.
    """
    given = options.given(config)
    if given["events"]:
        # On the command line a path is from where one is; in the file from where the file is.
        given["events"] = str(Path(str(given["events"])).absolute())
    given["report"] = paths_from_here(given["report"])  # type: ignore[arg-type]
    if config.getoption("create_db", default=False):
        given["fresh_db"] = "true"
    try:
        loaded = load(Path.cwd(), os.environ, given)
        run = config.stash[RUN] = PytestRun(config, loaded.config, loaded.root)
        run.overrides = loaded.overrides
        lending, checks = Lending(), Checks(run)
        parts: dict[str, Any] = {
            # What is to be done last of all is done by the last of these.
            "databases": (databases := Databases(run, checks, lending)),
            "scopes": (scopes := Scopes(run, lending)),
            "selection": Selection(run),
            **({"doctests": Doctests(run)} if is_available(config) else {}),
            "tests": (tests := Tests(run, checks, lending)),
            "around-fixtures": AroundFixtures(scopes, tests, databases),
            "surroundings": Surroundings(run),
            "account": (account := Account(run, tests.ask)),
            "fastpath": FastPath(run),
        }
        parts |= account.parts() | choice.begin(config, run)
    except GreenroomError as error:
        raise pytest.UsageError(str(error)) from None
    if run.config.pipeline:
        parts["pipeline"] = Pipeline(run)
    for name in MARKS.keys() & run.marks:
        config.addinivalue_line("markers", MARKS[name])
    for name, part in parts.items():
        config.pluginmanager.register(part, f"greenroom-{name}")
    from greenroom.pytest_plugin import fixtures

    config.pluginmanager.register(fixtures, "greenroom-fixtures")
    # At its very end Python looks twice through all that there is: with many tests for some tenths of a second.
    atexit.register(gc.freeze)
    if config.getoption("greenroom_workers", default=None) is not None:
        from greenroom.pytest_plugin.workers.choice import begin

        begin(config, run)
