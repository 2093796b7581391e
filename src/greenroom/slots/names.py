"""The number of a worker, and names that no other one has."""

from __future__ import annotations

import hashlib
import os
import socket

from greenroom.running.place import place, slot


def number() -> int:
    """The number of this worker, from 1; 0 in a serial run.

    A worker that takes the place of one that died has its number. No two workers of a run have the same at a time.
    """
    return slot()


def name(base: str, *, joint: str = "-", longest: int = 63) -> str:
    """A name that begins with this one and is no other worker's, no other run's, and no other checkout's.

    Args:
        base: what it is for, such as `search-index`; its end is cut off where the name would be too long.
        joint: what stands between its parts.
        longest: the bytes that it may have, in UTF-8.

    Returns:
        The same name whenever this worker asks, such as `search-index-5f0c12ab-2`.

    Raises:
        ValueError: it can't be so short.
    """
    ending = f"{joint}{run_hash()}{joint}{number()}"
    room = longest - len(ending.encode())
    if room < 1:
        raise ValueError(f"a name that no other worker has takes more than {longest} bytes")
    return base.encode()[:room].decode(errors="ignore") + ending


def run_hash() -> str:
    """Eight hex digits that stand for this run in this checkout, on this machine, for this user."""
    here = place()
    user = str(os.getuid()) if hasattr(os, "getuid") else ""
    run = here.run or f"process {os.getpid()}"
    text = "\0".join([socket.gethostname(), user, str(here.root.resolve()), run])
    return hashlib.sha256(text.encode()).hexdigest()[:8]
