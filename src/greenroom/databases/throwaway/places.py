"""The folders of private servers: where they are made, how they are known again, and how they go."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from greenroom.databases.throwaway.api import Account, ServerError
from greenroom.databases.throwaway.processes import alive, gone, space, started

PREFIX = "greenroom-db-"
MARKER = "greenroom-server.json"
ROOM = 512 * 1024 * 1024
"""The bytes that have to be free in a place where a server is made."""
LONGEST_SOCKET = 103
"""The bytes of a path of a unix socket: 103 on macOS, 107 on Linux (unix(7))."""


def usual_places() -> list[Path]:
    """Where servers are made, best first: in memory, then the folder for temporary files, then on the disk."""
    # Known names are no risk: the folder in them gets a random one, and nobody else may enter it.
    known = ["/dev/shm", tempfile.gettempdir(), "/tmp", "/var/tmp"]  # noqa: S108
    return [Path(place) for place in dict.fromkeys(known) if Path(place).is_dir()]


def make_folder(places: Sequence[Path], account: Account | None, room: int = ROOM) -> Path:
    """Make a private folder in the first place that has room, with its marker and the inner folder of the server.

    The outer one belongs to this process's user. In it is `in/`, which nobody but the server's user can enter.

    Raises:
        ServerError: no place can be used; the message says why for each.
    """
    refused = []
    for place in places:
        reason = _unfit(place, account, room)
        if not reason:
            try:
                return _make(place, account)
            except OSError as error:
                reason = error.strerror or str(error)
        refused.append(f"{place}: {reason}")
    raise ServerError(
        f"there is no place for a private database server ({'; '.join(refused)})",
        "Make room, set TMPDIR to a folder on another disk, or use --db-server=never.",
    )


def _unfit(place: Path, account: Account | None, room: int) -> str:
    try:
        if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
            return "not a folder that can be written to"
        if account and not all(folder.stat().st_mode & stat.S_IXOTH for folder in [place, *place.parents]):
            return f"the user {account.name} cannot reach it"
        free = shutil.disk_usage(place).free
    except OSError as error:
        return error.strerror or str(error)
    if free < room:
        return f"{free // 2**20} MiB free, {room // 2**20} MiB needed"
    longest = len(os.fsencode(place)) + len(f"/{PREFIX}12345678/in/.s.PGSQL.5432.lock")
    return "too long a path for a socket" if longest > LONGEST_SOCKET else ""


def _make(place: Path, account: Account | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    write_marker(folder, {})
    inside = folder / "in"
    inside.mkdir(mode=0o700)
    if account:
        os.chown(inside, account.uid, account.gid)
        folder.chmod(0o711)
    return folder


def write_marker(folder: Path, about: dict[str, Any]) -> None:
    """Say that greenroom made the folder, for whom, and what is known of its server. Only this user can read it."""
    me = os.getpid()
    text = json.dumps({"folder": str(folder), "space": space(), "maker": me, "maker_since": started(me), **about})
    new = folder / f"{MARKER}.new"
    with open(
        os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    new.replace(folder / MARKER)


def read_marker(folder: Path) -> dict[str, Any] | None:
    """What the marker says; None where greenroom did not make the folder, or made it for another user."""
    try:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o066:
            return None
        with open(os.open(folder / MARKER, os.O_RDONLY | os.O_NOFOLLOW), encoding="utf-8") as file:
            about: dict[str, Any] = json.load(file)
        return about if about["folder"] == str(folder) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove_folder(folder: Path) -> None:
    """Remove a folder that greenroom made; any other stays.

    The marker goes last: what can't be removed now, the next run tries again.
    """
    if read_marker(folder) is None:
        return
    shutil.rmtree(folder / "in", ignore_errors=True)
    if not os.path.lexists(folder / "in"):
        shutil.rmtree(folder, ignore_errors=True)


def sweep(places: Iterable[Path]) -> None:
    """Remove what was left behind: folders whose watcher was killed, with their servers if these still run."""
    for place in places:
        with contextlib.suppress(OSError):
            for folder in place.glob(f"{PREFIX}*"):
                sweep_one(folder)


def sweep_one(folder: Path) -> None:
    """Remove a folder of greenroom's that nobody looks after, with its server; any other stays."""
    about = read_marker(folder)
    if about is not None and _abandoned(about):
        _end_server(about)
        remove_folder(folder)


def _abandoned(about: dict[str, Any]) -> bool:
    """Whether nobody looks after a folder: its watcher is gone, or never came before its maker was gone."""
    if about.get("space") != space():
        return False  # Of another container: whether its processes run cannot be seen from here.
    if "watcher" in about:
        return not alive(about["watcher"], about["watcher_since"])
    return not alive(about["maker"], about["maker_since"])


def _end_server(about: dict[str, Any]) -> None:
    pid, since = about.get("server", 0), about.get("server_since", "")
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if alive(pid, since):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            gone(pid, since, 5)
