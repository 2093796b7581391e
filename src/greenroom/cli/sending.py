"""`greenroom report kiwi`: recordings, or journals that were left over, are sent one by one.

Each is a run of its own there: what of it has arrived already is found by what it is known by. The exit code is about the
sending: 0 where all has arrived, 6 where not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from greenroom.cli.recordings import Project
from greenroom.errors import ExitCode, GreenroomError
from greenroom.reporters.recording import read_recording

SENDERS = frozenset({"kiwi"})
"""The reporters that send a run somewhere."""


def send(report: str, paths: Sequence[Path], plugins: object) -> int:
    """Send recordings.

    Args:
        report: the reporter, with its path where it has one.
        paths: of the recordings.
        plugins: what the command line says of plugins.

    Returns:
        The exit code.
    """
    codes = []
    for path in paths:
        reporting = Project(plugins).reporting([report], None)
        for event in read_recording(path):
            for reporter in reporting.reporters:
                if reporter.wants is None or type(event) in reporter.wants:
                    reporter.handle(event)
        for reporter in reporting.reporters:
            reporter.close()
        codes.append(int(reporting.end(None, ExitCode.OK)))
    return max(codes)


def send_left(report: str, plugins: object) -> int:
    """Send all that is left over.

    Args:
        report: the reporter, with its path where it has one: that of the folder of journals.
        plugins: what the command line says of plugins.

    Returns:
        The exit code.
    """
    from greenroom.reporters.kiwi.leftovers import being_sent, waiting

    project = Project(plugins)
    path = report.partition(":")[2]
    folder = Path(path) if path else project.root / project.config.directory / "kiwi"
    others, found = being_sent(folder), waiting(folder)
    if others:
        print(f"greenroom: {others} {'are' if others > 1 else 'is'} being sent by other processes")
    elif not found:
        print(f"greenroom: nothing is left to be sent in {folder}")
    code = int(ExitCode.OK)
    for journal in found:
        try:
            code = max(code, send(report, [journal], plugins))
        except GreenroomError as error:  # One that can't be read keeps no other from being sent.
            print(f"greenroom: {error}", file=sys.stderr)
            code = max(code, int(ExitCode.PLUGIN_FAILED))
    return code
