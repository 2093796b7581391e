"""What can go wrong by a user's hand, and the exit codes of every front door.

A user's mistake is a `GreenroomError`: one line that says what was wrong and where, one that says what to do. It is
printed without a traceback. A traceback from greenroom is therefore always a bug in greenroom.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of `manage.py test` and of every `greenroom` command (see docs/reference/exit-codes.md)."""

    OK = 0
    """Every test that was asked for ran, and none failed."""
    FAILED = 1
    """At least one test failed, errored, crashed or succeeded unexpectedly; or a system check failed, as in Django."""
    USAGE = 2
    """An option or a configuration value was not understood. Nothing was run."""
    BROKEN = 3
    """The run could not be carried out or completed: a worker that can't start, a recording that can't be read."""
    NO_TESTS = 4
    """A label matched nothing, or nothing was left to run, and `--no-tests=pass` was not given."""
    PLUGIN_FAILED = 6
    """Nothing else went wrong, but a plugin or a reporter failed. (5 means under pytest that there were no tests.)"""
    NOT_COVERED = 7
    """Nothing else went wrong, but less is covered than `--coverage-fail-under`, or coverage.py's own limit, asks for."""
    INTERRUPTED = 130
    """Ctrl-C (SIGINT): what ran is reported, what did not is named."""


class GreenroomError(Exception):
    """A mistake that the user can mend.

    Args:
        message: one line naming what was wrong, and where.
        hint: what to do about it, naming the known alternatives; may be empty.
    """

    exit_code = ExitCode.BROKEN

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class ConfigError(GreenroomError):
    """A key or value of the configuration file, a `GREENROOM_*` variable or an option was not understood."""

    exit_code = ExitCode.USAGE


class NoTestsError(GreenroomError):
    """A label matched nothing, or the run was left with no test."""

    exit_code = ExitCode.NO_TESTS


class WorkerStartError(GreenroomError):
    """A worker process died or raised before it could take its first test."""


class RecordingError(GreenroomError):
    """A recorded event stream could not be read."""


class MissingExtraError(GreenroomError):
    """A feature was asked for whose optional packages are not installed."""

    exit_code = ExitCode.USAGE


class PluginError(GreenroomError):
    """A plugin or a reporter that was named does not exist, or has a hook that there is not."""

    exit_code = ExitCode.USAGE


class UnknownResourceError(GreenroomError):
    """A test, or `--require`, names a resource that does not exist."""

    exit_code = ExitCode.USAGE


def did_you_mean(name: str, known: Iterable[str], *, limit: int = 3) -> str:
    """Say which known names are nearest to a misspelt one, or, where none is near, all of them.

    Args:
        name: what the user wrote.
        known: the names that would have been right.
        limit: how many near names to offer at most.
    """
    from difflib import get_close_matches

    names = sorted(set(known))
    near = get_close_matches(name, names, n=limit, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"Known: {', '.join(names)}." if names else ""
