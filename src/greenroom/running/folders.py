"""Folders for the time of a process: how they are made, how they are known again, and how they go.

Each has a marker, and all that is of use in `in/`. No folder without a marker of this user is ever removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from greenroom.running.processes import alive, gone, space, started

MARKER = "greenroom-server.json"


def make_folder(place: Path, prefix: str) -> Path:
    """Make a folder of a random name that begins with this, its marker and its `in/`; nobody else can enter either.

    Raises:
        OSError: it can't be made.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    write_marker(folder, {})
    (folder / "in").mkdir(mode=0o700)
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


def sweep(places: Iterable[Path], prefix: str) -> None:
    """Remove what was left behind: folders of killed processes, and servers in them that still run.

    Args:
        places: the folders in which these folders were made.
        prefix: what their names begin with.
    """
    for place in places:
        with contextlib.suppress(OSError):
            for folder in place.glob(f"{prefix}*"):
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
