"""SQLite: databases in memory and in files."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import sqlite3
from pathlib import Path
from typing import Any

from greenroom.databases.marks import APPLICATION_ID, ForeignDatabaseError
from greenroom.databases.snapshots.catalogue import Snapshot, State, StoredFile
from greenroom.databases.snapshots.files import DamagedSnapshotError, checked, copy, describe

_SIDE_FILES = ("-journal", "-wal", "-shm")
_HEADER = 72
"""Bytes of a file that reach to the end of the application id (SQLite's file format, "The Database Header")."""


class SQLite:
    """A `Vendor` for SQLite."""

    name = "sqlite"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def server(self) -> str:
        return sqlite3.sqlite_version

    def place(self) -> str:
        return ""

    def in_memory(self, name: str) -> bool:
        """Whether a database of this name is in memory."""
        return bool(self.connection.creation.is_in_memory_db(name))

    def make_room(self, name: str) -> None:
        if self.in_memory(name):
            return
        path = Path(name)
        if path.exists():
            self._refuse_foreign(path)
            path.unlink()
        for ending in _SIDE_FILES:
            Path(f"{name}{ending}").unlink(missing_ok=True)

    def sweep(self, name: str) -> None:
        if self.in_memory(name):
            return
        root, ext = os.path.splitext(name)  # noqa: PTH122 - as Django names the files of workers
        for found in glob.glob(f"{glob.escape(root)}_*{glob.escape(ext)}"):  # noqa: PTH207 - the name may be relative
            if re.fullmatch(r"\d+", found[len(root) + 1 : len(found) - len(ext)]):
                with contextlib.suppress(ForeignDatabaseError):
                    self.make_room(found)

    def mark(self, name: str, key: str) -> None:
        if not self.in_memory(name):
            # The connection points to it already; what it can't open is told in Django's words.
            with self.connection.cursor() as cursor:
                cursor.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def holds(self, snapshot: Snapshot, folder: Path) -> bool:
        return all((folder / name).is_file() for name in snapshot.files)

    def restore(self, snapshot: Snapshot, folder: Path, name: str, state: State) -> None:
        file = f"{state}.sqlite3"
        if file not in snapshot.files:
            raise DamagedSnapshotError(f"it has no state {state}")
        data = checked(folder / file, snapshot.files[file])
        if self.in_memory(name):
            self._fill_memory(data, folder / file)
            return
        self.connection.close()
        self.make_room(name)
        copy(folder / file, Path(name))

    def _fill_memory(self, data: bytes, path: Path) -> None:
        connection = self.connection
        connection.ensure_connection()
        if hasattr(sqlite3.Connection, "deserialize"):
            source = sqlite3.connect(":memory:")
            source.deserialize(data)
        else:
            source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        with contextlib.closing(source):
            # Not deserialize() right into it: other connections share this database, and would keep the old one.
            source.backup(connection.connection)

    def save(self, name: str, folder: Path, key: str, state: State) -> tuple[dict[str, StoredFile], int]:
        target = folder / f"{state}.sqlite3"
        self.connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(target)) as database:
            database.execute("PRAGMA synchronous = OFF")
            self.connection.connection.backup(database)
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        stored = describe(target)
        return {target.name: stored}, stored.size

    def discard(self, key: str) -> None:
        """All that a snapshot has is in its folder."""

    def clone(self, source: str, target: str) -> None:
        self.make_room(target)
        self.connection.close()
        with contextlib.closing(sqlite3.connect(source)) as database:
            # What is still in a write-ahead log is in no copy of the file.
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy(Path(source), Path(target))

    def leave(self, name: str) -> None:
        self.make_room(name)

    def _refuse_foreign(self, path: Path) -> None:
        try:
            with open(path, "rb") as file:
                header = file.read(_HEADER)
        except OSError:
            header = b"?"
        # An empty file is one that somebody connected to and never wrote.
        if header and header[68:72] != APPLICATION_ID.to_bytes(4, "big"):
            raise ForeignDatabaseError(os.fspath(path), self.connection.alias)
