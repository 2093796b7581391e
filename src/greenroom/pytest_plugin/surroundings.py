"""What surrounds the tests of a process: its place, what is its own, the end of the report, the exit code."""

from __future__ import annotations

from typing import Any

import pytest

from greenroom.errors import GreenroomError
from greenroom.pytest_plugin.run import PytestRun
from greenroom.running import place

_NOTES, _TROUBLE = "greenroom_notes", "greenroom_trouble"


class Surroundings:
    """The beginning and the end of a run.

    Args:
        run: the run.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run
        place.enter(run.place, run.slot)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Give this process what the configuration says that each has for itself."""
        if self._run.is_worker or self._run.is_controller:
            from greenroom.pytest_plugin.workers.once import shared_of

            shared = shared_of(self._run.pytest)
            shared.arrive() if self._run.is_worker else shared.hold()
        if self._run.config.slots and not self._run.is_controller:
            from greenroom import slots

            try:
                slots.check()
                if not self._run.workers:
                    slots.settle()
            except GreenroomError as error:
                raise pytest.UsageError(str(error)) from None

    def pytest_collection(self, session: Any) -> None:
        """Fixtures of other plugins go before greenroom's of the same name, as those of conftest files do."""
        from greenroom.pytest_plugin import fixtures

        fixtures.step_back(session)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist's which run it is of."""
        node.workerinput["greenroom_run"] = self._run.place.run
        node.workerinput["greenroom_needs"] = sorted(self._run.needs)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take note of what a worker of xdist's has to say in the end."""
        told: dict[str, Any] = getattr(node, "workeroutput", {})
        for line in told.get(_NOTES, ()):
            self._run.say(line)
        self._run.trouble = self._run.trouble or told.get(_TROUBLE, "")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        """Let the run fail where system checks failed, and be fine without tests where it may."""
        if self._run.is_worker:
            output = self._run.pytest.workeroutput  # type: ignore[attr-defined]
            output[_NOTES], output[_TROUBLE] = self._run.notes, self._run.trouble
            return
        if self._run.is_controller:
            from greenroom.pytest_plugin.workers.once import shared_of

            shared_of(self._run.pytest).remove()
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._run.config.no_tests == "pass":
            session.exitstatus = pytest.ExitCode.OK
        elif session.exitstatus == pytest.ExitCode.OK and self._run.trouble:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What the user should know besides the tests."""
        if self._run.trouble:
            terminalreporter.section("system checks failed", red=True)
            terminalreporter.line(self._run.trouble)
            terminalreporter.line("The run fails for it. --checks=off leaves the system checks out.")
        for line in self._run.notes:
            terminalreporter.line(f"greenroom: {line}")

    def pytest_unconfigure(self) -> None:
        """The run is over."""
        place.leave()
