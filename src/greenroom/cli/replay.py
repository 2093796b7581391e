"""`greenroom replay`: the report of a recorded run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from greenroom.config import Config, load
from greenroom.config.arguments import add_greenroom_arguments
from greenroom.errors import ExitCode
from greenroom.events import RunFinished, TestFinished, TestStarted
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import Reporter
from greenroom.reporters.choice import replay_reporter
from greenroom.reporters.choosing import Reporting, open_reporting, paths_from_here
from greenroom.reporters.recording import read_recording


def run(arguments: Sequence[str]) -> int:
    """Print what the run printed.

    Returns:
        The exit code of the recorded run; 3 for a recording that ends in the middle of it.
    """
    parser = argparse.ArgumentParser("greenroom replay", description=__doc__)
    parser.add_argument("file", type=Path, help="What `--events FILE` wrote.")
    parser.add_argument(
        "--progress",
        choices=("dots", "live"),
        default="dots",
        help="dots: the classic report; live: failures where they happened, as the live view prints them.",
    )
    add_greenroom_arguments(parser, {"report", "plugins"})
    options = parser.parse_args(list(arguments))
    reporting = _reporting(options)
    code: int | None = None
    running: dict[int, str] = {}
    for event in read_recording(options.file):
        match event:
            case TestStarted():
                running[event.index] = event.test
            case TestFinished():
                running.pop(event.index, None)
            case RunFinished():
                code = event.exit_code
            case _:
                pass
        for reporter in reporting.reporters:
            if reporter.wants is None or type(event) in reporter.wants:
                reporter.handle(event)
            reporter.flush()
    for reporter in reporting.reporters:
        reporter.close()
    if code is None:
        names = ", ".join(running.values())
        doing = f" It was running {names}." if names else ""
        print(
            f"\ngreenroom: the recording {options.file} ends in the middle: its run was killed.{doing}", file=sys.stderr
        )
        return ExitCode.BROKEN
    return int(reporting.end(None, ExitCode.OK)) if code == ExitCode.OK else code


def _reporting(options: argparse.Namespace) -> Reporting:
    """The reporters that were asked for. What the configuration says of reports is about runs."""

    def terminal() -> Reporter:
        return replay_reporter(options.progress, sys.stderr, sys.stdout, os.environ)

    if not options.report and not options.plugins:
        return Reporting([terminal()])
    loaded = load(Path.cwd(), os.environ, {"plugins": options.plugins})
    config = msgspec.structs.replace(loaded.config, report=tuple(paths_from_here(options.report) or ()))
    return open_reporting(config, loaded.root, lambda: _context(config, loaded.root), terminal)


def _context(config: Config, root: Path) -> ReporterContext:
    return ReporterContext(
        path=None, out=sys.stdout, err=sys.stderr, root=root, config=config, environ=os.environ, replay=True
    )
