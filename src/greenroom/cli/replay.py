"""`greenroom replay`: the report of a recorded run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from greenroom.cli.recordings import WHICH, Project, Teller, recording
from greenroom.config.arguments import add_greenroom_arguments
from greenroom.reporters.api import Reporter
from greenroom.reporters.choice import replay_reporter
from greenroom.reporters.choosing import Reporting
from greenroom.reporters.recording import read_recording


def run(arguments: Sequence[str]) -> int:
    """Print what the run printed.

    Returns:
        The exit code of the recorded run; 3 for a recording that ends in the middle of it.
    """
    parser = argparse.ArgumentParser("greenroom replay", description=__doc__)
    parser.add_argument("file", nargs="?", default="last", help=f"{WHICH} Defaults to last.")
    parser.add_argument(
        "--progress",
        choices=("dots", "live"),
        default="dots",
        help="dots: the classic report; live: failures where they happened, as the live view prints them.",
    )
    add_greenroom_arguments(parser, {"report", "plugins"})
    options = parser.parse_args(list(arguments))
    path = recording(options.file)
    teller = Teller(_reporting(options))
    teller.tell(read_recording(path))
    return teller.end(path)


def _reporting(options: argparse.Namespace) -> Reporting:
    def terminal() -> Reporter:
        return replay_reporter(options.progress, sys.stderr, sys.stdout, os.environ)

    if not options.report and not options.plugins:
        return Reporting([terminal()])
    return Project(options.plugins).reporting(options.report or (), terminal)
