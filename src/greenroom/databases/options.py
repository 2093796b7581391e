"""How the test databases of a run are made."""

from __future__ import annotations

from pathlib import Path

import msgspec


class LeaseOptions(msgspec.Struct, frozen=True):
    """How test databases are made."""

    root: Path
    """The folder of the project."""
    cache: Path
    """Where snapshots are kept."""
    fresh: bool = False
    """Migrate anew, whatever snapshots there are."""
    limit: int = 2 * 1024**3
    """The bytes that snapshots may take in all; the least recently used go first."""
    most: int = 100
    """How many snapshots there may be in all."""
    passing: frozenset[str] = frozenset()
    """Aliases whose server ends with the run: a snapshot there would be of no use."""
