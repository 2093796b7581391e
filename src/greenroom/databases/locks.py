"""Locks between runs: files that the operating system unlocks when their holder ends, whatever way."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """A lock that is held until `release()` or the end of this process, not of its children.

    Args:
        folder: where lock files are.
        what: what is locked, in any text.
    """

    def __init__(self, folder: Path, what: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{hashlib.sha256(what.encode()).hexdigest()[:24]}.lock"
        self._fd = -1
        self._pid = os.getpid()

    def take(self, *, wait: bool) -> bool:
        """Take the lock; False when somebody else has it and `wait` is not set."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # POSIX locks belong to a process: workers that are forked don't hold them on.
            fcntl.lockf(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Give it back."""
        if self._fd >= 0 and os.getpid() == self._pid:
            os.close(self._fd)
        self._fd = -1


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Hold a lock for the block; wait for it as long as it takes."""
    lock = Lock(folder, what)
    lock.take(wait=True)
    try:
        yield
    finally:
        lock.release()
