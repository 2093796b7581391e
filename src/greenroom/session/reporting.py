"""The reporters of a run by `manage.py test` or `greenroom test`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.config.schema import Config
from greenroom.reporters.api import Reporter
from greenroom.reporters.choice import terminal_reporter
from greenroom.reporters.choosing import Reporting, open_reporting, warn
from greenroom.session.keeping import past_of

if TYPE_CHECKING:
    from greenroom.hooks.context import ReporterContext


def reporting_for(
    config: Config, root: Path, *, verbosity: int, no_color: bool, debugger: bool, told: bool
) -> Reporting:  # fmt: skip
    """Load the plugins of a run and make its reporters.

    Args:
        config: of the run.
        root: of the project.
        verbosity: as `-v` says.
        no_color: whether `--no-color` was given.
        debugger: whether failures open a debugger.
        told: whether the project has a result class of its own, which tells of the run at the terminal.

    Raises:
        GreenroomError: a reporter or plugin is not known, or can't write where it should.
    """
    environ: Mapping[str, str] = {**os.environ, "NO_COLOR": "1"} if no_color else os.environ

    def terminal() -> Reporter:
        return terminal_reporter(
            config.progress, sys.stderr, sys.stdout, environ, verbosity=verbosity, debugger=debugger
        )  # fmt: skip

    def context() -> ReporterContext:
        from greenroom.hooks.context import ReporterContext

        return ReporterContext(
            path=None, out=sys.stdout, err=sys.stderr, root=root, config=config, environ=environ, verbosity=verbosity,
            past=past_of(config, root, warn),
        )  # fmt: skip

    own = "the project has a result class of its own" if told else ""
    return open_reporting(config, root, context, None if told else terminal, refuse_terminal=own)
