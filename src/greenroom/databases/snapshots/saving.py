"""Saving a new snapshot beside the making of its database; whatever goes wrong here, the tests can run."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

from django.db import Error

from greenroom.databases.snapshots.catalogue import Catalogue, Snapshot, State, StoredFile
from greenroom.databases.snapshots.files import DamagedSnapshotError
from greenroom.databases.steps import Steps
from greenroom.databases.vendors.api import Vendor
from greenroom.errors import GreenroomError

_TROUBLES = (OSError, Error, sqlite3.Error, DamagedSnapshotError, GreenroomError)


class Saving:
    """A snapshot that is being made.

    Args:
        catalogue: where it will be.
        vendor: saves the database.
        steps: is told what was done.
        key: of the snapshot.
        name: of the database.
    """

    def __init__(self, catalogue: Catalogue, vendor: Vendor, steps: Steps, key: str, name: str) -> None:
        self._catalogue = catalogue
        self._vendor = vendor
        self._steps = steps
        self._key = key
        self._name = name
        self._draft: Path | None = None
        self.states: list[State] = []
        self.files: dict[str, StoredFile] = {}
        self.size = 0
        """Bytes."""
        self.trouble = ""
        """Why it can't be kept; empty while it can."""

    def save(self, state: State) -> None:
        """Save what the database holds now."""
        if self.trouble:
            return
        try:
            if self._draft is None:
                self._draft = self._catalogue.draft()
            with self._steps.timed(self._vendor.connection.alias, "saved", state):
                files, size = self._vendor.save(self._name, self._draft, self._key, state)
        except _TROUBLES as error:
            self.trouble = f"it can't be saved ({_first_line(error)})"
            return
        self.states.append(state)
        self.files.update(files)
        self.size += size

    def keep(self, snapshot: Snapshot) -> str:
        """Make it a snapshot that is found from now on; why not, in words, where that can't be done."""
        assert self._draft is not None
        try:
            self._catalogue.keep(snapshot, self._draft)
        except OSError as error:
            return f"it can't be kept in {self._catalogue.folder} ({_first_line(error)})"
        return ""

    def give_up(self) -> None:
        """Leave nothing of it."""
        if self._draft is not None:
            shutil.rmtree(self._draft, ignore_errors=True)
        with contextlib.suppress(*_TROUBLES):
            self._vendor.discard(self._key)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
