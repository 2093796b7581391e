"""Where things are kept: all of it in `.cache/parity/`, which git ignores."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform != "win32":
    import fcntl

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""
CACHE = ROOT / ".cache" / "parity"
SOURCES = CACHE / "sources"
VENVS = CACHE / "venvs"
RESULTS = CACHE / "results"
RUNS = CACHE / "runs"
SNAPSHOTS = CACHE / "snapshots"
SERVERS = CACHE / "servers"


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock by that name against other processes: two must not make the same thing at once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as stream:
        if sys.platform != "win32":
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
