"""Starting a private server, and stopping it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenroom.databases.throwaway import accounts, places, templates
from greenroom.databases.throwaway.api import Account, Kind, Private, Programs, ServerError, Settings
from greenroom.databases.throwaway.processes import alive, gone, started

START = 60.0
"""Seconds that a server may take until it answers."""
STOP = 15.0
"""Seconds that the watcher may take to stop a server and to remove its folder."""


@dataclass
class Watcher:
    """The process that looks after a server, as seen by the process that started it."""

    pid: int
    to: int
    """A pipe to its standard input."""
    back: int
    """A pipe from its standard output."""

    def hear(self, seconds: float) -> dict[str, Any] | None:
        """What it says, if it says something in time; that it ended without a word is `ended` too."""
        if not select.select([self.back], [], [], seconds)[0]:
            return None
        line = b""
        while not line.endswith(b"\n"):
            more = os.read(self.back, 4096)
            if not more:
                return {"ended": None, "log": "its watcher ended"}
            line += more
        said: dict[str, Any] = {}
        for one in line.splitlines():
            said |= json.loads(one)
        return said

    def keep(self) -> None:
        """Let the server outlive this process."""
        os.write(self.to, b"keep\n")

    def let_go(self) -> None:
        """Close the pipes; it goes on as it is."""
        os.close(self.to)
        os.close(self.back)


def start(kind: Kind, programs: Programs, settings: Settings, cache: Path, *, kept: bool, tcp: bool,
          where: Sequence[Path] | None = None) -> Private:  # fmt: skip
    """Start a server on a data directory of its own, and wait until it answers.

    Args:
        kind: of the server.
        programs: those of the installed server.
        settings: of an alias that will use it; they say which driver to speak with.
        cache: the folder of templates.
        kept: whether it outlives this process.
        tcp: whether it listens on a port of 127.0.0.1 too.
        where: the places for its folder, best first.

    Raises:
        ServerError: it could not be started.
    """
    where = places.usual_places() if where is None else where
    account = accounts.account_for(kind.account)
    places.sweep(where)
    try:
        return _start(kind, programs, settings, cache, account, kept=kept, tcp=tcp, where=where)
    except _FromTemplateError:
        # A template that was damaged, by a power cut for one, must not stand in the way for ever.
        shutil.rmtree(templates.template_path(kind, programs, cache), ignore_errors=True)
    try:
        return _start(kind, programs, settings, cache, account, kept=kept, tcp=tcp, where=where)
    except _FromTemplateError as error:
        raise ServerError(error.message, error.hint) from None


class _FromTemplateError(ServerError):
    """A server on a copied data directory did not start."""


def _start(kind: Kind, programs: Programs, settings: Settings, cache: Path, account: Account | None, *,
           kept: bool, tcp: bool, where: Sequence[Path]) -> Private:  # fmt: skip
    folder = places.make_folder(where, account)
    watcher = None
    try:
        copied = templates.new_data(kind, programs, account, folder / "in" / "data", cache)
        port = _free_port() if tcp else None
        command = kind.command(programs, folder / "in", port, kept=kept)
        watcher = _watch(kind, folder, command, account)
        private = _known(programs, folder, watcher, port)
        _await(kind, settings, private, watcher, copied=copied)
        if kept:
            watcher.keep()
        watcher.let_go()
    except BaseException as error:
        if watcher:
            end_watcher(watcher.pid, started(watcher.pid))
            watcher.let_go()
        places.remove_folder(folder)
        if isinstance(error, OSError):
            raise ServerError(
                f"a private {programs.title} could not be made in {folder}: {error.strerror or error}",
                "Make room there, set TMPDIR to a folder on another disk, or use --db-server=never.",
            ) from error
        raise
    return private


def _free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
    return number


def _watch(kind: Kind, folder: Path, command: list[str], account: Account | None) -> Watcher:
    """Start the watcher, which starts the server."""
    spec = {
        "parent": os.getpid(),
        "command": command,
        "environment": accounts.environment(folder / "in"),
        "account": [account.uid, account.gid] if account else None,
        "home": str(folder / "in"),
        "log": str(folder / "log"),
        "stop": int(kind.stop),
        "folder": str(folder),
        "marker": str(folder / places.MARKER),
    }
    program = Path(__file__).with_name("watcher.py")
    their_input, to = os.pipe()
    back, their_output = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, their_input, 0),
            (os.POSIX_SPAWN_DUP2, their_output, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        # Not by subprocess: it warns of processes that are left alone, as this one is meant to be.
        arguments = [sys.executable, "-I", "-S", str(program)]
        pid = os.posix_spawn(sys.executable, arguments, os.environ, file_actions=actions)
    finally:
        os.close(their_input)
        os.close(their_output)
    os.write(to, json.dumps(spec).encode() + b"\n")
    return Watcher(pid, to, back)


def _known(programs: Programs, folder: Path, watcher: Watcher, port: int | None) -> Private:
    """Write down whose the folder is, as soon as the watcher has said it."""
    import secrets

    said = watcher.hear(START) or {}
    if "server" not in said:
        raise ServerError(f"a private {programs.title} did not start", str(said.get("log", "")))
    password = secrets.token_urlsafe(24) if port else ""
    private = Private(folder, programs.title, watcher.pid, said["server"], port, password)
    about = {
        "title": programs.title,
        "watcher": watcher.pid,
        "watcher_since": started(watcher.pid),
        "server": private.server,
        "server_since": started(private.server),
        "port": port,
        "password": password,
    }
    places.write_marker(folder, about)
    return private


def _await(kind: Kind, settings: Settings, private: Private, watcher: Watcher, *, copied: bool) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + START
    while True:
        said = watcher.hear(0.005)
        if said is not None:
            error = _FromTemplateError if copied else ServerError
            raise error(f"a private {private.title} ended while it started", str(said.get("log", "")))
        try:
            kind.connect(settings, private.inside).close()
        except Exception as error:
            if time.monotonic() > end:
                raise ServerError(f"a private {private.title} did not answer in {START:.0f} s: {error}") from error
        else:
            return


def end_watcher(pid: int, since: str) -> bool:
    """Have a watcher stop its server and remove the folder; whether it did."""
    if alive(pid, since):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    return gone(pid, since, STOP)


def stop(folder: Path) -> None:
    """Stop the server of a folder that greenroom made, and remove the folder; nothing where it is gone already."""
    about = places.read_marker(folder)
    if about is None:
        return
    if "watcher" in about:
        end_watcher(about["watcher"], about["watcher_since"])
    places.sweep_one(folder)
