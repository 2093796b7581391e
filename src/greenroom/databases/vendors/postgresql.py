"""PostgreSQL: a snapshot is a database that nobody may connect to, and a lane a copy of it (`CREATE DATABASE … TEMPLATE`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.db import DatabaseError

from greenroom.databases.marks import ForeignDatabaseError, is_mark, lane_mark, marked_key, snapshot_mark
from greenroom.databases.names import snapshot_name
from greenroom.databases.snapshots.catalogue import Snapshot, State, StoredFile
from greenroom.databases.snapshots.files import DamagedSnapshotError
from greenroom.databases.vendors.server import Administration

_LOOK = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
_LANES = "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname ~ %s"
_SERVER = """
    SELECT current_setting('server_version'), encoding, datcollate, datctype
    FROM pg_database WHERE datname = 'template1'
"""


class PostgreSQL:
    """A `Vendor` for PostgreSQL."""

    name = "postgresql"

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.administration = Administration(connection)

    def server(self) -> str:
        return "/".join(map(str, self.administration.rows(_SERVER)[0]))

    def place(self) -> str:
        settings = self.connection.settings_dict
        return ":".join(str(settings.get(key) or "") for key in ("HOST", "PORT", "USER"))

    def make_room(self, name: str) -> None:
        with self.administration.open():
            comment = self._comment(name)
            if comment is None:
                return
            if not is_mark(comment):
                raise ForeignDatabaseError(name, self.connection.alias)
            self._drop(name)

    def sweep(self, name: str) -> None:
        with self.administration.open():
            for found, comment in self.administration.rows(_LANES, [f"^{re.escape(name)}_[0-9]+$"]):
                if is_mark(comment):
                    self._drop(found)

    def mark(self, name: str, key: str) -> None:
        self._set_comment(name, lane_mark(key))

    def holds(self, snapshot: Snapshot, folder: Path) -> bool:
        return all(self._is_snapshot(snapshot.key, state) for state in snapshot.states)

    def restore(self, snapshot: Snapshot, folder: Path, name: str, state: State) -> None:
        source = snapshot_name(snapshot.key, state)
        self._let_go()
        with self.administration.open():
            if not self._is_snapshot(snapshot.key, state):
                raise DamagedSnapshotError(f"its database {source} is gone")
            self.make_room(name)
            self._copy(source, name)
            self.mark(name, snapshot.key)

    def save(self, name: str, folder: Path, key: str, state: State) -> tuple[dict[str, StoredFile], int]:
        final = snapshot_name(key, state)
        draft = f"{final}_new"
        self._let_go()
        with self.administration.open():
            for old in (draft, final):
                self.make_room(old)
            self._copy(name, draft)
            # With its mark and its name it is there all at once, or not at all.
            self._set_comment(draft, snapshot_mark(key))
            quote = self.administration.quote
            self.administration.run(f"ALTER DATABASE {quote(draft)} WITH ALLOW_CONNECTIONS false")
            self.administration.run(f"ALTER DATABASE {quote(draft)} RENAME TO {quote(final)}")
            size = self.administration.rows("SELECT pg_database_size(%s)", [final])[0][0]
        return {}, int(size)

    def discard(self, key: str) -> None:
        with self.administration.open():
            for state in ("ready", "bare"):
                self.make_room(snapshot_name(key, state))

    def clone(self, source: str, target: str) -> None:
        self._let_go()
        with self.administration.open():
            comment = self._comment(source)
            self.make_room(target)
            self._copy(source, target)
            self.mark(target, marked_key(comment))

    def leave(self, name: str) -> None:
        self._let_go()
        self.make_room(name)

    def _let_go(self) -> None:
        # A database that somebody is connected to can't be copied, nor dropped.
        self.connection.close()
        if hasattr(self.connection, "close_pool"):
            self.connection.close_pool()

    def _copy(self, source: str, target: str) -> None:
        quote = self.administration.quote
        self.administration.run(f"CREATE DATABASE {quote(target)} TEMPLATE {quote(source)}")

    def _drop(self, name: str) -> None:
        quoted = self.administration.quote(name)
        try:
            self.administration.run(f"DROP DATABASE {quoted}")
        except DatabaseError:
            # A connection that a test left open, or a process that is still ending.
            self.administration.run(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")

    def _comment(self, name: str) -> str | None:
        """The comment on a database: empty where it has none, None where there is no such database."""
        rows = self.administration.rows(_LOOK, [name])
        return None if not rows else rows[0][0] or ""

    def _is_snapshot(self, key: str, state: State) -> bool:
        return self._comment(snapshot_name(key, state)) == snapshot_mark(key)

    def _set_comment(self, name: str, comment: str) -> None:
        # Marks hold letters, digits and colons: no quoting is needed, and this statement takes no parameters.
        self.administration.run(f"COMMENT ON DATABASE {self.administration.quote(name)} IS '{comment}'")
