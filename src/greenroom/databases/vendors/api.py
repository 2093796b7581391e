"""What greenroom needs from a kind of database."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from greenroom.databases.snapshots.catalogue import Snapshot, State, StoredFile


class Vendor(Protocol):
    """One connection's kind of database. A *lane* is a test database that a run works on.

    Every method that writes or drops looks at the mark first, and raises `ForeignDatabaseError` where it is missing.
    """

    name: str
    """As in `connection.vendor`, MariaDB apart from MySQL."""
    connection: Any

    def server(self) -> str:
        """What of the server, or library, a database depends on; part of the fingerprint."""

    def place(self) -> str:
        """Which server this is; empty where databases are files or in memory."""

    def make_room(self, name: str) -> None:
        """Drop what a lane of this name still holds."""

    def sweep(self, name: str) -> None:
        """Drop what a run that was killed has left for its workers; the lane is ours, so nobody uses them."""

    def mark(self, name: str, key: str) -> None:
        """Mark a database that was just made as a lane."""

    def holds(self, snapshot: Snapshot, folder: Path) -> bool:
        """Whether the contents of a snapshot are still there, as far as can be seen without reading all of it."""

    def restore(self, snapshot: Snapshot, folder: Path, name: str, state: State) -> None:
        """Make a lane from a snapshot.

        Raises:
            DamagedSnapshotError: the snapshot is not what it was.
        """

    def save(self, name: str, folder: Path, key: str, state: State) -> tuple[dict[str, StoredFile], int]:
        """Save what a lane holds as a state of a snapshot: the files that it has, and its size in bytes."""

    def discard(self, key: str) -> None:
        """Remove what a snapshot has outside of its folder."""

    def clone(self, source: str, target: str) -> None:
        """Make a lane from another one, for a worker."""

    def leave(self, name: str) -> None:
        """A lane is not needed any more: drop it, or keep it for the next run."""
