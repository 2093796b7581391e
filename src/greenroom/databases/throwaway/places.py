"""Where the folders of private servers are made."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from greenroom.databases.throwaway.api import Account, ServerError
from greenroom.running import folders

PREFIX = "greenroom-db-"
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
    folder = folders.make_folder(place, PREFIX)
    if account:
        os.chown(folder / "in", account.uid, account.gid)
        folder.chmod(0o711)
    return folder
