"""Registries in processes of their own, with what Linux's /proc tells of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from benchmarks.measure import last_lines
from benchmarks.model import ContenderFailed
from benchmarks.processes import PROC, descendants, parent_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.model import Command

START = 90.0
"""Seconds that a server may take until it listens."""
STOP = 20.0
_LISTENING = "0A"


class Server:
    """A server that runs."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port

    def cpu(self) -> float:
        """User and system time of all its processes in seconds, to a hundredth."""
        return sum(ticks_of(_read(pid, "stat")) for pid in self._pids()) / os.sysconf("SC_CLK_TCK")

    def peaks(self) -> list[float]:
        """The peak resident memory of each of its processes in MB, as the kernel kept it."""
        return [peak for pid in self._pids() if (peak := peak_of(_read(pid, "status")))]

    def _pids(self) -> set[int]:
        parents = [
            (int(entry.name), parent_of(stat))
            for entry in PROC.iterdir()
            if entry.name.isdigit() and (stat := _read(int(entry.name), "stat"))
        ]
        return {self.pid, *descendants(self.pid, parents)}


@contextlib.contextmanager
def serving(command: Command) -> Iterator[Server]:
    """Run a server for the block. It chooses its port; its log is kept in the working directory.

    Raises:
        ContenderFailed: when it ends or does not listen in time.
    """
    log = command.cwd / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=dict(command.env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START
        while (port := listening_port(process.pid)) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise ContenderFailed(f"it does not listen: {last_lines(log.read_text(errors='replace'))}")
            time.sleep(0.02)
        yield Server(process.pid, port)
    finally:
        _stop(process)


def ticks_of(stat: str) -> int:
    """User and system time in the content of /proc/PID/stat, in clock ticks; 0 of a process that is gone."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) if fields else 0


def peak_of(status: str) -> float:
    """VmHWM in the content of /proc/PID/status, in MB of 1,000,000 bytes; 0 of a process that is gone."""
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0


def listening_port(pid: int) -> int | None:
    """The TCP port that a process listens at; None while there is none."""
    with contextlib.suppress(OSError):
        links = {str(entry.readlink()) for entry in (PROC / str(pid) / "fd").iterdir()}
        for line in _read(pid, "net/tcp").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and f"socket:[{fields[9]}]" in links:
                return int(fields[1].rpartition(":")[2], 16)
    return None


def _read(pid: int, name: str) -> str:
    try:
        return (PROC / str(pid) / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # it ended meanwhile


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; kill what is left of its group after that."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
