"""What the maker of a reporter is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import msgspec

from greenroom.config.schema import Config
from greenroom.model import PastRun

Past = Callable[[Sequence[str]], Mapping[str, Sequence[PastRun]]]
"""Given the ids of tests it tells their earlier runs, oldest first; it never raises. A file is read: ask once, for all."""


class ReporterContext(msgspec.Struct, frozen=True, kw_only=True):
    """Where a reporter reports to, and about what. All that is about the run itself comes with its events."""

    path: Path | None
    """The file or folder after the colon of `--report NAME:PATH`, absolute; None where none was given."""
    out: TextIO
    """Standard output."""
    err: TextIO
    """Standard error, where the terminal's report goes."""
    root: Path
    """The root of the project; paths in events are relative to it."""
    config: Config
    environ: Mapping[str, str]
    verbosity: int = 1
    """As `-v` says, 0 to 3; events of a replayed run may say otherwise."""
    replay: bool = False
    """Whether the events are those of a recorded run: all its time passes at once."""
    past: Past | None = None
    """What earlier runs say about tests, the run itself perhaps among them; None where no history is kept."""

    @property
    def folder(self) -> Path:
        """Where greenroom keeps what it remembers of this project: `.greenroom`."""
        return self.root / self.config.directory

    def path_or(self, name: str) -> Path:
        """The path that was given, or else a file of this name in the folder of reports.

        Args:
            name: of the file, e.g. `junit.xml`.
        """
        return self.path if self.path is not None else self.folder / "reports" / name


ReporterFactory = Callable[[ReporterContext], Any]
"""Makes a `greenroom.reporters.api.Reporter`; a class with an `__init__(self, context)` is one.

It may raise a `GreenroomError` where the report can't be written: that is told before any test runs.
"""
