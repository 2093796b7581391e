"""Runs a browser's driver, and takes it and all its browsers away when nobody needs them any more. A program of its own.

    python -I -S keeper.py FOLDER PROGRAM ARGUMENT...

It starts the program with its own standard streams, and waits until the process that started it has ended, however that
was, or until it is told to stop (SIGTERM), or until the program has ended. Then it kills all that descends from the
program, also what let itself be adopted, and removes the folder's `in/` and the folder:
profiles and temporary files are in it. Its exit
code is that of the program. Standard library only: it runs with `-I -S`, so that it is there in a moment.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

POLL = 0.25
"""Seconds between two looks where the system cannot tell of a process's end by itself."""
GRACE = 2.0
"""Seconds that the program has to end by itself when it is told to stop."""
PATIENCE = 5.0
"""Seconds until what can't be killed is left alone."""
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class Keeper:
    """A running program, and what is awaited.

    Args:
        folder: removed at the end.
        command: the program and its arguments.
        parent: the process id of the process that started this one.
    """

    def __init__(self, folder: str, command: list[str], parent: int) -> None:
        self.folder = folder
        self.command = command
        self.parent = parent
        self.told = False
        self.code: int | None = None
        """The exit code of the program, once it has ended."""
        self.wake, self._alarm = os.pipe()
        os.set_blocking(self._alarm, False)
        signal.set_wakeup_fd(self._alarm)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.prctl = _prctl()
        if self.prctl:
            # What loses its parent below here is given to this process: nothing gets away.
            self.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        with contextlib.suppress(OSError), open(f"{folder}/in/keeper", "w", encoding="utf-8") as file:
            file.write(str(os.getpid()))
        self.pid = self._start()

    def _stop(self, *_: object) -> None:
        self.told = True

    def _start(self) -> int:
        me = os.getpid()
        pid = os.fork()
        if pid:
            # Whoever reads what the program writes must see the end when the program ends.
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            return pid
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            if self.prctl:
                self.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() == me:
                os.execv(self.command[0], self.command)  # noqa: S606  a shell is what this avoids
        except BaseException as error:
            os.write(2, f"{self.command[0]}: {error}\n".encode())
        os._exit(127)

    def wait(self) -> None:
        """Return when the program is not needed any more, or has ended."""
        poll = select.poll()
        poll.register(self.wake, select.POLLIN)
        handle = _pidfd(self.parent)
        if handle is not None:
            poll.register(handle, select.POLLIN)
        while not self.told and not self._ended() and os.getppid() == self.parent:
            for ready, _ in poll.poll(None if handle is not None else POLL * 1000):
                if ready == self.wake:
                    os.read(self.wake, 512)

    def _ended(self) -> bool:
        if self.code is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if done else None
        return self.code is not None

    def end(self) -> None:
        """End the program and all that comes of it, and remove the folder."""
        if self.told and not self._ended():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
            until = time.monotonic() + GRACE
            while not self._ended() and time.monotonic() < until:
                time.sleep(0.005)
        until = time.monotonic() + PATIENCE
        while self._kill_all() and time.monotonic() < until:
            time.sleep(0.005)
        remove(self.folder)

    def _kill_all(self) -> bool:
        """Kill what is left, and say whether there was anything."""
        left = set(_descendants(os.getpid()) if self.prctl else _named(self.folder))
        if not self._ended():
            left.add(self.pid)
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                done, status = os.waitpid(-1, os.WNOHANG)
                if not done:
                    break
                if done == self.pid:
                    self.code = os.waitstatus_to_exitcode(status)
        return bool(left)


def remove(folder: str) -> None:
    """Remove the folder; the marker in it goes last, so that the next run tries again what can't be removed now."""
    import shutil

    inside = f"{folder}/in"
    shutil.rmtree(inside, ignore_errors=True)
    if not os.path.lexists(inside):
        shutil.rmtree(folder, ignore_errors=True)


def _descendants(root: int) -> Iterator[int]:
    """The living processes below one, by `/proc`."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - pathlib takes its time to load
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{entry}/stat", "rb") as file:
                    # The name in brackets may hold anything.
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
                if state != b"Z":
                    children.setdefault(int(parent), []).append(int(entry))
    todo = [root]
    while todo:
        below = children.get(todo.pop(), [])
        yield from below
        todo += below


def _named(folder: str) -> Iterator[int]:
    """The processes whose command line names the folder, where there is no `/proc` and nothing is adopted."""
    listed = subprocess.run(
        ["ps", "-axo", "pid=,command="], capture_output=True, text=True, errors="replace", check=False
    )
    for line in listed.stdout.splitlines():
        pid, _, command = line.strip().partition(" ")
        if folder in command and int(pid) != os.getpid():
            yield int(pid)


def _pidfd(pid: int) -> int | None:
    """What becomes readable when a process ends; None where there is no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _prctl() -> Any:
    """How a process is told of its parent's end, and made to adopt; Linux alone has it."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        return ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None


def main() -> int:
    """Start, wait, end."""
    parent = os.getppid()
    # A Ctrl-C at the terminal is for the tests, which end their browsers themselves.
    with contextlib.suppress(OSError):
        os.setsid()
    keeper = Keeper(sys.argv[1], sys.argv[2:], parent)
    keeper.wait()
    keeper.end()
    code = keeper.code
    return 128 + signal.SIGKILL if code is None else code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
