"""`greenroom replay`: the report of a recorded run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from greenroom.errors import ExitCode
from greenroom.events import RunFinished, TestFinished, TestStarted
from greenroom.reporters.choice import replay_reporter
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
    options = parser.parse_args(list(arguments))
    reporter = replay_reporter(options.progress, sys.stderr, sys.stdout, os.environ)
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
        reporter.handle(event)
        reporter.flush()
    reporter.close()
    if code is None:
        names = ", ".join(running.values())
        doing = f" It was running {names}." if names else ""
        print(
            f"\ngreenroom: the recording {options.file} ends in the middle: its run was killed.{doing}", file=sys.stderr
        )
        return ExitCode.BROKEN
    return code
