"""MariaDB and MySQL: one statement asks all tables, and the server's own counters say whether there was any DDL."""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

from greenroom.databases.reset.api import Counter, Doubt, Reference, SchemaChanged, TableRows, Touched
from greenroom.errors import GreenroomError

_CASTS = {
    # The driver, or the server's own way to show them, would lose something of these.
    "float": "CAST({} AS DOUBLE)",
    "bit": "{} + 0",
    "date": "CAST({} AS CHAR)",
    "datetime": "CAST({} AS CHAR)",
    "timestamp": "CAST({} AS CHAR)",
    "time": "CAST({} AS CHAR)",
}
_SPATIAL = {
    "geometry", "point", "linestring", "polygon",
    "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection",
}  # fmt: skip
_DDL = ("CREATE", "ALTER", "DROP", "RENAME")
_OBJECTS = ("TABLE", "INDEX", "TRIGGER", "VIEW", "SEQUENCE", "DB")


class MysqlKeeper:
    """Looks at one database of a MariaDB or MySQL server.

    Args:
        alias: its alias.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.selects: dict[str, str] = {}
        self._baseline: tuple[MysqlPlan, Reference] | None = None
        with self.connection.cursor() as cursor:
            self._statements = _statements(cursor)
            self._digest = _digest(cursor)

    @property
    def connection(self) -> Any:
        return connections[self.alias]

    def unsure(self) -> None:
        """Nothing is remembered from one reset to the next."""

    def check_schema(self) -> None:
        with self.connection.cursor() as cursor:
            self.check_statements(cursor)

    def check_statements(self, cursor: Any) -> None:
        """Raise `SchemaChanged` if the server has changed a schema since the last time, and it was this one."""
        statements = _statements(cursor)
        if statements != self._statements:
            if _digest(cursor) != self._digest:
                raise SchemaChanged
            self._statements = statements

    def plan(self, tables: frozenset[str], *, cascade: bool, kept: frozenset[str]) -> MysqlPlan:
        with self.connection.cursor() as cursor:
            triggers = _triggers(cursor)
        if triggers & kept:
            raise Doubt("there is a trigger on a table that a flush fills again")
        return MysqlPlan(self, sorted(tables), triggers=bool(triggers))

    def read(self, tables: frozenset[str]) -> dict[str, TableRows]:
        with self.connection.cursor() as cursor:
            return {table: self.read_table(cursor, table) for table in sorted(tables)}

    def read_table(self, cursor: Any, table: str) -> TableRows:
        """All rows of a table, each value so that it can be written back unchanged."""
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = DATABASE()"
            " AND table_name = %s AND coalesce(generation_expression, '') = '' ORDER BY ordinal_position",
            [table],
        )
        columns = cursor.fetchall()
        if any(kind in _SPATIAL for _, kind in columns):
            raise GreenroomError(
                f"The rows of {table} can't be kept as a baseline: it has a spatial column.",
                'Use reset = "compat" for this database.',
            )
        self.selects[table] = self._select(table, columns)
        cursor.execute(self.selects[table])
        return TableRows(tuple(name for name, _ in columns), tuple(map(tuple, cursor.fetchall())))

    def _select(self, table: str, columns: Any) -> str:
        shown = ", ".join(_CASTS.get(kind, "{}").format(self.quote(name)) for name, kind in columns)
        return f"SELECT {shown} FROM {self.quote(table)}"

    def add(self, reference: Reference) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
            try:
                with transaction.atomic(using=self.alias, savepoint=False):
                    self.insert(cursor, reference)
            finally:
                cursor.execute("SET FOREIGN_KEY_CHECKS = 1")

    def insert(self, cursor: Any, reference: Reference) -> None:
        """Insert all rows of the reference, a key of 0 as well."""
        cursor.execute("SET @greenroom_mode = @@sql_mode, sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
        try:
            for table, held in reference.rows.items():
                names = ", ".join(map(self.quote, held.columns)).replace("%", "%%")
                values = ", ".join(["%s"] * len(held.columns))
                into = self.quote(table).replace("%", "%%")
                cursor.executemany(f"INSERT INTO {into} ({names}) VALUES ({values})", held.rows)
        finally:
            cursor.execute("SET sql_mode = @greenroom_mode, @greenroom_mode = NULL")

    def counters(self, tables: frozenset[str], exact: frozenset[str]) -> dict[str, Counter]:
        # The server never lets a counter be below the highest key.
        return {}

    def quote(self, name: str) -> str:
        """A name as an identifier."""
        return str(self.connection.ops.quote_name(name))

    def remember_baseline(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
                " AND table_type = 'BASE TABLE'"
            )
            tables = sorted(row[0] for row in cursor.fetchall())
            triggers = _triggers(cursor)
            plan = MysqlPlan(self, tables, triggers=bool(triggers))
            filled = plan.filled(cursor)
            if both := triggers & set(filled):
                raise GreenroomError(
                    f"The rows of {min(both)} can't be kept as a baseline: a trigger would fire when they are put back.",
                    'Use reset = "compat" for this database.',
                )
            rows = {table: self.read_table(cursor, table) for table in filled}
            self._baseline = plan, Reference(rows, _counters(cursor))

    def put_back_baseline(self) -> Touched:
        if self._baseline is None:
            raise Doubt("the baseline of this database was not recorded")
        plan, reference = self._baseline
        touched = plan.put_back(reference)
        with self.connection.cursor() as cursor:
            now = _counters(cursor)
            wrong = {table: then for table, then in reference.counters.items() if now.get(table) != then}
            for table, counter in wrong.items():
                cursor.execute(f"ALTER TABLE {self.quote(table)} AUTO_INCREMENT = {counter.value}")
            if wrong:
                self._statements = _statements(cursor)
        return Touched(touched.looked_at, max(touched.reset, len(wrong)))


class MysqlPlan:
    """The tables that one kind of flush empties.

    Args:
        keeper: looks at the database.
        tables: all that a flush would empty.
        triggers: whether any table has a trigger: then a deletion may write elsewhere.
    """

    def __init__(self, keeper: MysqlKeeper, tables: list[str], *, triggers: bool) -> None:
        self._keeper = keeper
        self._tables = tables
        self._triggers = triggers
        asks = [f"(SELECT {number} FROM {keeper.quote(table)} LIMIT 1)" for number, table in enumerate(tables)]
        self._ask = " UNION ALL ".join(asks)

    def holding(self) -> set[str]:
        with self._keeper.connection.cursor() as cursor:
            return set(self.filled(cursor))

    def filled(self, cursor: Any) -> list[str]:
        """The tables that hold rows."""
        if not self._tables:
            return []
        cursor.execute(self._ask)
        return [self._tables[number] for (number,) in cursor.fetchall()]

    def put_back(self, reference: Reference) -> Touched:
        keeper = self._keeper
        with keeper.connection.cursor() as cursor:
            keeper.check_statements(cursor)
            filled = [table for table in self.filled(cursor) if table not in reference.rows]
            changed = [table for table, held in reference.rows.items() if not self._same(cursor, table, held)]
            if filled or changed:
                self._write(cursor, filled, changed, reference)
        return Touched(len(self._tables), len(filled) + len(changed))

    def _same(self, cursor: Any, table: str, held: TableRows) -> bool:
        cursor.execute(self._keeper.selects[table])
        return tuple(map(tuple, cursor.fetchall())) == held.rows

    def _write(self, cursor: Any, filled: list[str], changed: list[str], reference: Reference) -> None:
        cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        try:
            with transaction.atomic(using=self._keeper.alias, savepoint=False):
                self._empty(cursor, filled)
                if self._triggers:
                    # What a trigger wrote when its table was emptied is as much in the way as what the test wrote.
                    self._empty(cursor, [table for table in self.filled(cursor) if table not in reference.rows])
                    changed = [name for name, held in reference.rows.items() if not self._same(cursor, name, held)]
                self._empty(cursor, changed)
                if changed:
                    self._keeper.insert(cursor, Reference({table: reference.rows[table] for table in changed}))
        finally:
            cursor.execute("SET FOREIGN_KEY_CHECKS = 1")

    def _empty(self, cursor: Any, tables: list[str]) -> None:
        for table in tables:
            cursor.execute(f"DELETE FROM {self._keeper.quote(table)}")


def _statements(cursor: Any) -> tuple[tuple[str, str], ...]:
    """How many statements of each kind of DDL the server has run, for anybody."""
    names = ", ".join(f"'Com_{verb.lower()}_{kind.lower()}'" for verb in _DDL for kind in _OBJECTS)
    cursor.execute(f"SHOW GLOBAL STATUS WHERE variable_name IN ({names})")
    return tuple(cursor.fetchall())


def _digest(cursor: Any) -> tuple[object, ...]:
    """The schema of this database, as the server tells it."""
    here = "table_schema = DATABASE()"
    parts = [
        f"SELECT table_name, table_type, engine, table_collation FROM information_schema.tables WHERE {here}",
        (
            "SELECT table_name, column_name, ordinal_position, column_type, is_nullable, column_default, extra"
            f" FROM information_schema.columns WHERE {here}"
        ),
        f"SELECT table_name, index_name, column_name, seq_in_index, non_unique FROM information_schema.statistics WHERE {here}",
        (
            "SELECT constraint_name, table_name, constraint_type FROM information_schema.table_constraints"
            " WHERE constraint_schema = DATABASE()"
        ),
        (
            "SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_statement"
            " FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        ),
    ]
    found: list[object] = []
    for sql in parts:
        cursor.execute(f"{sql} ORDER BY 1, 2, 3")
        found.append(tuple(cursor.fetchall()))
    return tuple(found)


def _triggers(cursor: Any) -> set[str]:
    """The tables with triggers."""
    cursor.execute("SELECT event_object_table FROM information_schema.triggers WHERE trigger_schema = DATABASE()")
    return {row[0] for row in cursor.fetchall()}


def _counters(cursor: Any) -> dict[str, Counter]:
    """The next AUTO_INCREMENT of each table that has one."""
    cursor.execute("SELECT VERSION()")
    if "MariaDB" not in cursor.fetchone()[0]:
        # MySQL would tell what it knew up to a day ago.
        cursor.execute("SET SESSION information_schema_stats_expiry = 0")
    cursor.execute(
        "SELECT table_name, auto_increment FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL"
    )
    return {table: Counter(value, exact=True) for table, value in cursor.fetchall()}
