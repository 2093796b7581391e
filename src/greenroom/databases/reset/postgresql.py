"""PostgreSQL: the sizes of the files name the tables that may hold rows, and `xmin` says whether rows are the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections, transaction

from greenroom.databases.reset.api import Counter, Doubt, Reference, SchemaChanged, TableRows, Touched
from greenroom.databases.reset.pgcatalog import Catalog, Mark, Table, read_catalog, read_mark, schema_digest
from greenroom.errors import GreenroomError

_LARGE = 128 * 1024
"""Bytes from which a table is truncated, not deleted from: its rows would each ask for those that refer to it, and dead
ones would be read by every question whether there is one."""
_TRIES = 3
"""How often a table's pages are asked back in vain."""
_PARAMETERS = 30_000
"""In one statement; the protocol allows 65,535."""


class PostgresqlKeeper:
    """Looks at one PostgreSQL database. It needs no rights but those of the tables' owner.

    Args:
        alias: its alias.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.fingerprints: dict[str, object] = {}
        self._baseline: tuple[PostgresqlPlan, Reference] | None = None
        self.stubborn: dict[int, int] = {}
        with self.connection.cursor() as cursor:
            self.mark: Mark = read_mark(cursor)
            self._digest = schema_digest(cursor)
            self.size_sql = size_sql(cursor)

    @property
    def connection(self) -> Any:
        return connections[self.alias]

    def unsure(self) -> None:
        self.fingerprints.clear()

    def check_schema(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT {self.mark.same_sql()}")
            if not cursor.fetchone()[0]:
                self.check_digest(cursor)

    def check_digest(self, cursor: Any) -> None:
        """Raise `SchemaChanged`, unless what a test made is gone again, or is temporary."""
        if schema_digest(cursor) != self._digest:
            raise SchemaChanged
        self.mark = read_mark(cursor)

    def plan(self, tables: frozenset[str], *, cascade: bool, kept: frozenset[str]) -> PostgresqlPlan:
        with self.connection.cursor() as cursor:
            catalog = read_catalog(cursor)
        named = [table for table in catalog.tables.values() if table.visible and table.name in tables]
        chosen = catalog.flushed({table.oid for table in named}, cascade=cascade)
        for table in named:
            if table.name in kept and (table.kind != "r" or table.triggers or catalog.children(table.oid)):
                raise Doubt("there is a trigger on a table that a flush fills again, or one that inherits from it")
        names = {table.oid: table.name for table in named if table.name in kept}
        return PostgresqlPlan(self, catalog, [table for table in chosen if table.kind == "r"], names)

    def read(self, tables: frozenset[str]) -> dict[str, TableRows]:
        with self.connection.cursor() as cursor:
            return {table: self.read_table(cursor, self.quote(table)) for table in sorted(tables)}

    def read_table(self, cursor: Any, name: str) -> TableRows:
        """All rows of a table, as PostgreSQL writes them: that reads back as the same value for every type."""
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = '' ORDER BY attnum",
            [name],
        )
        columns = tuple(row[0] for row in cursor.fetchall())
        shown = ", ".join(f"{self.quote(column)}::text" for column in columns)
        cursor.execute(f"SELECT {shown} FROM ONLY {name} ORDER BY ctid")
        return TableRows(columns, tuple(map(tuple, cursor.fetchall())))

    def add(self, reference: Reference) -> None:
        with transaction.atomic(using=self.alias), self.connection.cursor() as cursor:
            self.insert(cursor, {self.quote(table): held for table, held in reference.rows.items()})
            self.advance(cursor, reference.counters)

    def insert(self, cursor: Any, rows: dict[str, TableRows]) -> None:
        """Insert rows, by the SQL name of their table."""
        for name, held in rows.items():
            into = f"INSERT INTO {name} ({', '.join(map(self.quote, held.columns))}) OVERRIDING SYSTEM VALUE VALUES "
            one = f"({', '.join(['%s'] * len(held.columns))})"
            step = max(1, _PARAMETERS // max(1, len(held.columns)))
            for start in range(0, len(held.rows), step):
                some = held.rows[start : start + step]
                sql = into.replace("%", "%%") + ", ".join([one] * len(some))
                cursor.execute(sql, [value for row in some for value in row])

    def counters(self, tables: frozenset[str], exact: frozenset[str]) -> dict[str, Counter]:
        found: dict[str, Counter] = {}
        with self.connection.cursor() as cursor:
            for table in tables:
                column = self.connection.introspection.get_primary_key_column(cursor, table)
                if column is None:
                    continue
                cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [self.quote(table), column])
                sequence = cursor.fetchone()[0]
                if sequence is not None:
                    cursor.execute(f"SELECT max({self.quote(column)}) FROM {self.quote(table)}")
                    found[sequence] = Counter(cursor.fetchone()[0], exact=table in exact)
        return found

    def advance(self, cursor: Any, counters: Any, stand: Sequence[int | None] | None = None) -> None:
        """Put sequences where they belong; `stand` is where they are, if that is known already."""
        if not counters:
            return
        if stand is None:
            cursor.execute(f"SELECT {stand_sql(counters)}")
            stand = cursor.fetchone()[0]
        wrong = [
            (sequence, counter.value)
            for (sequence, counter), value in zip(counters.items(), stand, strict=True)
            if is_wrong(counter, value)
        ]
        for sequence, value in wrong:
            if value is None:
                cursor.execute(
                    "SELECT setval(%s::regclass, seqstart, false) FROM pg_sequence WHERE seqrelid = %s::regclass",
                    [sequence, sequence],
                )
            else:
                cursor.execute("SELECT setval(%s::regclass, %s)", [sequence, value])

    def quote(self, name: str) -> str:
        """A name as an identifier."""
        return str(self.connection.ops.quote_name(name))

    def remember_baseline(self) -> None:
        with self.connection.cursor() as cursor:
            catalog = read_catalog(cursor)
            tables = [table for table in catalog.tables.values() if table.kind == "r" and not table.of_extension]
            empty = PostgresqlPlan(self, catalog, tables, {})
            filled = empty.filled(cursor, empty.oids())
            if guarded := sorted(table.sql for table in tables if table.oid in filled and table.triggers):
                raise GreenroomError(
                    f"The rows of {guarded[0]} can't be kept as a baseline: a trigger would fire when they are put back.",
                    'Use reset = "compat" for this database.',
                )
            rows = {table.sql: self.read_table(cursor, table.sql) for table in tables if table.oid in filled}
            counters = {}
            cursor.execute(
                "SELECT seqrelid::regclass::text, pg_sequence_last_value(seqrelid) FROM pg_sequence s"
                " JOIN pg_class c ON c.oid = seqrelid WHERE c.relpersistence <> 't'"
            )
            for sequence, value in cursor.fetchall():
                counters[sequence] = Counter(value, exact=True)
        names = {table.oid: table.sql for table in tables if table.sql in rows}
        self._baseline = (PostgresqlPlan(self, catalog, tables, names), Reference(rows, counters))

    def put_back_baseline(self) -> Touched:
        if self._baseline is None:
            raise Doubt("the baseline of this database was not recorded")
        plan, reference = self._baseline
        return plan.put_back(reference)


class PostgresqlPlan:
    """The tables that one kind of flush empties.

    Args:
        keeper: looks at the database.
        catalog: all tables, and what refers to what.
        tables: those that hold rows themselves, of all that a flush would empty.
        kept: of these, by their oid, the name in a reference of those that may hold rows in one.
    """

    def __init__(
        self, keeper: PostgresqlKeeper, catalog: Catalog, tables: Iterable[Table], kept: dict[int, str]
    ) -> None:
        self._keeper = keeper
        self._catalog = catalog
        self._tables = {table.oid: table for table in tables}
        self._kept = kept

    def oids(self) -> set[int]:
        """All tables of this plan."""
        return set(self._tables)

    def holding(self) -> set[str]:
        with self._keeper.connection.cursor() as cursor:
            return {self._kept.get(oid, self._tables[oid].sql) for oid in self.filled(cursor, self.oids())}

    def filled(self, cursor: Any, oids: set[int]) -> set[int]:
        """Those of these tables that hold rows."""
        if not oids:
            return set()
        asks = [f"CASE WHEN EXISTS(SELECT FROM ONLY {self._tables[oid].sql}) THEN {oid} END" for oid in sorted(oids)]
        cursor.execute(f"SELECT ARRAY[{', '.join(asks)}]")
        return {oid for oid in cursor.fetchone()[0] if oid is not None}

    def put_back(self, reference: Reference) -> Touched:
        keeper = self._keeper
        kept = {oid: name for oid, name in self._kept.items() if name in reference.rows}
        with keeper.connection.cursor() as cursor:
            cursor.execute(self._question(kept, reference))
            same, some, large, fingerprints, stand = cursor.fetchone()
            if not same:
                keeper.check_digest(cursor)
            filled = self.filled(cursor, set(some))
            changed = self._changed(cursor, kept, fingerprints, reference)
            counted = any(map(is_wrong, reference.counters.values(), stand))
            if filled or changed:
                changed = self._write(cursor, reference, kept, filled, set(large) & filled, changed=changed)
            if counted:
                keeper.advance(cursor, reference.counters, stand)
            self._shrink(cursor, set(some), filled)
        return Touched(len(self._tables), len(filled) + (len(kept) if changed else 0))

    def _question(self, kept: dict[int, str], reference: Reference) -> str:
        others = ",".join(str(oid) for oid in self._tables if oid not in kept)
        marks = ", ".join(fingerprint_sql(self._tables[oid].sql) for oid in kept)
        return (
            f"WITH s AS MATERIALIZED (SELECT o, {self._keeper.size_sql} AS z"
            f" FROM unnest('{{{others}}}'::oid[]) o)"
            f" SELECT {self._keeper.mark.same_sql()}, ARRAY(SELECT o::int8 FROM s WHERE z > 0),"
            f" ARRAY(SELECT o::int8 FROM s WHERE z > {_LARGE}), ARRAY[{marks}]::text[], {stand_sql(reference.counters)}"
        )

    def _changed(self, cursor: Any, kept: dict[int, str], now: list[str], reference: Reference) -> bool:
        known = self._keeper.fingerprints
        for (oid, name), mark in zip(kept.items(), now, strict=True):
            if known.get(name) != mark:
                if self._keeper.read_table(cursor, self._tables[oid].sql) != reference.rows[name]:
                    return True
                known[name] = mark
        return False

    def _write(
        self,
        cursor: Any,
        reference: Reference,
        kept: dict[int, str],
        filled: set[int],
        large: set[int],
        *,
        changed: bool,
    ) -> bool:
        """Empty what is filled; rewrite what is kept if it changed. Return whether it did, or had to."""
        truncated = self._truncated(large | {oid for oid in filled if self._tables[oid].truncate_only})
        changed = changed or bool(truncated & kept.keys())
        deleted = filled - truncated | (kept.keys() - truncated if changed else set())
        if not changed and not truncated:
            cursor.execute(self._delete(deleted))
            return False
        with transaction.atomic(using=self._keeper.alias):
            if truncated:
                names = ", ".join(self._tables[oid].sql for oid in sorted(truncated))
                cursor.execute(f"TRUNCATE ONLY {names}".replace(", ", ", ONLY "))
            if deleted:
                cursor.execute(self._delete(deleted))
            if changed:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
                rows = {self._tables[oid].sql: reference.rows[name] for oid, name in kept.items()}
                self._keeper.insert(cursor, rows)
        if changed and kept:
            cursor.execute("SELECT " + ", ".join(fingerprint_sql(self._tables[oid].sql) for oid in kept))
            self._keeper.fingerprints.update(zip(kept.values(), cursor.fetchone(), strict=True))
        return changed

    def _delete(self, oids: set[int]) -> str:
        """One statement for all: every foreign key is looked at after the last row is gone."""
        parts = [f"d{oid} AS (DELETE FROM ONLY {self._tables[oid].sql})" for oid in sorted(oids)]
        return f"WITH {', '.join(parts)} SELECT 1"

    def _truncated(self, oids: set[int]) -> set[int]:
        """These, and all that must be truncated with them because it refers to them."""
        return {oid for oid in self._catalog.referring(oids) if oid in self._tables}

    def _shrink(self, cursor: Any, some: set[int], filled: set[int]) -> None:
        """Give back the pages of tables without rows: the next reset need not ask for these then.

        That fails while somebody may still see the rows, so it is not tried for ever.
        """
        tried = self._keeper.stubborn
        for oid in filled:
            tried.pop(oid, None)
        oids = [oid for oid in some if tried.get(oid, 0) < _TRIES]
        if oids:
            names = ", ".join(self._tables[oid].sql for oid in sorted(oids))
            cursor.execute(f"VACUUM (SKIP_LOCKED) {names}")
        for oid in oids:
            tried[oid] = tried.get(oid, 0) + 1


def size_sql(cursor: Any) -> str:
    """SQL for the size in bytes of the table with the oid `o`.

    Who may look at the server's files gets it without the server's preparing to read the table: four times faster.
    """
    cursor.execute("SELECT has_function_privilege('pg_stat_file(text, boolean)', 'EXECUTE')")
    fast = cursor.fetchone()[0]
    return "coalesce((pg_stat_file(pg_relation_filepath(o), true)).size, 0)" if fast else "pg_relation_size(o)"


def fingerprint_sql(name: str) -> str:
    """SQL for a text that is another one after every insert, update and delete in a table."""
    x = "xmin::text::int8"
    return f"(SELECT concat_ws(' ', count(*), min({x}), max({x}), sum({x})) FROM ONLY {name})"


def stand_sql(counters: Any) -> str:
    """SQL for an array of the last values of sequences, in their order."""
    if not counters:
        return "'{}'::int8[]"
    literals = ", ".join("'" + sequence.replace("'", "''") + "'::regclass" for sequence in counters)
    return f"(SELECT array_agg(pg_sequence_last_value(o) ORDER BY n) FROM unnest(ARRAY[{literals}]) WITH ORDINALITY u(o, n))"


def is_wrong(counter: Counter, value: int | None) -> bool:
    """Whether a sequence that stands at this value must be moved."""
    if counter.exact or counter.value is None or value is None:
        return value != counter.value
    return value < counter.value
