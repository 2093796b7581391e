"""Finds the subcommand, and turns a user's mistakes into one clear line and an exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import greenroom
from greenroom.errors import ExitCode, GreenroomError, did_you_mean

COMMANDS = {
    "test": "run tests, with the options of `manage.py test`",
    "list": "show what would run",
    "config": "show what is configured, and where each value comes from",
    "conform": "run a conformance suite against the project's live server: OCI's, or any that writes JUnit XML",
    "replay": "print the report of a recorded run",
    "report": "write any report of recorded runs, of several shards as of one",
    "rerun": "run the tests of a recorded run again, all or those that failed",
    "history": "show the last runs, the slowest and the flakiest tests, how a test fared",
    "diff": "show what is different between two recorded runs",
    "db": "show, remove, export and import snapshots of test databases; private database servers",
}
"""Each is a module of this package with a function `run(arguments) -> int`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand.

    Args:
        arguments: the command line without the program; that of the process when not given.

    Returns:
        The exit code, see `greenroom.errors.ExitCode`.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given else "--help"
    if name in {"-h", "--help", "help"}:
        print(_usage())
        return ExitCode.OK if given else ExitCode.USAGE
    if name in {"-V", "--version"}:
        print(f"greenroom {greenroom.__version__}")
        return ExitCode.OK
    if name not in COMMANDS:
        print(f"greenroom: there is no command {name!r}. {did_you_mean(name, COMMANDS)}", file=sys.stderr)
        return ExitCode.USAGE
    # As for `python -m` and manage.py: a project's modules are found from where the command is called.
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        code: int = importlib.import_module(f"greenroom.cli.{name}").run(given[1:])
    except GreenroomError as error:
        print(f"greenroom: {error}", file=sys.stderr)
        return error.exit_code
    return code


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "usage: greenroom COMMAND [options]\n\n" + "\n".join(lines) + "\n\n`greenroom COMMAND --help` tells more."
