"""Runs one server or other program, and takes it away when nobody needs it any more. A program of its own, started by `watching.py`.

It reads one line of JSON from its standard input, starts the server, and answers with one line. From then on it waits
until the process that started it has ended, however that was, or until it is told to stop (SIGTERM), or until the
server has ended. Then it stops the server and removes the folder. A line `keep` on its standard input means that the
server outlives the run. Standard library only: it runs with `-I -S`, so that it is there in a moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from typing import Any

POLL = 0.25
"""Seconds between two looks where the system cannot tell of a process's end by itself."""
PATIENCE = 5.0
"""Seconds that a server has to end by itself."""
PR_SET_PDEATHSIG = 1


class Watch:
    """A running server, and what is awaited.

    Args:
        spec: see `watching.py`.
        parent: the process id of the process that started this one.
    """

    def __init__(self, spec: dict[str, Any], parent: int) -> None:
        self.spec = spec
        self.parent = parent
        self.kept = False
        self.told = False
        self.server = 0
        self.code: int | None = None
        """The server's wait status, once it has ended."""
        self.wake, self._alarm = os.pipe()
        os.set_blocking(self._alarm, False)
        signal.set_wakeup_fd(self._alarm)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _stop(self, *_: object) -> None:
        self.told = True

    def start(self) -> None:
        """Start the server as its user."""
        prctl = _prctl()
        log = os.open(self.spec["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        me = os.getpid()
        self.server = os.fork()
        if self.server:
            os.close(log)
            return
        try:
            self._become_the_server(log, me, prctl)
        except BaseException as error:
            os.write(log, f"{error}\n".encode())
        os._exit(127)

    def _become_the_server(self, log: int, me: int, prctl: Any) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.closerange(3, 256)
        account = self.spec["account"]
        if account:
            os.setgroups([])
            os.setgid(account[1])
            os.setuid(account[0])
        if prctl:
            prctl(PR_SET_PDEATHSIG, self.spec["stop"], 0, 0, 0)
            if os.getppid() != me:
                return
        os.umask(0o077)
        os.chdir(self.spec["home"])
        command = self.spec["command"]
        os.execve(command[0], command, self.spec["environment"])  # noqa: S606  a shell is what this avoids

    def wait(self) -> None:
        """Return when the server is not needed any more, or has ended."""
        poll = select.poll()
        poll.register(self.wake, select.POLLIN)
        poll.register(0, select.POLLIN)
        handle = _pidfd(self.parent)
        if handle is not None:
            poll.register(handle, select.POLLIN)
        while not self.told and not self._ended() and (self.kept or os.getppid() == self.parent):
            for ready, _ in poll.poll(None if handle is not None or self.kept else POLL * 1000):
                if ready == self.wake:
                    os.read(self.wake, 512)
                elif ready == 0:
                    line = os.read(0, 512)
                    self.kept = self.kept or line.startswith(b"keep")
                    if not line:
                        poll.unregister(0)
                if handle is not None and self.kept:
                    poll.unregister(handle)
                    handle = None

    def _ended(self) -> bool:
        if self.code is None:
            done, code = os.waitpid(self.server, os.WNOHANG)
            self.code = code if done else None
        return self.code is not None

    def stop(self) -> None:
        """End the server, by force when it does not end by itself."""
        for number in (self.spec["stop"], signal.SIGKILL):
            if self._ended():
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.server, number)
            end = time.monotonic() + PATIENCE
            while not self._ended() and time.monotonic() < end:
                time.sleep(0.002)


def _pidfd(pid: int) -> int | None:
    """What becomes readable when a process ends; None where there is no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _prctl() -> Any:
    """The call by which the server ends with this process, even when that is killed; Linux alone has it."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import ctypes

        return ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None


def say(**what: object) -> None:
    """Answer the process that started this one; it may be gone."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(what).encode() + b"\n")


def tail(path: str) -> str:
    """The end of what the server said."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 2000))
            return file.read().decode(errors="replace").strip()
    except OSError:
        return ""


def remove(folder: str, marker: str) -> None:
    """Remove the folder, if its marker says that greenroom made it."""
    import shutil

    try:
        with open(marker, encoding="utf-8") as file:
            mine = json.load(file)["folder"] == folder
    except (OSError, ValueError, KeyError):
        return
    if not mine:
        return
    # The children of a server that was killed may still write; without all gone, the marker stays for the next run.
    inside, end = f"{folder}/in", time.monotonic() + PATIENCE
    while os.path.lexists(inside) and time.monotonic() < end:
        shutil.rmtree(inside, ignore_errors=True)
        if os.path.lexists(inside):
            time.sleep(0.01)
    if not os.path.lexists(inside):
        shutil.rmtree(folder, ignore_errors=True)


def read_line() -> bytes:
    """One line of the standard input, and nothing of what follows it."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 1)
        if not more:
            break
        line += more
    return line


def main() -> None:
    """Start, wait, stop, remove."""
    parent = os.getppid()
    with contextlib.suppress(OSError):
        os.setsid()
    os.closerange(3, 1024)
    spec = json.loads(read_line() or b"null")
    if spec is None:
        return
    # Has it ended while this program was being loaded, then the process that took its place is not the parent.
    watch = Watch(spec, spec["parent"])
    if parent == spec["parent"]:
        watch.start()
        say(server=watch.server)
        watch.wait()
        watch.stop()
        say(ended=watch.code, log=tail(spec["log"]))
    remove(spec["folder"], spec["marker"])


if __name__ == "__main__":
    main()
