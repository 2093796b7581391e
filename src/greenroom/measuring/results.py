"""Puts together what processes have measured, and reports it: all by coverage.py's own commands."""

from __future__ import annotations

import sys
from pathlib import Path

from coverage.cmdline import main as coverage

from greenroom.errors import ExitCode
from greenroom.measuring.wish import FORMATS, Wish

_UNDER = 2
"""How `coverage report` ends where less is covered than was asked for."""


def combine(data: Path) -> bool:
    """Put everything into the one data file that the configuration of coverage.py names.

    Args:
        data: the folder with the files of all processes.

    Returns:
        Whether there was anything.
    """
    return not _coverage("combine", "--quiet", str(data))


def report(wish: Wish) -> ExitCode:
    """Print and write the reports.

    Returns:
        `NOT_COVERED` where less is covered than was asked for; `FAILED` where a report can't be made.
    """
    limit = [] if wish.fail_under is None else [f"--fail-under={wish.fail_under:g}"]
    if wish.table:
        print()
    code = _coverage("report", *limit, *([] if wish.table else ["--format=total"]))
    for each in wish.reports:
        place = [FORMATS[each.format], each.path] if each.path else []
        # Said once is enough.
        if _coverage(each.format, "--fail-under=0", *place):
            return ExitCode.FAILED
    if code == _UNDER:
        return ExitCode.NOT_COVERED
    return ExitCode.FAILED if code else ExitCode.OK


def _coverage(*arguments: str) -> int:
    sys.stdout.flush()
    code = coverage(list(arguments))
    sys.stdout.flush()
    return code or 0
