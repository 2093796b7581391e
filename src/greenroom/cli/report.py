"""`greenroom report`: any report of recorded runs, of several shards as of one run."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Sequence
from pathlib import Path

from greenroom.cli.recordings import WHICH, Project, Teller, recording
from greenroom.cli.sending import SENDERS, send, send_left
from greenroom.config.arguments import add_greenroom_arguments
from greenroom.reporters.merging import merged
from greenroom.reporters.recording import read_recording


def run(arguments: Sequence[str]) -> int:
    """Write the report.

    Returns:
        The exit code of the recorded run, of several the worst; 3 where a recording ends in the middle.
    """
    parser = argparse.ArgumentParser("greenroom report", description=__doc__)
    parser.add_argument("name", metavar="NAME[:PATH]", help="A reporter, as for --report, e.g. junit:out.xml.")
    parser.add_argument(
        "files", nargs="*", metavar="file", help=f"{WHICH} Defaults to last; for kiwi to all that could not be sent."
    )
    add_greenroom_arguments(parser, {"report", "plugins"})
    options = parser.parse_args(list(arguments))
    sends = options.name.partition(":")[0] in SENDERS and not options.report
    if sends and not options.files:
        return send_left(options.name, options.plugins)
    paths = [recording(named) for named in options.files or ["last"]]
    for path in paths:
        next(read_recording(path))  # What can't be read is refused before a report is begun.
    if sends:
        return send(options.name, paths, options.plugins)
    teller = Teller(Project(options.plugins).reporting([options.name, *(options.report or ())], None))
    teller.tell(merged([(str(path), functools.partial(read_recording, path)) for path in paths]))
    return teller.end(Path(", ".join(map(str, paths))))
