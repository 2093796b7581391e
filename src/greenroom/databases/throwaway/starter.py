"""Starting a private server, and stopping it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from greenroom.databases.throwaway import accounts, places, templates
from greenroom.databases.throwaway.api import Account, Kind, Private, Programs, ServerError, Settings
from greenroom.running import folders
from greenroom.running.processes import started
from greenroom.running.watching import Watcher, end_watcher, watch

START = 60.0
"""Seconds that a server may take until it answers."""


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
    folders.sweep(where, places.PREFIX)
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
        watcher = watch(
            command,
            folder=folder,
            environment=accounts.environment(folder / "in"),
            stop=kind.stop,
            account=(account.uid, account.gid) if account else None,
        )
        private = _known(programs, folder, watcher, port)
        _await(kind, settings, private, watcher, copied=copied)
        if kept:
            watcher.keep()
        watcher.let_go()
    except BaseException as error:
        if watcher:
            end_watcher(watcher.pid, started(watcher.pid))
            watcher.let_go()
        folders.remove_folder(folder)
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
    folders.write_marker(folder, about)
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


def stop(folder: Path) -> None:
    """Stop the server of a folder that greenroom made, and remove the folder; nothing where it is gone already."""
    about = folders.read_marker(folder)
    if about is None:
        return
    if "watcher" in about:
        end_watcher(about["watcher"], about["watcher_since"])
    folders.sweep_one(folder)
