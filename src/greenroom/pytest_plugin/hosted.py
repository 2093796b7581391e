"""greenroom's fixtures and marks where greenroom's own runner runs pytest's tests.

The runner makes databases, runs the checks, keeps account and tells of the run. What is left is what tests themselves see.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from greenroom.pytest_plugin.around_fixtures import AroundFixtures
from greenroom.pytest_plugin.checks import Checks
from greenroom.pytest_plugin.lending import Lending
from greenroom.pytest_plugin.run import RUN, PytestRun
from greenroom.pytest_plugin.scopes import Scopes
from greenroom.pytest_plugin.selection import Selection
from greenroom.pytest_plugin.start import MARKS
from greenroom.pytest_plugin.tests import Tests
from greenroom.running.place import place


class Hosted:
    """The beginning and the end of a session.

    Args:
        lending: connections that other threads use.
        tests: what is done around tests.
    """

    def __init__(self, lending: Lending, tests: Tests) -> None:
        self._lending = lending
        self._tests = tests

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        """Ask the witnesses of a failure."""
        if call.excinfo is not None:
            self._tests.ask(item, call)

    def pytest_collection(self, session: Any) -> None:
        """Fixtures of other plugins go before greenroom's of the same name, as those of conftest files do."""
        from greenroom.pytest_plugin import fixtures

        fixtures.step_back(session)

    def pytest_sessionfinish(self) -> None:
        """The databases go: nobody may be connected to them."""
        self._lending.end()


def start_hosted(config: pytest.Config) -> None:
    """Put in place what tests see."""
    here = place()
    # The runner looks after the rest of the configuration.
    own = msgspec.structs.replace(here.config, checks="off", kind=(), pipeline=False, events=None)
    run = config.stash[RUN] = PytestRun(config, own, here.root)
    run.place = msgspec.structs.replace(here, config=own)
    lending = Lending()
    parts: dict[str, Any] = {
        "scopes": (scopes := Scopes(run, lending)),
        "selection": Selection(run),
        "tests": (tests := Tests(run, Checks(run), lending)),
        "around-fixtures": AroundFixtures(scopes, tests),
        "hosted": Hosted(lending, tests),
    }
    for name in MARKS.keys() & run.marks:
        config.addinivalue_line("markers", MARKS[name])
    for name, part in parts.items():
        config.pluginmanager.register(part, f"greenroom-{name}")
    from greenroom.pytest_plugin import fixtures

    config.pluginmanager.register(fixtures, "greenroom-fixtures")
