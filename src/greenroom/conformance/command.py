"""Running a program that is not trusted to end: with a time limit, its output in a file, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from greenroom.errors import GreenroomError
from greenroom.execute.exceptions import bounded

_GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL."""
_POLL = 0.02
_SHOWN = 4_000
"""Characters of the output that a message quotes."""


class ProgramError(GreenroomError):
    """A program could not be started, or took longer than it may."""


def run_command(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str], limit: float, folder: Path | None = None
) -> int:
    """Run a program in a session of its own, and wait for it.

    Whatever ends the waiting (the limit, Ctrl-C, the end of this run), the program and all that it started in its session
    are ended: asked by SIGTERM, and killed where that does not help.

    Args:
        command: the program and its arguments.
        log: the file for all that it prints.
        environment: its whole environment.
        limit: seconds that it may take.
        folder: where it runs; here when not given.

    Returns:
        Its exit code; minus the number of the signal that killed it.

    Raises:
        ProgramError: it could not be started, or took too long.
    """
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                list(command),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise ProgramError(f"{command[0]} can't be run: {getattr(error, 'strerror', None) or error}") from error
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        raise ProgramError(
            f"{command[0]} was ended: it took longer than {limit:g} seconds", tail(log) or "It printed nothing."
        ) from None
    finally:
        _end_session(process)


def tail(log: Path) -> str:
    """The last lines of what a program printed."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _SHOWN))
            data = file.read()
    except OSError:
        return ""
    return bounded(data.decode("utf-8", "replace").strip())


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the session: also children that outlived the program itself."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while _alive(process) and time.monotonic() < deadline:
            time.sleep(_POLL)
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)


def _alive(process: subprocess.Popen[bytes]) -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
