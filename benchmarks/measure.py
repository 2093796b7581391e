"""Run a command and measure it: wall time, CPU time of its whole process tree, output, and memory if asked."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

from benchmarks.model import Command, ContenderFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

ORPHAN_GRACE = 5.0
"""Seconds that processes left behind by a command may take to end on their own."""

_PR_SET_CHILD_SUBREAPER = 36


class Watcher(Protocol):
    """Looks on while a command runs, in a thread of its own."""

    def watch(self, pid: int, ended: threading.Event) -> None:
        """Look on until `ended` is set.

        Args:
            pid: the process that was started; it leads its own session and process group.
            ended: set when that process has ended.
        """


@dataclass(frozen=True)
class Finished:
    """A command that came to its end. Times are seconds."""

    started: float
    """`time.monotonic()` just before it was started: the clock of all processes of a machine."""
    wall: float
    cpu: float
    """User and system time of the process and all its descendants."""
    returncode: int
    """Negative: the signal that ended it."""
    output: str
    """Standard output and standard error, as they came."""
    timed_out: bool = False


@contextlib.contextmanager
def adopting_orphans() -> Iterator[None]:
    """Make this process the parent of what a command leaves behind, so that it can be waited for and its time counted.

    Only Linux can (prctl(2), PR_SET_CHILD_SUBREAPER); elsewhere the time of orphans is lost. It ends with the block:
    whoever else starts processes here does not expect to inherit any.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def run(command: Command, watcher: Watcher | None = None) -> Finished:
    """Run a command to its end, in a session of its own, and measure it.

    It is never left running: a timeout, an exception and Ctrl-C kill its process group.
    """
    with adopting_orphans(), tempfile.TemporaryFile() as output:
        cpu_before = _children_cpu()
        started = time.monotonic()
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=dict(command.env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        timed_out = _wait(process, command.timeout, watcher)
        wall = time.monotonic() - started
        _reap_orphans(process.pid)
        cpu = _children_cpu() - cpu_before
        return Finished(started, wall, cpu, process.returncode, _read(output), timed_out)


def run_checked(command: Command, watcher: Watcher | None = None) -> Finished:
    """Run a command that has to succeed.

    Raises:
        ContenderFailed: with its exit code and the end of its output.
    """
    finished = run(command, watcher)
    if finished.timed_out:
        raise ContenderFailed(f"killed after {command.timeout:.0f} s")
    if finished.returncode:
        raise ContenderFailed(f"exit code {finished.returncode}: {last_lines(finished.output)}")
    return finished


def last_lines(text: str, count: int = 3) -> str:
    """The end of an output in one line, for an error message."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-count:])[-400:]


def _wait(process: subprocess.Popen[bytes], timeout: float, watcher: Watcher | None) -> bool:
    """Wait for the end of a process and tell whether it had to be killed for its timeout.

    The wait has no timeout of its own: `Popen.wait(timeout)` polls, which would add up to 50 ms to every figure.
    """
    ended, late = threading.Event(), threading.Event()

    def expire() -> None:
        late.set()
        _kill_group(process.pid)

    timer = threading.Timer(timeout, expire)
    timer.daemon = True
    timer.start()
    looker = threading.Thread(target=watcher.watch, args=(process.pid, ended), daemon=True) if watcher else None
    if looker:
        looker.start()
    try:
        process.wait()
    except BaseException:
        _kill_group(process.pid)
        process.wait()
        raise
    finally:
        timer.cancel()
        ended.set()
        if looker:
            looker.join()
    return late.is_set()


def _reap_orphans(group: int) -> None:
    """Wait for the processes of a group that became ours; kill those that stay."""
    deadline = time.monotonic() + ORPHAN_GRACE
    while True:
        try:
            pid, _ = os.waitpid(-group, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > deadline:
                _kill_group(group)
            time.sleep(0.005)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _read(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace")
