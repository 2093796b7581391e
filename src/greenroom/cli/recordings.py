"""What the commands about recorded runs have in common."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from greenroom.config import Config, load
from greenroom.errors import ExitCode
from greenroom.events import Event, RunFinished, TestFinished, TestStarted
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import Reporter
from greenroom.reporters.choosing import Reporting, open_reporting, paths_from_here, warn
from greenroom.reporters.runs import FOLDER, find_recording
from greenroom.session.keeping import past_of

WHICH = "A recording: a file, last, or a number: 1 is the last run, 2 the one before."


class Project:
    """The project that a command is called in, as far as recordings are concerned.

    Args:
        plugins: what the command line says of plugins.

    Raises:
        ConfigError: its configuration is wrong.
    """

    def __init__(self, plugins: object = None) -> None:
        loaded = load(Path.cwd(), os.environ, {"plugins": plugins})
        self.root: Path = loaded.root
        self.config: Config = loaded.config

    @property
    def folder(self) -> Path:
        """Where recordings are kept."""
        return self.root / self.config.directory / FOLDER

    def reporting(self, report: Iterable[str], terminal: Callable[[], Reporter] | None) -> Reporting:
        """The reporters that were asked for. What the configuration says of reports is about runs.

        Args:
            report: as `--report` says, paths from here.
            terminal: makes what tells at the terminal, where none of those does.
        """
        config = msgspec.structs.replace(self.config, report=tuple(paths_from_here(list(report)) or ()))

        def context() -> ReporterContext:
            return ReporterContext(
                path=None, out=sys.stdout, err=sys.stderr, root=self.root, config=config, environ=os.environ,
                replay=True, past=past_of(config, self.root, warn),
            )  # fmt: skip

        return open_reporting(config, self.root, context, terminal)


def recording(named: str) -> Path:
    """The recording that a user means.

    Raises:
        ConfigError: the configuration, which says where recordings are, is wrong.
        RecordingError: there is none of that name.
    """
    path = Path(named)
    # A file is one wherever it is; the others need a project.
    return path if named != "last" and path.is_file() else find_recording(named, Project().folder)


class Teller:
    """Tells reporters of recorded events.

    Args:
        reporting: who is told.
    """

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting
        self._running: dict[int, str] = {}
        self._code: int | None = None

    def tell(self, events: Iterable[Event]) -> None:
        """Tell all of them."""
        reporters = self._reporting.reporters
        for event in events:
            match event:
                case TestStarted():
                    self._running[event.index] = event.test
                case TestFinished():
                    self._running.pop(event.index, None)
                case RunFinished():
                    self._code = event.exit_code
                case _:
                    pass
            for reporter in reporters:
                if reporter.wants is None or type(event) in reporter.wants:
                    reporter.handle(event)
                reporter.flush()

    def end(self, path: Path) -> int:
        """Close the reports.

        Args:
            path: of the recording.

        Returns:
            The exit code of the run; 3 where its recording ends in the middle.
        """
        for reporter in self._reporting.reporters:
            reporter.close()
        if self._code is None:
            names = ", ".join(self._running.values())
            doing = f" It was running {names}." if names else ""
            print(
                f"\ngreenroom: the recording {path} ends in the middle: its run was killed, or is still going on.{doing}",
                file=sys.stderr,
            )
            return ExitCode.BROKEN
        return int(self._reporting.end(None, ExitCode.OK)) if self._code == ExitCode.OK else self._code
