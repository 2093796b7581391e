"""MariaDB: a snapshot is a database beside the others, and a lane is filled from it table by table.

MariaDB has no templates, and DDL is dear. So a lane is kept from run to run: where its tables are still those of the
snapshot, only rows are put back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greenroom.databases.marks import ForeignDatabaseError, is_mark, lane_mark, marked_key, snapshot_mark
from greenroom.databases.names import snapshot_name
from greenroom.databases.snapshots.catalogue import Snapshot, State, StoredFile
from greenroom.databases.snapshots.files import DamagedSnapshotError
from greenroom.databases.vendors.server import Administration

_SCHEMA = "SELECT schema_comment FROM information_schema.schemata WHERE schema_name = %s"
_DEFAULTS = """
    SELECT default_character_set_name, default_collation_name FROM information_schema.schemata WHERE schema_name = %s
"""
_OBJECTS = """
    SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = %s ORDER BY table_name
"""
_COUNTERS = """
    SELECT table_name, auto_increment FROM information_schema.tables
    WHERE table_schema = %s AND auto_increment IS NOT NULL
"""
_TRIGGERS = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = %s ORDER BY action_order"
_ROUTINES = "SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = %s"


class MariaDB:
    """A `Vendor` for MariaDB."""

    name = "mariadb"

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.administration = Administration(connection)

    def server(self) -> str:
        row = self.administration.rows("SELECT VERSION(), @@sql_mode, @@character_set_server, @@collation_server")[0]
        return "/".join(map(str, row))

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
            self.administration.run(f"DROP DATABASE {self._quote(name)}")

    def sweep(self, name: str) -> None:
        """Nothing: the lanes of workers are kept for later runs, whether theirs ended well or not."""

    def mark(self, name: str, key: str) -> None:
        self._set_comment(name, lane_mark(key))

    def holds(self, snapshot: Snapshot, folder: Path) -> bool:
        return all(
            self._comment(snapshot_name(snapshot.key, s)) == snapshot_mark(snapshot.key) for s in snapshot.states
        )

    def restore(self, snapshot: Snapshot, folder: Path, name: str, state: State) -> None:
        source = snapshot_name(snapshot.key, state)
        self.connection.close()
        with self.administration.open():
            if self._comment(source) != snapshot_mark(snapshot.key):
                raise DamagedSnapshotError(f"its database {source} is gone")
            if state == "ready" and self._comment(name) == lane_mark(snapshot.key) and self._put_back(source, name):
                return
            self.make_room(name)
            self._copy(source, name, lane_mark(snapshot.key if state == "ready" else ""))

    def save(self, name: str, folder: Path, key: str, state: State) -> tuple[dict[str, StoredFile], int]:
        final = snapshot_name(key, state)
        self.connection.close()
        with self.administration.open():
            self.make_room(final)
            # Its mark comes last: a half-written one counts as a lane, and gives way.
            self._copy(name, final, lane_mark())
            self._set_comment(final, snapshot_mark(key))
            size = self.administration.rows(
                "SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = %s", [final]
            )[0][0]
        return {}, int(size or 0)

    def discard(self, key: str) -> None:
        with self.administration.open():
            for state in ("ready", "bare"):
                self.make_room(snapshot_name(key, state))

    def clone(self, source: str, target: str) -> None:
        self.connection.close()
        with self.administration.open():
            comment = self._comment(source) or ""
            key = marked_key(comment)
            if key and self._comment(target) == comment and self._put_back(source, target):
                return
            self.make_room(target)
            self._copy(source, target, lane_mark(key))

    def leave(self, name: str) -> None:
        """Kept: the next run finds its tables made. One that goes back to no snapshot is dropped."""
        self.connection.close()
        with self.administration.open():
            if not marked_key(self._comment(name)):
                self.make_room(name)

    # Copies -----------------------------------------------------------------------------------------------------------

    def _copy(self, source: str, target: str, comment: str) -> None:
        charset, collation = self.administration.rows(_DEFAULTS, [source])[0]
        run, quote = self.administration.run, self._quote
        run(f"CREATE DATABASE {quote(target)} CHARACTER SET {charset} COLLATE {collation} COMMENT '{lane_mark()}'")
        with self._inside(target):
            objects = self.administration.rows(_OBJECTS, [source])
            for table in (name for name, kind in objects if kind == "BASE TABLE"):
                run(self._ddl("TABLE", source, table, 1))
                columns = self._stored_columns(source, table)
                run(
                    f"INSERT INTO {quote(target)}.{quote(table)} ({columns})"
                    f" SELECT {columns} FROM {quote(source)}.{quote(table)}"
                )
            for sequence in (name for name, kind in objects if kind == "SEQUENCE"):
                run(self._ddl("TABLE", source, sequence, 1))
                run(f"SELECT SETVAL({quote(sequence)}, NEXTVAL({quote(source)}.{quote(sequence)}), 0)")
            for kind, name in self.administration.rows(_ROUTINES, [source]):
                run(self._ddl(kind, source, name, 2))
            for (name,) in self.administration.rows(_TRIGGERS, [source]):
                run(self._ddl("TRIGGER", source, name, 2))
            self._copy_views(source, [name for name, kind in objects if kind == "VIEW"])
        self._set_comment(target, comment)

    def _copy_views(self, source: str, views: list[str]) -> None:
        # A view may look at another one: round after round, until all are made or none can be.
        while views:
            left = []
            for view in views:
                ddl = self._ddl("VIEW", source, view, 1).replace(f"{self._quote(source)}.", "")
                try:
                    self.administration.run(ddl)
                except Exception:
                    if len(views) == 1:
                        raise
                    left.append(view)
            if len(left) == len(views):
                raise DamagedSnapshotError(f"the views {', '.join(views)} can't be copied")
            views = left

    def _inside(self, name: str) -> _Inside:
        return _Inside(self.administration, self._quote(name))

    def _ddl(self, kind: str, source: str, name: str, column: int) -> str:
        quote = self._quote
        return str(self.administration.rows(f"SHOW CREATE {kind} {quote(source)}.{quote(name)}")[0][column])

    def _stored_columns(self, source: str, table: str) -> str:
        rows = self.administration.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
            " AND (generation_expression IS NULL OR generation_expression = '') ORDER BY ordinal_position",
            [source, table],
        )
        return ", ".join(self._quote(name) for (name,) in rows)

    # Rows -------------------------------------------------------------------------------------------------------------

    def _put_back(self, source: str, lane: str) -> bool:
        """Put back the rows of a kept lane; False where its tables are not those of the source any more."""
        if self._shape(source) != self._shape(lane) or self.administration.rows(_TRIGGERS, [source]):
            return False
        tables = [name for name, kind in self.administration.rows(_OBJECTS, [source]) if kind == "BASE TABLE"]
        if not tables:
            return True
        quote, run = self._quote, self.administration.run
        lists = {schema: ", ".join(f"{quote(schema)}.{quote(table)}" for table in tables) for schema in (source, lane)}
        sums = {
            schema: {
                name.partition(".")[2]: total for name, total in self.administration.rows(f"CHECKSUM TABLE {all_}")
            }
            for schema, all_ in lists.items()
        }
        with self._inside(lane):
            for table in tables:
                if sums[source].get(table) is None or sums[source][table] != sums[lane].get(table):
                    columns = self._stored_columns(source, table)
                    run(f"DELETE FROM {quote(lane)}.{quote(table)}")
                    run(
                        f"INSERT INTO {quote(lane)}.{quote(table)} ({columns})"
                        f" SELECT {columns} FROM {quote(source)}.{quote(table)}"
                    )
            before, after = (dict(self.administration.rows(_COUNTERS, [schema])) for schema in (source, lane))
            for table, counter in before.items():
                if after.get(table) != counter:
                    run(f"ALTER TABLE {quote(lane)}.{quote(table)} AUTO_INCREMENT = {int(counter)}")
        return True

    def _shape(self, schema: str) -> tuple[object, ...]:
        """What two databases have in common that have the same tables."""
        rows = self.administration.rows
        return (
            rows(_OBJECTS, [schema]),
            rows(
                "SELECT table_name, column_name, ordinal_position, column_default, is_nullable, column_type,"
                " collation_name, extra, column_comment, generation_expression FROM information_schema.columns"
                " WHERE table_schema = %s ORDER BY table_name, ordinal_position",
                [schema],
            ),
            rows(
                "SELECT table_name, index_name, seq_in_index, column_name, non_unique, sub_part, collation, index_type"
                " FROM information_schema.statistics WHERE table_schema = %s ORDER BY table_name, index_name, seq_in_index",
                [schema],
            ),
            rows(
                "SELECT table_name, constraint_name, column_name, ordinal_position, referenced_table_name,"
                " referenced_column_name FROM information_schema.key_column_usage WHERE table_schema = %s"
                " ORDER BY table_name, constraint_name, ordinal_position",
                [schema],
            ),
            rows(
                "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints"
                " WHERE constraint_schema = %s ORDER BY table_name, constraint_name",
                [schema],
            ),
            rows(_TRIGGERS, [schema]),
            rows(_ROUTINES, [schema]),
        )

    def _comment(self, name: str) -> str | None:
        """The comment on a database: empty where it has none, None where there is no such database."""
        rows = self.administration.rows(_SCHEMA, [name])
        return None if not rows else rows[0][0] or ""

    def _set_comment(self, name: str, comment: str) -> None:
        self.administration.run(f"ALTER DATABASE {self._quote(name)} COMMENT '{comment}'")

    def _quote(self, name: str) -> str:
        return self.administration.quote(name)


class _Inside:
    """Statements without a schema go to one database, and nothing is checked that is only half there."""

    def __init__(self, administration: Administration, quoted: str) -> None:
        self._administration = administration
        self._quoted = quoted

    def __enter__(self) -> None:
        run = self._administration.run
        run(f"USE {self._quoted}")
        run("SET @greenroom_mode = @@SESSION.sql_mode")
        run(
            "SET SESSION foreign_key_checks = 0, unique_checks = 0, sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')"
        )

    def __exit__(self, *exc: object) -> None:
        run = self._administration.run
        run("COMMIT")
        run("SET SESSION foreign_key_checks = 1, unique_checks = 1, sql_mode = @greenroom_mode")
