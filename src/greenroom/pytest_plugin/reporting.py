"""greenroom's reporters and plugins in a run of pytest. What stands on the terminal stays pytest's."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import pytest

from greenroom.errors import ExitCode
from greenroom.events import Event, RunFinished
from greenroom.pytest_plugin.run import PytestRun
from greenroom.reporters.api import Reporter
from greenroom.reporters.choosing import Reporting, open_reporting, warn
from greenroom.session.keeping import past_of

if TYPE_CHECKING:
    from greenroom.hooks.context import ReporterContext
    from greenroom.hooks.plugins import Plugins

_OURS = {ExitCode.FAILED: int(pytest.ExitCode.TESTS_FAILED), ExitCode.PLUGIN_FAILED: int(ExitCode.PLUGIN_FAILED)}


class Reports:
    """The reporters of a run.

    Args:
        run: the run.

    Raises:
        GreenroomError: a reporter or plugin is not known, or can't write where it should.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run
        self._reporting: Reporting = open_reporting(
            run.config, run.place.root, self._context, None, refuse_terminal="there pytest tells of the run"
        )
        self.needs = self._reporting.needs

    def _context(self) -> ReporterContext:
        from greenroom.hooks.context import ReporterContext

        return ReporterContext(
            path=None,
            out=sys.stdout,
            err=sys.stderr,
            root=self._run.place.root,
            config=self._run.config,
            environ=os.environ,
            verbosity=1 + int(self._run.pytest.getoption("verbose", 0)),
            past=past_of(self._run.config, self._run.place.root, warn),
        )

    @property
    def reporters(self) -> Sequence[Reporter]:
        """Those of greenroom's."""
        return self._reporting.reporters

    @property
    def listeners(self) -> list[Callable[[Event], None]]:
        """What is told of each event."""
        return [_listener(reporter) for reporter in self._reporting.reporters]

    @property
    def plugins(self) -> Plugins | None:
        """Greenroom's plugins; None where there are none."""
        return self._reporting.plugins

    @property
    def has_any(self) -> bool:
        """Whether anybody is told of the run."""
        return bool(self._reporting.reporters)

    def broken(self, names: Iterable[str]) -> None:
        """Plugins failed in other processes."""
        if (plugins := self._reporting.plugins) is not None:
            plugins.failed += [name for name in names if name not in plugins.failed]

    def wants(self, kind: type) -> bool:
        """Whether any of them handles events of a class."""
        return self._reporting.wants(kind)

    def begin(self) -> None:
        """The run begins."""
        self._reporting.begin(self._run.place.root, self._run.config)

    def end(self, finished: RunFinished) -> int | None:
        """Close the reports.

        Returns:
            The exit code of pytest, where a reporter or a plugin has changed it.
        """
        for reporter in self._reporting.reporters:
            reporter.close()
        code = self._reporting.end(finished, ExitCode(finished.exit_code))
        return None if code == finished.exit_code else _OURS.get(code)


def _listener(reporter: Reporter) -> Callable[[Event], None]:
    def tell(event: Event) -> None:
        wants = reporter.wants
        if wants is None or type(event) in wants:
            reporter.handle(event)

    return tell
