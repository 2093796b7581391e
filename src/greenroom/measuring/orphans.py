"""Processes that outlive the one that started them, and have something to write at their end."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_POLL = 0.01
"""Seconds between two looks."""


def adopt_orphans() -> None:
    """Become the parent of all processes of the run whose own parent has ended (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def outlast_orphans(seconds: float) -> None:
    """Wait for the Python processes that are left of the run (Linux).

    Those that multiprocessing has for its own ends, such as the resource tracker, end a moment after the run; they are
    measured too, and write what they have. What tests leave running for good is not waited for any longer.

    Args:
        seconds: to wait at most.
    """
    end = time.monotonic() + seconds
    while any(map(_is_python, _children())) and time.monotonic() < end:
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(_POLL)


def _children() -> Iterator[int]:
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            yield from map(int, file.read_text().split())


def _is_python(pid: int) -> bool:
    """Whether a process runs Python. One that has ended and was not waited for counts until it is."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "Z" or "python" in Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return False
