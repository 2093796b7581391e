"""Snapshots in one file, for a CI cache or another machine: a zip with the folder of each."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from greenroom.databases.snapshots.catalogue import FORMAT, Catalogue, Snapshot

_DESCRIPTION = "snapshot.json"
_LARGEST_DESCRIPTION = 64 * 1024**2
"""Bytes: nothing that long was written here."""


class ArchiveError(Exception):
    """A file is no archive of snapshots, or a damaged one."""


def export(catalogue: Catalogue, snapshots: Iterable[Snapshot], target: Path) -> None:
    """Write snapshots to a file; only those that are in files themselves.

    Raises:
        OSError: it can't be written.
    """
    draft = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            for snapshot in snapshots:
                archive.writestr(f"{snapshot.key}/{_DESCRIPTION}", msgspec.json.encode(snapshot))
                for name in snapshot.files:
                    archive.write(catalogue.path(snapshot.key) / name, f"{snapshot.key}/{name}")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def import_(catalogue: Catalogue, source: Path) -> list[Snapshot]:
    """Take up the snapshots of a file; each is checked before it counts.

    Returns:
        Those that were taken up: not those of another format.

    Raises:
        ArchiveError: the file can't be read, or holds something else than it says.
    """
    taken = []
    try:
        with zipfile.ZipFile(source) as archive:
            for member in archive.infolist():
                if member.filename.endswith(f"/{_DESCRIPTION}") and member.file_size < _LARGEST_DESCRIPTION:
                    snapshot = msgspec.json.decode(archive.read(member), type=Snapshot)
                    if snapshot.format == FORMAT and member.filename == f"{snapshot.key}/{_DESCRIPTION}":
                        _take(catalogue, archive, snapshot)
                        taken.append(snapshot)
    except (OSError, zipfile.BadZipFile, KeyError, msgspec.DecodeError) as error:
        raise ArchiveError(f"{source} can't be imported: {error}") from None
    return taken


def _take(catalogue: Catalogue, archive: zipfile.ZipFile, snapshot: Snapshot) -> None:
    if not snapshot.key.isalnum() or snapshot.place:
        raise ArchiveError(f"{archive.filename} holds a snapshot that can't have been exported")
    draft = catalogue.draft()
    try:
        for name, stored in snapshot.files.items():
            # The names of files come from elsewhere: none may lead out of the folder.
            if Path(name).name != name or name == _DESCRIPTION:
                raise ArchiveError(f"{archive.filename} holds a file of the name {name!r}")
            digest = hashlib.sha256()
            with archive.open(f"{snapshot.key}/{name}") as read, open(draft / name, "xb") as write:
                while chunk := read.read(1 << 20):
                    digest.update(chunk)
                    write.write(chunk)
                    if write.tell() > stored.size:
                        break
            if digest.hexdigest() != stored.sha256:
                raise ArchiveError(
                    f"{archive.filename} is damaged: {name} of {snapshot.key[:8]} is not what was exported"
                )
        catalogue.keep(snapshot, draft)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
