"""Unfinished uploads: one file each, named by the upload's UUID, written by one request at a time."""

import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from oci.conf import conf
from oci.storage import hashers

# Seconds to wait for a request that still writes: most often one whose client is gone and that is about to notice.
_PATIENCE = 5.0


class UploadBusyError(Exception):
    """Another request writes to this upload."""


class Staging:
    """The folder `REGISTRY["UPLOADS"]`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or conf().uploads

    def path(self, upload: uuid.UUID) -> Path:
        """Where its bytes are. Takes a UUID, so that no text of a client becomes part of a path."""
        return self.folder / str(upload)

    def offset(self, upload: uuid.UUID) -> int:
        """How many bytes are there."""
        try:
            return self.path(upload).stat().st_size
        except FileNotFoundError:
            return 0

    def remove(self, upload: uuid.UUID) -> None:
        """Forget its bytes."""
        self.path(upload).unlink(missing_ok=True)

    def open(self, upload: uuid.UUID, algorithm: str) -> "Staged":
        """Its file, locked, for appending. Raises UploadBusyError."""
        return Staged(self.path(upload), upload, algorithm)

    def ages(self) -> Iterator[tuple[uuid.UUID, float]]:
        """Each upload that has a file, and seconds since the last byte."""
        now = time.time()
        if not self.folder.is_dir():
            return
        for entry in os.scandir(self.folder):
            with contextlib.suppress(ValueError, FileNotFoundError):
                yield uuid.UUID(entry.name), now - entry.stat().st_mtime


class Staged:
    """An upload's file while a request writes to it. A context manager."""

    def __init__(self, path: Path, upload: uuid.UUID, algorithm: str) -> None:
        self.path = path
        self.upload = upload
        self.algorithm = algorithm
        self._file = self._locked()
        self.start = self.offset = os.fstat(self._file).st_size
        self._hasher = self._hashed()
        self._before = self._hasher.copy()

    def write(self, piece: bytes) -> None:
        """Append, and hash."""
        view = memoryview(piece)
        while view:
            written = os.write(self._file, view)
            # Part by part: where the disk is full, hash and file still agree.
            self._hasher.update(view[:written])
            self.offset += written
            view = view[written:]

    def revert(self) -> None:
        """Take back what was written since it was opened, and nothing that was there before.

        Bytes that a request has left behind never change again, which is what makes a kept hash safe.
        """
        os.ftruncate(self._file, self.start)
        self.offset, self._hasher = self.start, self._before.copy()

    def encoded(self, algorithm: str) -> str:
        """The hash of everything so far, in hexadecimal."""
        hasher = self._hasher if algorithm == self.algorithm else self._read(hashers.new(algorithm))
        encoded: str = hasher.hexdigest()
        return encoded

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        hashers.keep(self.upload, self.algorithm, self.offset, self._hasher)
        os.close(self._file)  # which lets go of the lock

    def _locked(self) -> int:
        deadline = time.monotonic() + _PATIENCE
        while True:
            file = self._opened()
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            else:
                if self._is_current(file):
                    return file
                os.close(file)  # it was finished meanwhile: this is a blob's file now, and nobody's to write to
            if time.monotonic() > deadline:
                raise UploadBusyError
            time.sleep(0.05)

    def _is_current(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except FileNotFoundError:
            return False

    def _opened(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        try:
            return os.open(self.path, flags, 0o640)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, flags, 0o640)

    def _hashed(self) -> Any:
        kept = hashers.take(self.upload, self.algorithm, self.offset)
        return kept if kept is not None else self._read(hashers.new(self.algorithm))

    def _read(self, hasher: Any) -> Any:
        place = 0
        while place < self.offset:
            piece = os.pread(self._file, min(conf().piece, self.offset - place), place)
            if not piece:
                break
            hasher.update(piece)
            place += len(piece)
        return hasher
