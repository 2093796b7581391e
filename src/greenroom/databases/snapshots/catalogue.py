"""What is known of each snapshot: one folder for each, with a description, and its files where it has any."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from greenroom.databases.fingerprint.inputs import Inputs

FORMAT = 1
"""Raised when what a snapshot holds changes its meaning. Those of another format are not used, and age out."""

State = Literal["ready", "bare"]
_DESCRIPTION = "snapshot.json"


class StoredFile(msgspec.Struct, frozen=True):
    """A file of a snapshot."""

    size: int
    """Bytes."""
    sha256: str


class ContentTypeRow(msgspec.Struct, frozen=True, array_like=True):
    """A row of django_content_type that the process had in its cache when the snapshot was made."""

    pk: Any
    app_label: str
    model: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a snapshot."""

    format: int
    key: str
    vendor: str
    place: str
    """Which server it is on; empty for one in files."""
    project: str
    """The folder of the project that made it, for those who look at the list."""
    alias: str
    made: float
    """When, in seconds since the epoch."""
    seconds: float
    """How long it took to make."""
    inputs: Inputs
    """What it was made from."""
    states: tuple[State, ...]
    files: dict[str, StoredFile] = {}
    size: int = 0
    """Bytes, as far as known."""
    content_types: tuple[ContentTypeRow, ...] = ()


def key_of(digest: str, vendor: str, place: str) -> str:
    """The key of the snapshot that these inputs have in that place."""
    return hashlib.sha256("\0".join([str(FORMAT), digest, vendor, place]).encode()).hexdigest()[:32]


class Catalogue:
    """The snapshots in a folder.

    Whatever is damaged, of another format or half written is not there: it is named by `faults()` and made anew.

    Args:
        folder: where they are; made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: str) -> Snapshot | None:
        """The description of a snapshot; None where there is no sound one."""
        try:
            snapshot = msgspec.json.decode((self.path(key) / _DESCRIPTION).read_bytes(), type=Snapshot)
        except (OSError, msgspec.DecodeError):
            return None
        return snapshot if snapshot.format == FORMAT and snapshot.key == key else None

    def path(self, key: str) -> Path:
        """The folder of a snapshot."""
        return self.folder / key

    def all(self) -> list[Snapshot]:
        """All sound snapshots, the least recently used first."""
        return [found for _, found in sorted(self._used(), key=lambda pair: pair[0])]

    def faults(self) -> list[Path]:
        """Folders that hold no sound snapshot."""
        return [path for path in self._folders() if self.find(path.name) is None]

    def last_used(self, key: str) -> float:
        """When it was last used, in seconds since the epoch."""
        try:
            return (self.path(key) / _DESCRIPTION).stat().st_mtime
        except OSError:
            return 0.0

    def touch(self, key: str) -> None:
        """It is used now."""
        with contextlib.suppress(OSError):
            os.utime(self.path(key) / _DESCRIPTION)

    def draft(self) -> Path:
        """A folder to put the files of a new snapshot in, to be given to `keep()`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(prefix=".draft-", dir=self.folder))

    def keep(self, snapshot: Snapshot, draft: Path) -> None:
        """Make a draft a snapshot, all at once; one of the same key gives way.

        Raises:
            OSError: it can't be written.
        """
        with open(draft / _DESCRIPTION, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(snapshot)))
            file.flush()
            os.fsync(file.fileno())
        self.forget(snapshot.key)
        draft.rename(self.path(snapshot.key))

    def forget(self, key: str) -> None:
        """Remove the folder of a snapshot, if there is one."""
        path = self.path(key)
        if not path.exists():
            return
        # Out of the way first: nobody must see half of it.
        grave = Path(tempfile.mkdtemp(prefix=".gone-", dir=self.folder))
        with contextlib.suppress(OSError):
            path.rename(grave / "snapshot")
        shutil.rmtree(grave, ignore_errors=True)

    def bases(self, inputs: Inputs, vendor: str, place: str) -> list[Snapshot]:
        """The snapshots that these inputs extend, the one that lacks the fewest migrations first."""
        found = [
            snapshot
            for snapshot in self.all()
            if snapshot.vendor == vendor
            and snapshot.place == place
            and "bare" in snapshot.states
            and inputs.extends(snapshot.inputs)
        ]
        return sorted(found, key=lambda snapshot: -len(snapshot.inputs.migrations))

    def kin(self, vendor: str, place: str, project: str, alias: str) -> Snapshot | None:
        """The snapshot of the same alias of the same project that was used last."""
        found = [
            snapshot
            for snapshot in self.all()
            if (snapshot.vendor, snapshot.place, snapshot.project, snapshot.alias) == (vendor, place, project, alias)
        ]
        return found[-1] if found else None

    def over(self, limit: int, most: int) -> list[Snapshot]:
        """What has to go for the rest to be within the limits: the least recently used.

        Args:
            limit: bytes in all.
            most: how many in all.
        """
        snapshots = self.all()
        total = sum(snapshot.size for snapshot in snapshots)
        going = []
        while snapshots and (total > limit or len(snapshots) > most):
            going.append(snapshots.pop(0))
            total -= going[-1].size
        return going

    def sweep(self, age: float = 3600.0) -> None:
        """Remove drafts that their makers left behind.

        Args:
            age: seconds from which a draft counts as left behind.
        """
        for pattern in (".draft-*", ".gone-*"):
            for path in self.folder.glob(pattern):
                with contextlib.suppress(OSError):
                    if time.time() - path.stat().st_mtime > age:
                        shutil.rmtree(path, ignore_errors=True)

    def _folders(self) -> Iterator[Path]:
        try:
            entries = sorted(self.folder.iterdir())
        except OSError:
            return
        yield from (path for path in entries if not path.name.startswith(".") and path.is_dir())

    def _used(self) -> Iterator[tuple[float, Snapshot]]:
        for path in self._folders():
            found = self.find(path.name)
            if found is not None:
                yield self.last_used(found.key), found
