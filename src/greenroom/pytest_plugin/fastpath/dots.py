"""What pytest's terminal shows of a test that passed: a dot, and at the edge of the line how far the run is.

pytest asks five plugins what is to be shown of each report. Where it is known what they say of a test that passed, they are not asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from _pytest.config import Config
from _pytest.terminal import TerminalReporter

from greenroom.pytest_plugin.fastpath.items import STRUCTURED

_PASSED = "passed"
_WORDS = 16
"""More than what pytest writes at the edge of the line has besides two numbers of tests."""


def dots_of(reporter: TerminalReporter) -> Callable[[Any], object]:
    """What is called with the report of a call that passed, in place of the reporter's own function.

    Args:
        reporter: of a run in which only plugins of pytest's say what is shown.
    """
    if not STRUCTURED or reporter.config.get_verbosity(Config.VERBOSITY_TEST_CASES) > 0:
        return reporter.pytest_runtest_logreport
    return _Dots(reporter).tell


def starts_of(reporter: TerminalReporter) -> list[Callable[..., object]]:
    """What is called at the beginning of each test of one file, in place of the reporter's own function.

    Args:
        reporter: of pytest's terminal.
    """
    if reporter.showlongtestinfo:
        return [reporter.pytest_runtest_logstart]
    return [_Names(reporter).start] if reporter.showfspath else []


class _Names:
    """Shows the name of a file.

    Args:
        reporter: of pytest's terminal.
    """

    def __init__(self, reporter: TerminalReporter) -> None:
        self._reporter = reporter
        self._shown: Any = None

    def start(self, nodeid: str, location: Any) -> None:
        """As `TerminalReporter.pytest_runtest_logstart` does, which has nothing to write where it wrote the name last."""
        if self._shown is None or self._reporter.currentfspath is not self._shown:
            self._reporter.pytest_runtest_logstart(nodeid=nodeid, location=location)
            self._shown = self._reporter.currentfspath


class _Dots:
    """Writes dots.

    Args:
        reporter: of pytest's terminal.
    """

    def __init__(self, reporter: Any) -> None:
        self._reporter = reporter
        self._terminal = reporter._tw  # noqa: SLF001 - what its own function calls
        self._dot = self._terminal.markup(".", green=True)
        self._reserve = _WORDS + 2 * len(str(reporter._session.testscollected))  # noqa: SLF001
        self._seen = reporter._progress_nodeids_reported  # noqa: SLF001

    def tell(self, report: Any) -> None:
        """As `TerminalReporter.pytest_runtest_logreport` does.

        Where subtests failed pytest shows something else; but those are of its fixture, and no test that uses it goes the fast path.
        """
        reporter = self._reporter
        reporter._current_logreport = report  # noqa: SLF001
        reporter._tests_ran = True  # noqa: SLF001
        kept = reporter.stats.get(_PASSED)
        if kept is None:
            reporter._add_stats(_PASSED, [report])  # noqa: SLF001 - a new kind changes the colour of the line
        else:
            kept.append(report)
        self._seen.add(report.id)
        terminal = self._terminal
        terminal._current_line += "."  # noqa: SLF001
        terminal.write_raw(self._dot)
        line = terminal._current_line  # noqa: SLF001
        # Far from the edge the width, for which each letter is looked at, makes no difference.
        is_near = not line.isascii() or len(line) + self._reserve >= reporter._screen_width  # noqa: SLF001
        if is_near and reporter._show_progress_info and not reporter._is_last_item:  # noqa: SLF001
            reporter._write_progress_information_if_past_edge()  # noqa: SLF001
        terminal.flush()
