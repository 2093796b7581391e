"""Telling reporters of a test that passes, without those that do nothing then.

Where each of those who listen is known, those that do something are called directly, in the order of the hooks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from _pytest.terminal import TerminalReporter

_SILENT = frozenset({"_pytest.cacheprovider", "_pytest.logging", "_pytest.main", "_pytest.stepwise"})
"""Modules that do nothing when a set-up or tear-down passed, as far as no messages are shown live."""
_STATUS = frozenset({"_pytest.runner", "_pytest.skipping", "_pytest.subtests", "_pytest.terminal"})
"""Modules that say what the terminal shows of a phase; of such a one they say that it shows nothing."""
_LISTENING = frozenset({"_pytest.junitxml", "greenroom.pytest_plugin.account", "greenroom.pytest_plugin.workers.calls"})
"""Modules whose own function is called."""
_OURS = frozenset({"_pytest.terminal", "greenroom.pytest_plugin.scopes", *_LISTENING})


class Told:
    """Those who are told of tests.

    Args:
        hooks: those of the tests.
    """

    def __init__(self, hooks: Any) -> None:
        self._hooks = hooks
        self.starts = self._of_places(hooks.pytest_runtest_logstart)
        """Functions that are told that a test begins."""
        self.ends = self._of_places(hooks.pytest_runtest_logfinish)
        """Functions that are told that it is over."""
        self.reports = hooks.pytest_runtest_logreport
        """Tells everybody of a report."""
        quiet = self._quiet()
        self._quiet_ones = [lambda report: self.reports(report=report)] if quiet is None else quiet

    def quietly(self, report: Any) -> None:
        """Tell of a set-up or a tear-down that passed, and that nobody shows."""
        for listen in self._quiet_ones:
            listen(report)

    def _quiet(self) -> list[Callable[[Any], object]] | None:
        """None where somebody unknown listens: then all are told."""
        found: list[Callable[[Any], object]] = []
        for each in reversed(self.reports.get_hookimpls()):
            module = getattr(each.function, "__module__", "")
            if each.wrapper or each.hookwrapper:
                return None
            if module in _LISTENING:
                found.append(each.function)
            elif type(each.plugin) is TerminalReporter:
                if not self._shows_nothing():
                    return None
                found.append(_keeper(each.plugin))
            elif module not in _SILENT and module != "_pytest.terminal":
                return None
        return found

    def _shows_nothing(self) -> bool:
        status = self._hooks.pytest_report_teststatus.get_hookimpls()
        return all(getattr(each.function, "__module__", "") in _STATUS for each in status)

    @staticmethod
    def _of_places(hook: Any) -> list[Callable[..., object]]:
        """Who is called with the id and the place of a test."""
        found: list[Callable[..., object]] = []
        for each in reversed(hook.get_hookimpls()):
            module = getattr(each.function, "__module__", "")
            if each.wrapper or each.hookwrapper or module not in _OURS | {"_pytest.logging"}:
                return [hook]
            if module != "_pytest.logging":
                found.append(each.function if each.argnames else _without_arguments(each.function))
        return found


def _without_arguments(function: Callable[[], object]) -> Callable[..., object]:
    def call(**_arguments: Any) -> object:
        return function()

    return call


def _keeper(reporter: TerminalReporter) -> Callable[[Any], object]:
    """What the terminal's reporter keeps: `--durations` counts such phases too."""

    def keep(report: Any) -> None:
        reporter._tests_ran = True  # noqa: SLF001 - what its own function does
        kept = reporter.stats.get("")
        if kept is None:
            reporter._add_stats("", [report])  # noqa: SLF001 - a new kind changes the colour of the line
        else:
            kept.append(report)

    return keep
