"""Unfinished uploads: one file each, written by one request at a time.

    team+app.sha256.3fa1d6e0-…

The file is the upload. Its name says to which repository and with which hash, its length how far it came; so there is
nothing else to keep in step with it, and to begin, to go on and to cancel are no writes to the database.
"""

import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from oci.conf import conf
from oci.grammar import ALGORITHMS
from oci.storage import hashers

# Seconds to wait for a request that still writes: most often one whose client is gone and that is about to notice.
_PATIENCE = 5.0
# Bytes from which on another thread is worth its while.
_LARGE = 64 * 1024


# No name of a repository has one; a file's name has no slash.
_SLASH = "+"


class UploadBusyError(Exception):
    """Another request writes to this upload."""


class UploadGoneError(Exception):
    """There is no such upload, or none any more."""


@dataclass(frozen=True)
class Upload:
    """An unfinished push of a blob."""

    id: uuid.UUID
    repository: str
    # What its bytes are hashed with as they arrive; another algorithm at the end costs one more reading.
    algorithm: str

    @property
    def file_name(self) -> str:
        """Of 255 characters at most, which is what file systems take: a repository's name has 200 at most."""
        return f"{self.repository.replace('/', _SLASH)}.{self.algorithm}.{self.id}"


class Staging:
    """The folder `REGISTRY["UPLOADS"]`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or conf().uploads

    def begin(self, repository: str, algorithm: str) -> Upload:
        """A new upload. The names must be valid ones: they become part of a path."""
        upload = Upload(uuid.uuid4(), repository, algorithm)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            file = os.open(self.path(upload), flags, 0o640)
        except FileNotFoundError:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path(upload), flags, 0o640)
        os.close(file)
        return upload

    def find(self, repository: str, key: uuid.UUID) -> Upload:
        """The upload of this id to this repository. Raises UploadGoneError."""
        for algorithm in ALGORITHMS:
            upload = Upload(key, repository, algorithm)
            if os.path.exists(self.path(upload)):  # noqa: PTH110 - half the time, and asked by each request
                return upload
        raise UploadGoneError

    def path(self, upload: Upload) -> str:
        """Where its bytes are. Takes an Upload, so that no text of a client becomes part of a path."""
        return os.path.join(self.folder, upload.file_name)  # noqa: PTH118

    def offset(self, upload: Upload) -> int:
        """How many bytes are there. Raises UploadGoneError."""
        try:
            return os.stat(self.path(upload)).st_size  # noqa: PTH116
        except FileNotFoundError:
            raise UploadGoneError from None

    def remove(self, upload: Upload) -> bool:
        """Forget its bytes, and with them the upload. False where it is gone already."""
        try:
            os.unlink(self.path(upload))  # noqa: PTH108
        except FileNotFoundError:
            return False
        return True

    def open(self, upload: Upload, algorithm: str) -> "Staged":
        """Its file, locked, for appending. Raises UploadBusyError, UploadGoneError."""
        return Staged(Path(self.path(upload)), upload.id, algorithm)

    def ages(self) -> Iterator[tuple[Upload, float]]:
        """Each upload, and seconds since its last byte."""
        now = time.time()
        if not self.folder.is_dir():
            return
        for entry in os.scandir(self.folder):
            with contextlib.suppress(ValueError, FileNotFoundError):
                repository, algorithm, key = entry.name.rsplit(".", 2)
                upload = Upload(uuid.UUID(key), repository.replace(_SLASH, "/"), algorithm)
                yield upload, now - entry.stat().st_mtime


class Staged:
    """An upload's file while a request writes to it. A context manager."""

    def __init__(self, path: Path, upload: uuid.UUID, algorithm: str) -> None:
        self.path = path
        self.upload = upload
        self.algorithm = algorithm
        self._file = self._locked()
        self.start = self.offset = os.fstat(self._file).st_size
        self._hashing: Future[None] | None = None
        self._agrees = True
        self._hasher = self._hashed()
        self._before = self._hasher.copy()

    def write(self, piece: bytes) -> None:
        """Append, and hash. Large pieces are hashed beside, while they are written and the next one is received."""
        self._wait()
        if len(piece) < _LARGE:
            self._append(piece)
            self._hasher.update(piece)
            return
        self._hashing = hashers.beside(self._hasher, piece)
        self._append(piece)

    def revert(self) -> None:
        """Take back what was written since it was opened, and nothing that was there before.

        Bytes that a request has left behind never change again, which is what makes a kept hash safe.
        """
        self._wait()
        os.ftruncate(self._file, self.start)
        self.offset, self._hasher, self._agrees = self.start, self._before.copy(), True

    def encoded(self, algorithm: str) -> str:
        """The hash of everything so far, in hexadecimal."""
        self._wait()
        kept = algorithm == self.algorithm and self._agrees
        hasher = self._hasher if kept else self._read(hashers.new(algorithm))
        encoded: str = hasher.hexdigest()
        return encoded

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait()
        if self._agrees:
            hashers.keep(self.upload, self.algorithm, self.offset, self._hasher)
        os.close(self._file)  # which lets go of the lock

    def _append(self, piece: bytes) -> None:
        view = memoryview(piece)
        self._agrees = False  # where the disk is full, the hash has seen more than the file
        while view:
            written = os.write(self._file, view)
            self.offset += written
            view = view[written:]
        self._agrees = True

    def _wait(self) -> None:
        """For the hash of the last piece."""
        hashing, self._hashing = self._hashing, None
        if hashing is not None:
            hashing.result()

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
            return os.path.samestat(os.fstat(file), os.stat(self.path))  # noqa: PTH116
        except FileNotFoundError:
            return False

    def _opened(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise UploadGoneError from None

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
