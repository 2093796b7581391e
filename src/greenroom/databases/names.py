"""Names of databases: those of one checkout never meet those of another."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

_LONGEST = 63
"""The bytes that PostgreSQL takes of a name; MariaDB and MySQL take 64 characters."""
_ROOM_FOR_WORKER = 8
"""The bytes kept free for what is added for a worker and for a second run: `_r2_128`."""


def checkout_hash(root: Path) -> str:
    """Six hex digits that stand for this checkout, on this machine, for this user."""
    user = str(os.getuid()) if hasattr(os, "getuid") else ""
    text = "\0".join([socket.gethostname(), user, str(root.resolve())])
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def lane_name(usual: str, checkout: str, run: int) -> str:
    """The name of a test database on a server.

    Args:
        usual: the name that Django would give it, e.g. `test_shop`.
        checkout: see `checkout_hash()`; empty where the project names the database itself (`TEST["NAME"]`).
        run: 1 for the first run at a time in this checkout, 2 for one beside it, …
    """
    ending = (f"_{checkout}" if checkout else "") + (f"_r{run}" if run > 1 else "")
    room = _LONGEST - _ROOM_FOR_WORKER - len(ending.encode())
    short = usual.encode()[: max(room, 1)].decode(errors="ignore") if ending else usual
    return f"{short}{ending}"


def lane_path(usual: str, run: int) -> str:
    """The path of a test database in a file; a second run at a time has a file beside it."""
    if run == 1:
        return usual
    root, ext = os.path.splitext(usual)  # noqa: PTH122 - as Django names the files of workers
    return f"{root}_r{run}{ext}"


def snapshot_name(key: str, state: str) -> str:
    """The name of a snapshot on a server.

    Args:
        key: of the snapshot, see `greenroom.databases.snapshots.catalogue`.
        state: `ready` or `bare`.
    """
    return f"greenroom_{key[:16]}" + ("" if state == "ready" else f"_{state}")
