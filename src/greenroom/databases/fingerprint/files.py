"""Files and folders: what they hold, told by what the file system says about them as far as that can be trusted."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH116

from __future__ import annotations

import hashlib
import os
import stat
import time
from importlib.machinery import all_suffixes
from typing import Final

import msgspec

Signature = tuple[int, ...]
"""Size, modification and change times (nanoseconds), inode and device; `()` for what is not to be trusted yet."""

RACY_SECONDS = 2.5
"""What changed this shortly before it was looked at may change again and look the same: clocks of file systems tick
slowly, that of FAT every two seconds."""

ABSENT: Final = "absent"
"""The digest of a file or folder that is not there."""

_SUFFIXES = tuple(all_suffixes())


class SeenFile(msgspec.Struct, array_like=True):
    """A file as it was when it was read."""

    signature: Signature
    digest: str


class SeenFolder(msgspec.Struct, array_like=True):
    """A folder as it was when it was listed."""

    signature: Signature
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    missing: bool = False

    def digest(self, *, modules_only: bool) -> str:
        """A digest of the names: of all, or of those alone that an import might find."""
        if self.missing:
            return ABSENT
        files = [name for name in self.files if name.endswith(_SUFFIXES)] if modules_only else self.files
        return hashlib.blake2b("\0".join([*files, "", *self.folders]).encode("utf-8", "surrogateescape")).hexdigest()[
            :32
        ]


def signature_of(path: str) -> Signature | None:
    """What the file system says of a path; None where nothing is."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def trusted(signature: Signature, now: float) -> Signature:
    """The signature, or `()` where an equal one will not mean equal contents.

    Args:
        signature: taken before the contents were read.
        now: seconds since the epoch, taken before the signature.
    """
    changed, status = signature[1], signature[2]
    if max(changed, status) >= (now - RACY_SECONDS) * 1e9:
        return ()
    if changed % 1_000_000_000 == 0 and status % 1_000_000_000 == 0:
        return ()  # A clock of whole seconds: nobody knows how wrong it is, and reading is cheap.
    return signature


class Files:
    """Reads files and folders, each one at most once, and not at all where what is known of it still holds.

    Args:
        known: files by path, from an earlier run.
    """

    def __init__(self, known: dict[str, SeenFile]) -> None:
        self._known = known
        self.files: dict[str, SeenFile] = {}
        """The files that were asked for."""
        self.folders: dict[str, SeenFolder] = {}
        """The folders that were asked for."""
        self.whole: set[str] = set()
        """Those of which each name matters, and not only those that an import might find."""
        self.sources: dict[str, bytes] = {}
        """The contents of files that had to be read, by digest."""

    def digest(self, path: str) -> str:
        """A digest of a file's contents; `absent` where it can't be read."""
        seen = self.files.get(path)
        if seen is None:
            seen = self.files[path] = self._see(path)
        return seen.digest

    def source(self, path: str) -> bytes:
        """The contents of a file that was asked for by `digest()`, as they were then."""
        digest = self.digest(path)
        if digest not in self.sources:
            self.files[path] = self._read(path)
        return self.sources.get(self.files[path].digest, b"")

    def folder(self, path: str, *, whole: bool = False) -> SeenFolder:
        """What is in a folder.

        Args:
            path: of the folder.
            whole: whether each name matters, and not only those that an import might find.
        """
        if whole:
            self.whole.add(path)
        seen = self.folders.get(path)
        if seen is None:
            seen = self.folders[path] = list_folder(path)
        return seen

    def _see(self, path: str) -> SeenFile:
        known = self._known.get(path)
        if known is not None and known.signature and known.signature == signature_of(path):
            return known
        return self._read(path)

    def _read(self, path: str) -> SeenFile:
        seen, contents = read_file(path)
        self.sources[seen.digest] = contents
        return seen


def read_file(path: str) -> tuple[SeenFile, bytes]:
    """Read a file: what is to be remembered of it, and its contents."""
    now = time.time()
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                return SeenFile((), ABSENT), b""
            contents = file.read()
    except (OSError, ValueError):
        return SeenFile((), ABSENT), b""
    signature = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
    digest = hashlib.blake2b(contents, digest_size=16).hexdigest()
    return SeenFile(trusted(signature, now), digest), contents


def list_folder(path: str) -> SeenFolder:
    """List a folder; its names are sorted. Caches of compiled code are not in it."""
    now = time.time()
    signature = signature_of(path)
    if signature is None:
        return SeenFolder((), missing=True)
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name == "__pycache__":
                    continue
                (folders if _is_folder(entry) else files).append(entry.name)
    except OSError:
        return SeenFolder((), missing=True)
    return SeenFolder(trusted(signature, now), tuple(sorted(files)), tuple(sorted(folders)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
