"""Telling a process from a later one that has the same id."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from pathlib import Path


def started(pid: int) -> str:
    """When a process started, in the system's own terms; empty when there is none or it has ended.

    A process id and this text together name one process for as long as the machine runs.
    """
    if pid <= 0:
        return ""
    try:
        # proc_pid_stat(5): what follows the name, which is in brackets and may hold anything, starts with field 3.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() else _asked(pid)
    ended = fields[0] in {b"Z", b"X"}
    return "" if ended else f"{_boot()} {fields[19].decode()}"


def space() -> str:
    """Within which bounds process ids of this process mean anything: its PID namespace, empty where there is none.

    Containers may share a folder for temporary files, and not see each other's processes (pid_namespaces(7)).
    """
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def alive(pid: int, since: str) -> bool:
    """Whether the process that had this id and start is still there."""
    return bool(since) and started(pid) == since


def gone(pid: int, since: str, seconds: float) -> bool:
    """Wait for a process to end; whether it did in time."""
    end = time.monotonic() + seconds
    while alive(pid, since):
        _reap(pid)
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    _reap(pid)
    return True


def _reap(pid: int) -> None:
    """Take note of the end of a child; another's is not ours to wait for."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _boot() -> str:
    """Which start of the system this is: after a restart process ids and times come again."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _asked(pid: int) -> str:
    """The same from ps, where there is no /proc (macOS)."""
    done = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, since = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else since.strip()
