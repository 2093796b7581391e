"""SQLite: one statement asks all tables, and often the number of changes says that the others are as they were."""

from __future__ import annotations

import sqlite3
from typing import Any

from django.db import DatabaseError, connections, transaction

from greenroom.databases.reset.api import Counter, Doubt, Reference, SchemaChanged, TableRows, Touched

_AT_ONCE = 1000
"""Columns in one result; SQLite allows 2000 (SQLITE_MAX_COLUMN)."""
_ATTEMPTS = 40
"""How often a restore of a locked database is tried again, each after a quarter of a second."""


class SqliteKeeper:
    """Looks at one SQLite database, in memory or in a file.

    Args:
        alias: its alias.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.last: tuple[object, Reference | None] | None = None
        self.stamp: tuple[Any, int, int] | None = None
        self._baseline: sqlite3.Connection | None = None
        with self.connection.cursor() as cursor:
            self._version = _one(cursor, "PRAGMA schema_version")
            self._schema = _schema(cursor)

    @property
    def connection(self) -> Any:
        return connections[self.alias]

    def unsure(self) -> None:
        self.last = self.stamp = None

    def check_schema(self) -> None:
        with self.connection.cursor() as cursor:
            self.check_version(cursor)

    def check_version(self, cursor: Any) -> None:
        """Raise `SchemaChanged`, unless what a test made is gone again."""
        version = _one(cursor, "PRAGMA schema_version")
        if version != self._version:
            if _schema(cursor) != self._schema:
                raise SchemaChanged
            self._version = version

    def now(self, cursor: Any) -> tuple[Any, int, int]:
        """What changes with every change: the connection, its number of changes, and a number for those of others."""
        raw = self.connection.connection
        return raw, raw.total_changes, _one(cursor, "PRAGMA data_version")

    def changes(self, now: tuple[Any, int, int]) -> int | None:
        """How many rows were changed since the last reset; None where that isn't known."""
        last = self.stamp
        if last is None or now[0] is not last[0] or now[2] != last[2]:
            return None
        return now[1] - last[1]

    def plan(self, tables: frozenset[str], *, cascade: bool, kept: frozenset[str]) -> SqlitePlan:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT m.name, f.\"table\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"
            )
            references = cursor.fetchall()
            cursor.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
            triggers = {name.lower() for (name,) in cursor.fetchall()}
        names = {table.lower(): table for table in tables}
        while outside := {name for name, other in references if other.lower() in names and name.lower() not in names}:
            if not cascade:
                raise Doubt(f"{min(outside)} has a foreign key to a table that is flushed, but is not flushed itself")
            names |= {name.lower(): name for name in outside}
        if kept and triggers & {table.lower() for table in kept}:
            raise Doubt("there is a trigger on a table that a flush fills again")
        return SqlitePlan(self, sorted(names.values()), triggers=bool(triggers))

    def read(self, tables: frozenset[str]) -> dict[str, TableRows]:
        with self.connection.cursor() as cursor:
            return {table: self._read(cursor, table) for table in sorted(tables)}

    def _read(self, cursor: Any, table: str) -> TableRows:
        cursor.execute(f"PRAGMA table_xinfo({self.quote(table)})")
        columns = tuple(row[1] for row in cursor.fetchall() if row[6] == 0)
        cursor.execute(self.select(table, columns))
        return TableRows(columns, tuple(map(tuple, cursor.fetchall())))

    def select(self, table: str, columns: tuple[str, ...]) -> str:
        """SQL for all rows, as they are stored: the sign keeps the driver's converters away."""
        return f"SELECT {', '.join('+' + self.quote(column) for column in columns)} FROM {self.quote(table)}"

    def add(self, reference: Reference) -> None:
        with transaction.atomic(using=self.alias), self.connection.cursor() as cursor:
            self.insert(cursor, reference)

    def insert(self, cursor: Any, reference: Reference) -> None:
        """Insert all rows of the reference."""
        for table, held in reference.rows.items():
            names = ", ".join(map(self.quote, held.columns)).replace("%", "%%")
            values = ", ".join(["%s"] * len(held.columns))
            into = self.quote(table).replace("%", "%%")
            cursor.executemany(f"INSERT INTO {into} ({names}) VALUES ({values})", held.rows)

    def counters(self, tables: frozenset[str], exact: frozenset[str]) -> dict[str, Counter]:
        if not any(name == "sqlite_sequence" for _, name, *_ in self._schema):
            return {}
        found = {}
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_sequence")
            for (table,) in cursor.fetchall():
                if table in tables:
                    found[table] = Counter(_one(cursor, f"SELECT max(rowid) FROM {self.quote(table)}"), exact=False)
        return found

    def quote(self, name: str) -> str:
        """A name as an identifier."""
        return str(self.connection.ops.quote_name(name))

    def remember_baseline(self) -> None:
        self._baseline = sqlite3.connect(":memory:", check_same_thread=False)
        with self.connection.cursor() as cursor:
            self.connection.connection.backup(self._baseline)
            self._stamp(cursor, None)

    def put_back_baseline(self) -> Touched:
        baseline = self._baseline
        if baseline is None:
            raise Doubt("the baseline of this database was not recorded")
        with self.connection.cursor() as cursor:
            same = self.changes(self.now(cursor)) == 0 and _one(cursor, "PRAGMA schema_version") == self._version
            if same:
                return Touched(0, 0)
            _restore(baseline, self.connection.connection)
            self._version = _one(cursor, "PRAGMA schema_version")
            self._stamp(cursor, None)
        tables = sum(kind == "table" for kind, *_ in self._schema)
        return Touched(tables, tables)

    def _stamp(self, cursor: Any, reference: Reference | None, plan: object = None) -> None:
        self.stamp = self.now(cursor)
        self.last = (plan, reference)

    def settled(self, cursor: Any, plan: object, reference: Reference) -> None:
        """Remember that the database is as this plan and this reference say."""
        self._stamp(cursor, reference, plan)


class SqlitePlan:
    """The tables that one kind of flush empties.

    Args:
        keeper: looks at the database.
        tables: all that a flush would empty.
        triggers: whether any table has a trigger: then a deletion may write elsewhere.
    """

    def __init__(self, keeper: SqliteKeeper, tables: list[str], *, triggers: bool) -> None:
        self._keeper = keeper
        self._tables = tables
        self._triggers = triggers
        exists = [f"EXISTS(SELECT 1 FROM {keeper.quote(table)})" for table in tables]
        self._asks = [
            (f"SELECT {', '.join(exists[start : start + _AT_ONCE])}", tables[start : start + _AT_ONCE])
            for start in range(0, len(tables), _AT_ONCE)
        ]

    def holding(self) -> set[str]:
        with self._keeper.connection.cursor() as cursor:
            return set(self._filled(cursor))

    def _filled(self, cursor: Any) -> list[str]:
        filled: list[str] = []
        for sql, tables in self._asks:
            cursor.execute(sql)
            filled += [table for table, some in zip(tables, cursor.fetchone(), strict=True) if some]
        return filled

    def put_back(self, reference: Reference) -> Touched:
        keeper = self._keeper
        with keeper.connection.cursor() as cursor:
            keeper.check_version(cursor)
            now = keeper.now(cursor)
            changes = keeper.changes(now) if keeper.last == (self, reference) else None
            if changes == 0:
                return Touched(0, 0)
            filled = [table for table in self._filled(cursor) if table not in reference.rows]
            with transaction.atomic(using=keeper.alias):
                deleted = self._empty(cursor, filled)
                if self._triggers:
                    # What a trigger wrote when its table was emptied is as much in the way as what the test wrote.
                    self._empty(cursor, [table for table in self._filled(cursor) if table not in reference.rows])
                # Every changed row is accounted for: the test did nothing but insert these.
                known = changes == deleted and not self._triggers
                changed = not known and self._differ(cursor, reference)
                if changed:
                    self._empty(cursor, list(reference.rows))
                    keeper.insert(cursor, reference)
                if not known:
                    _advance(cursor, reference)
            keeper.settled(cursor, self, reference)
        return Touched(len(self._tables), len(filled) + (len(reference.rows) if changed else 0))

    def _empty(self, cursor: Any, tables: list[str]) -> int:
        deleted = 0
        for table in tables:
            cursor.execute(f"DELETE FROM {self._keeper.quote(table)}")
            deleted += cursor.rowcount
        return deleted

    def _differ(self, cursor: Any, reference: Reference) -> bool:
        for table, held in reference.rows.items():
            cursor.execute(self._keeper.select(table, held.columns))
            if tuple(map(tuple, cursor.fetchall())) != held.rows:
                return True
        return False


def _one(cursor: Any, sql: str) -> int:
    cursor.execute(sql)
    return int(cursor.fetchone()[0])


def _advance(cursor: Any, reference: Reference) -> None:
    """Where a test has put a sequence back, though rows stayed: an insert would put it where it was."""
    for table, counter in reference.counters.items():
        cursor.execute(
            "UPDATE sqlite_sequence SET seq = %s WHERE name = %s AND seq < %s", [counter.value, table, counter.value]
        )


def _schema(cursor: Any) -> list[tuple[str, str, str, str | None]]:
    cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
    return [tuple(row) for row in cursor.fetchall()]


def _restore(baseline: sqlite3.Connection, raw: sqlite3.Connection) -> None:
    """Copy the baseline over a database that others may be reading."""
    attempts = 0

    def tried(_status: int, _remaining: int, _total: int) -> None:
        nonlocal attempts
        attempts += 1
        if attempts > _ATTEMPTS:
            raise DatabaseError("the database is locked: something still reads or writes it after the test")

    baseline.backup(raw, progress=tried, sleep=0.25)
