"""A running Kiwi TCMS on a free port of loopback, with a database of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.kiwi.install import PASSWORD, Kiwi

LONGEST = 60.0
"""Seconds that it may take to answer for the first time."""
_LOG = "%(r)s %(s)s %({Referer}i)s"
_JSON = {"Content-Type": "application/json"}
"""Without it 16.0 and newer do not know what they are sent."""
_LOGIN = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "Auth.login", "params": ["tester", PASSWORD]}).encode()


class KiwiServer:
    """A server; `start()` starts it, and starts it again after `kill()` with all that was in it.

    Args:
        kiwi: the installation.
        folder: an empty folder for its files.
        zone: the time zone of its dates.
    """

    def __init__(self, kiwi: Kiwi, folder: Path, zone: str = "Etc/UTC") -> None:
        self.database = folder / "kiwi.sqlite3"
        self.log = folder / "access.log"
        self._kiwi = kiwi
        self._folder = folder
        self._zone = zone
        self._process: subprocess.Popen[bytes] | None = None
        shutil.copyfile(kiwi.template, self.database)
        self._socket: socket.socket | None = _listening(0)
        self.port = self._socket.getsockname()[1]
        with self.writing() as db:
            db.execute("update django_site set domain = ?", [f"127.0.0.1:{self.port}"])

    @property
    def url(self) -> str:
        """As it stands in people's configurations."""
        return f"http://127.0.0.1:{self.port}/xml-rpc/"

    def variables(self, user: str = "tester") -> dict[str, str]:
        """What a client is configured by."""
        return {"TCMS_API_URL": self.url, "TCMS_USERNAME": user, "TCMS_PASSWORD": PASSWORD}

    def start(self) -> None:
        """Start it, and wait until it answers."""
        if self._socket is None:
            self._socket = _listening(self.port)
        fd = self._socket.fileno()
        command = [
            str(self._kiwi.python), "-m", "gunicorn", "tcms.wsgi", "--bind", f"fd://{fd}", "--workers", "1",
            "--threads", "4", "--keep-alive", "30", "--timeout", "120", "--graceful-timeout", "1", "--no-control-socket",
            "--access-logfile", str(self.log), "--access-logformat", _LOG,
        ]  # fmt: skip
        with (self._folder / "server.log").open("ab") as output:
            self._process = subprocess.Popen(
                command, env={**self._kiwi.environment(self.database), "KIWI_TIME_ZONE": self._zone}, pass_fds=[fd], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, cwd=self._folder, start_new_session=True,
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + LONGEST
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError):
                asked = urllib.request.Request(self.url.replace("xml-rpc", "json-rpc"), _LOGIN, _JSON)
                urllib.request.urlopen(asked, timeout=LONGEST)
                return
            time.sleep(0.05)
        raise RuntimeError((self._folder / "server.log").read_text()[-4000:])

    def kill(self) -> None:
        """End it as a crash would: at once, and nobody listens any more."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)
            self._process.wait()
            self._process = None

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into its database."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=60)) as db:
            return db.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change its database, behind its back."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=60)) as db, db:
            yield db

    def requests(self) -> list[str]:
        """The method of each request so far; of a batch the first one, and of a page what it is asked for."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.rpartition(" ")[2] for line in lines if "-rpc/" in line or line.endswith(" time-zone")]


def _listening(port: int) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    end = time.monotonic() + 5
    while True:
        try:
            found.bind(("127.0.0.1", port))
            break
        except OSError:  # A process that was killed may hold on to it for a moment.
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
    found.listen(64)
    return found
