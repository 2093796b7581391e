"""Telling reporters of a test that passes, without those that do nothing then.

Where each of those who listen is known, those that do something are called directly, in the order of the hooks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from _pytest.terminal import TerminalReporter

from greenroom.pytest_plugin.fastpath.dots import dots_of, starts_of

_SILENT = frozenset({"_pytest.cacheprovider", "_pytest.logging", "_pytest.main", "_pytest.stepwise"})
"""Modules that do nothing when a set-up or tear-down passed, as far as no messages are shown live."""
_STATUS = frozenset({"_pytest.runner", "_pytest.skipping", "_pytest.subtests", "_pytest.terminal"})
"""Modules that say what the terminal shows of a phase; of such a one they say that it shows nothing."""
_SILENT_OF_CALLS = frozenset({"_pytest.logging", "_pytest.main"})
"""Those that do nothing when a call passed."""
_LISTENING = frozenset({"_pytest.junitxml", "greenroom.pytest_plugin.account", "greenroom.pytest_plugin.workers.calls"})
"""Modules whose own function is called."""
_OURS = frozenset({"_pytest.terminal", *_LISTENING})


class Told:
    """Those who are told of tests.

    Args:
        hooks: those of the tests.
    """

    def __init__(self, hooks: Any) -> None:
        self._hooks = hooks
        self.starts = self._of_places(hooks.pytest_runtest_logstart, starts_of)
        """Functions that are told that a test begins."""
        self.ends = self._of_places(hooks.pytest_runtest_logfinish)
        """Functions that are told that it is over."""
        self.reports = hooks.pytest_runtest_logreport
        """Tells everybody of a report."""
        everybody: list[Callable[[Any], object]] = [lambda report: self.reports(report=report)]
        quiet = self._listeners(_SILENT, _LISTENING, _keeper)
        self._quiet_ones = everybody if quiet is None else quiet
        passes = self._listeners(_SILENT_OF_CALLS, _LISTENING | _SILENT - _SILENT_OF_CALLS, dots_of)
        self._passes = everybody if passes is None else passes

    def of_pass(self, report: Any) -> None:
        """Tell of a call that passed."""
        for listen in self._passes:
            listen(report)

    def quietly(self, report: Any) -> None:
        """Tell of a set-up or a tear-down that passed, and that nobody shows."""
        for listen in self._quiet_ones:
            listen(report)

    def _listeners(
        self, silent: frozenset[str], listening: frozenset[str], of_terminal: Callable[[Any], Callable[[Any], object]]
    ) -> list[Callable[[Any], object]] | None:
        """Who is to be called with a report; None where somebody unknown listens: then all are told.

        Args:
            silent: modules that are left out.
            listening: modules whose own function is called.
            of_terminal: gives what is called in place of the terminal's.
        """
        found: list[Callable[[Any], object]] = []
        for each in reversed(self.reports.get_hookimpls()):
            module = getattr(each.function, "__module__", "")
            if each.wrapper or each.hookwrapper:
                return None
            if module in listening:
                found.append(each.function)
            elif type(each.plugin) is TerminalReporter:
                if not self._is_known_what_is_shown():
                    return None
                found.append(of_terminal(each.plugin))
            elif module not in silent and module != "_pytest.terminal":
                return None
        return found

    def _is_known_what_is_shown(self) -> bool:
        status = self._hooks.pytest_report_teststatus.get_hookimpls()
        return all(getattr(each.function, "__module__", "") in _STATUS for each in status)

    @staticmethod
    def _of_places(
        hook: Any, of_terminal: Callable[[Any], list[Callable[..., object]]] | None = None
    ) -> list[Callable[..., object]]:
        """Who is called with the id and the place of a test.

        Args:
            hook: by which they are called.
            of_terminal: gives who is called in place of the terminal's own function.
        """
        found: list[Callable[..., object]] = []
        for each in reversed(hook.get_hookimpls()):
            module = getattr(each.function, "__module__", "")
            if each.wrapper or each.hookwrapper or module not in _OURS | {"_pytest.logging"}:
                return [hook]
            if of_terminal is not None and type(each.plugin) is TerminalReporter:
                found += of_terminal(each.plugin)
            elif module != "_pytest.logging":
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
