"""The files of snapshots: copied as cheaply as the system can, and checked before they are used."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from pathlib import Path

from greenroom.databases.snapshots.catalogue import StoredFile

_FICLONE = 0x40049409
"""Linux: let two files share their blocks until one is written to (ioctl_ficlone(2))."""


class DamagedSnapshotError(Exception):
    """A snapshot is not what it was when it was kept."""


def describe(path: Path) -> StoredFile:
    """Size and digest of a file."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return StoredFile(path.stat().st_size, digest)


def checked(path: Path, stored: StoredFile) -> bytes:
    """The contents of a file.

    Raises:
        DamagedSnapshotError: they are missing, or not what was stored.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DamagedSnapshotError(f"{path.name}: {error.strerror}") from None
    if len(data) != stored.size:
        raise DamagedSnapshotError(f"{path.name}: {len(data)} bytes instead of {stored.size}")
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        raise DamagedSnapshotError(f"{path.name}: its contents have changed")
    return data


def copy(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, without copying its blocks.

    Raises:
        OSError: it can't be read or written.
    """
    with open(source, "rb") as read, open(target, "xb") as write, contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.ioctl(write.fileno(), _FICLONE, read.fileno())
        return
    shutil.copyfile(source, target)
