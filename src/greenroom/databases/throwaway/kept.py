"""Servers that stay between runs: which ones run, and how a later run finds them."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from greenroom.databases.throwaway.api import Private, ServerError
from greenroom.running import folders
from greenroom.running.processes import alive

FOLDER = "servers"


def folder_of(root: Path) -> Path:
    """Where all that is remembered of servers is, in greenroom's folder of the project."""
    return root / FOLDER


def make_folder(root: Path) -> Path:
    """Make that folder, and greenroom's own, hidden from git, where it is missing.

    Raises:
        OSError: it cannot be made.
    """
    if not root.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        (root / ".gitignore").write_text("*\n")
    folder_of(root).mkdir(exist_ok=True)
    return folder_of(root)


def state_file(root: Path, kind: str, group: str) -> Path:
    """Where the folder of a kept server is written down.

    Args:
        root: greenroom's folder in the project.
        kind: `postgresql` or `mariadb`.
        group: for which of the configured servers it stands: `HOST:PORT`.
    """
    return folder_of(root) / f"{kind}-{hashlib.sha256(group.encode()).hexdigest()[:8]}.json"


@contextlib.contextmanager
def locked(state: Path) -> Iterator[None]:
    """Let one run at a time look for a kept server, and start it where there is none."""
    try:
        make_folder(state.parent.parent)
        lock = open(state.with_suffix(".lock"), "a")  # noqa: SIM115  closed below
    except OSError as error:
        raise ServerError(f"a server cannot be kept: {error}", "Without that it is started for each run.") from error
    with lock as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(state: Path, private: Private) -> None:
    """Remember a server."""
    new = state.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps({"folder": str(private.folder)}), encoding="utf-8")
    new.replace(state)


def find(state: Path) -> Private | None:
    """The remembered server, if it still runs.

    The file is only a hint: what counts is the marker in the folder, which no other user can have written, and that
    both processes that it names started when it says.
    """
    folder = remembered(state)
    about = folders.read_marker(folder) if folder else None
    return running(folder, about) if folder and about else None


def running(folder: Path, about: dict[str, Any]) -> Private | None:
    """The server of a folder with this marker, if it runs."""
    for process in ("watcher", "server"):
        if not alive(about.get(process, 0), about.get(f"{process}_since", "")):
            return None
    return Private(folder, about["title"], about["watcher"], about["server"], about["port"], about["password"])


def remembered(state: Path) -> Path | None:
    """The folder that a state file names; None where there is no such file, or no sense in it."""
    try:
        return Path(json.loads(state.read_text(encoding="utf-8"))["folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def states(root: Path) -> list[Path]:
    """All state files of a project."""
    return sorted(folder_of(root).glob("*.json"))


def size_of(private: Private) -> int:
    """How many bytes a server takes of its disk, or of memory where its folder is in memory."""
    size = 0
    for folder, _, names in os.walk(private.folder):
        for name in names:
            with contextlib.suppress(OSError):  # The server removes files meanwhile.
                size += os.lstat(f"{folder}/{name}").st_blocks * 512
    return size


def stop_all(root: Path) -> list[Private]:
    """Stop all kept servers of a project, and forget them.

    Returns:
        Those that ran.
    """
    from greenroom.databases.throwaway import starter

    stopped = []
    for state in states(root):
        with locked(state):
            private, folder = find(state), remembered(state)
            if folder:
                starter.stop(folder)
            state.unlink(missing_ok=True)
        if private:
            stopped.append(private)
    return stopped
