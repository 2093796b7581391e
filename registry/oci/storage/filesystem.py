"""Content on a file system."""

import errno
import os
import shutil
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible


@deconstructible(path="oci.storage.FileSystemContentStorage")
class FileSystemContentStorage(FileSystemStorage):
    """Django's storage, and one more method: to take over a finished file without copying it."""

    def adopt(self, name: str, staged: Path, *, fsync: bool) -> str:
        """Move a file to its name, whole or not at all. With `fsync` it is there after a power failure too.

        Written through after the rename and not before: ext4, xfs and btrfs then keep the new name along with the bytes,
        for the price of one. Nobody knows the name until the database does, which is told after this.
        """
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        # An upload may have rested for days: the file's age counts from here (see services/collecting.py).
        os.utime(staged)
        try:
            staged.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._adopt_copy(staged, target)
        if fsync:
            _sync(target)
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        # Without a buffer: a server's sendfile begins where the descriptor is, and pieces are large anyway.
        return File(open(self.path(name), mode, buffering=0))

    def _adopt_copy(self, staged: Path, target: Path) -> None:
        # From another file system: a copy under another name, then a rename.
        temporary = target.with_name(target.name + ".part")
        with open(staged, "rb") as source, open(temporary, "wb") as copy:
            shutil.copyfileobj(source, copy, 1024 * 1024)
        temporary.replace(target)
        staged.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
