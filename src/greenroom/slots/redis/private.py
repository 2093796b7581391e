"""A Redis server that is one worker's, on a socket in a folder that nobody else can enter."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path

from greenroom.running.ending import at_end
from greenroom.running.folders import make_folder, remove_folder, sweep, sweep_one, write_marker
from greenroom.running.processes import started
from greenroom.running.watching import Watcher, end_watcher, watch
from greenroom.slots.kept import SlotError
from greenroom.slots.redis import urls

PREFIX = "greenroom-redis-"
PROGRAMS = ("redis-server", "valkey-server")
DATABASES = 64
"""As many as a private server has; numbers above are told from each other no more."""
START = 30.0
"""Seconds that a server may take until it answers."""
_LONGEST_SOCKET = 103
"""The bytes of a path of a unix socket: 103 on macOS, 107 on Linux (unix(7))."""
_OTHER_PLACES = ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin")


def find_program() -> str:
    """The path of an installed server.

    Raises:
        SlotError: there is none.
    """
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_OTHER_PLACES])
    for name in PROGRAMS:
        found = shutil.which(name, path=path)
        if found:
            return str(Path(found).absolute())
    raise SlotError(
        "a private Redis for each worker takes the program redis-server, which is not installed",
        "Install it (apt-get install redis-server, brew install redis), or give tests a server: redis-server = "
        '"redis://localhost:6379/0" in [tool.greenroom].',
    )


class PrivateRedis:
    """A server that was started for this process.

    Raises:
        SlotError: it can't be started.
    """

    def __init__(self) -> None:
        program = find_program()
        place = _place()
        sweep([place], PREFIX)
        try:
            folder = make_folder(place, PREFIX)
        except OSError as error:
            raise SlotError(f"a private Redis has no place in {place}: {error.strerror or error}") from error
        self.socket = str(folder / "in" / "redis.sock")
        watcher = None
        try:
            watcher = watch(
                _command(program, self.socket),
                folder=folder,
                environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                stop=signal.SIGTERM,
            )
            self._await(watcher, folder)
        except BaseException:
            if watcher is not None:
                end_watcher(watcher.pid, started(watcher.pid))
            remove_folder(folder)
            raise
        finally:
            if watcher is not None:
                watcher.let_go()
        since = started(watcher.pid)
        at_end(lambda: _stop(watcher, since, folder))

    def url(self, url: str, *, kombu: bool) -> str:
        return urls.on_socket(self.socket, urls.database_of(url) % DATABASES, url, kombu=kombu)

    def flush(self) -> None:
        answer = _ask(self.socket, b"FLUSHALL\r\n")
        if answer != b"+OK":
            raise OSError(f"Redis did not flush: {answer.decode(errors='replace')}")

    def _await(self, watcher: Watcher, folder: Path) -> None:
        said = watcher.hear(START) or {}
        if "server" not in said:
            raise SlotError("a private Redis did not start", str(said.get("log", "")))
        about = {"watcher": watcher.pid, "server": said["server"]}
        write_marker(folder, about | {f"{who}_since": started(pid) for who, pid in about.items()})
        end = time.monotonic() + START
        while True:
            try:
                if _ask(self.socket, b"PING\r\n") == b"+PONG":
                    return
            except OSError as error:
                if time.monotonic() > end:
                    raise SlotError(f"a private Redis did not answer in {START:g} s: {error}") from error
            ended = watcher.hear(0.002)
            if ended is not None:
                raise SlotError("a private Redis ended while it started", str(ended.get("log", "")))


def _command(program: str, path: str) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": path,
        "unixsocketperm": "700",
        "databases": str(DATABASES),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "loglevel": "warning",
        "dir": str(Path(path).parent),
    }
    return [program, *(part for name, value in options.items() for part in (f"--{name}", value))]


def _place() -> Path:
    """Where its folder is made: a path of a socket must not be long."""
    longest = _LONGEST_SOCKET - len(f"/{PREFIX}12345678/in/redis.sock")
    for place in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - the folder in it gets a random name
        if len(os.fsencode(place)) <= longest and os.access(place, os.W_OK | os.X_OK):
            return Path(place)
    raise SlotError(
        f"a private Redis has no place: the path {tempfile.gettempdir()} is too long for a socket in it",
        "Set TMPDIR to a folder with a shorter path.",
    )


def _ask(path: str, command: bytes) -> bytes:
    """A command and its one line of an answer (inline commands of the Redis serialization protocol)."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(START)
        client.connect(path)
        client.sendall(command)
        answer = b""
        while not answer.endswith(b"\r\n"):
            more = client.recv(1024)
            if not more:
                raise ConnectionError("the server closed the connection")
            answer += more
    return answer.strip()


def _stop(watcher: Watcher, since: str, folder: Path) -> None:
    end_watcher(watcher.pid, since)
    sweep_one(folder)
