"""The loop over all tests: each goes the fast path or the ordinary one."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from _pytest.unittest import UnitTestCase

from greenroom.pytest_plugin.fastpath import decision
from greenroom.pytest_plugin.fastpath.functions import FunctionLane, Functions
from greenroom.pytest_plugin.fastpath.items import LightTest, lighten
from greenroom.pytest_plugin.fastpath.lane import Lane
from greenroom.pytest_plugin.run import PytestRun


class FastPath:
    """Runs the tests of a run.

    Args:
        run: the run.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run
        self._reasons: dict[Any, str] = {}
        self._lane: Lane | None = None
        self._function_lane: FunctionLane | None = None
        self._functions = Functions()
        self._items: list[Any] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pycollect_makeitem(self) -> Generator[None, Any, Any]:
        """Have the tests of unittest's test cases be light."""
        result = yield
        # Plugins make lists of it.
        for node in result if isinstance(result, list) else (result,):
            if type(node) is UnitTestCase:
                lighten(node)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool | None:
        """Run all tests, where nobody else does."""
        stops = session.testsfailed and not session.config.option.continue_on_collection_errors
        others = stops or session.config.option.collectonly or self._run.workers
        if others or decision.about_run(self._run):
            return None
        try:
            for place, item in enumerate(session.items):
                nextitem = session.items[place + 1] if place + 1 < len(session.items) else None
                self.run(item, nextitem)
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
                if session.shouldstop:
                    raise session.Interrupted(session.shouldstop)
        finally:
            self.close()
        return True

    def run(self, item: Any, nextitem: Any) -> None:
        """Run one test; also for a loop of somebody else's, which calls `close()` at its end.

        Args:
            item: the test.
            nextitem: the one that runs after it, None after the last one.
        """
        if self._lane is None or self._function_lane is None:
            self._lane, self._function_lane = Lane(item.config), FunctionLane(item.config)
        if type(item) is LightTest and self._goes_fast(item):
            self._function_lane.close()
            self._lane.run(item, nextitem)
        elif item.__class__ is pytest.Function and self._functions.goes_fast(item):
            self._lane.close()
            lane: Any = self._function_lane
            lane.run(item, nextitem)
        else:
            self._lane.close()
            self._function_lane.close()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)

    def close(self) -> None:
        """The last test has run."""
        for lane in (self._lane, self._function_lane):
            if lane is not None:
                lane.close()
        self._lane = self._function_lane = None

    def _goes_fast(self, item: LightTest) -> bool:
        case: Any = item.parent
        if not case.is_set_up():
            return False
        reason = self._reasons.get(case)
        if reason is None:
            reason = self._reasons[case] = decision.about_case(case, self._run)
        return not reason and not decision.about_test(item)

    def pytest_collection_finish(self, session: Any) -> None:
        """Keep the tests, to explain how they run."""
        self._items = session.items

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Explain, where that is asked for."""
        if self._run.pytest.getoption("greenroom_explain_fast_path", default=False):
            terminalreporter.section("fast path")
            for line in (*decision.summary(self._run, self._items), *self._functions.summary(self._items)):
                terminalreporter.line(line)
