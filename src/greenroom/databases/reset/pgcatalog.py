"""What PostgreSQL's catalogs say: which tables there are, what refers to what, and whether that has changed."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from greenroom.databases.reset.api import Doubt

_WATCHED = ("pg_attribute", "pg_trigger")
"""A foreign key shows in `pg_trigger`, a unique one as an index and a check as a number, both in `pg_class`."""
_OF_USERS = "NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"


class Mark(msgspec.Struct, frozen=True):
    """Where the catalogs stood: cheap to compare with where they stand.

    Attributes:
        path: the search path.
        relations: how many rows `pg_class` has, the sum of their oids, that of their checks. A TRUNCATE changes none.
        newest: by catalog, how many rows it has and the youngest transaction that wrote one of them.
    """

    path: str
    relations: tuple[int, int, int]
    newest: tuple[tuple[str, int, int], ...]

    def same_sql(self) -> str:
        """SQL for whether all of this is as it was."""
        path = self.path.replace("'", "''")
        parts = [
            f"current_setting('search_path') = '{path}'",
            "(SELECT count(*) = {} AND sum(oid::int8) = {} AND sum(relchecks) = {} FROM pg_class)".format(
                *self.relations
            ),
            *(
                f"(SELECT count(*) = {count} AND min(age(xmin)) = age('{xid}'::xid) FROM {catalog})"
                for catalog, count, xid in self.newest
            ),
        ]
        return f"({' AND '.join(parts)})"


def read_mark(cursor: Any) -> Mark:
    """Where the catalogs stand now."""
    cursor.execute(
        "SELECT current_setting('search_path'), count(*), sum(oid::int8)::int8, sum(relchecks) FROM pg_class"
    )
    path, *relations = cursor.fetchone()
    newest = []
    for catalog in _WATCHED:
        # The oldest age is that of the youngest transaction; 3 is the first that a database can have.
        cursor.execute(
            f"SELECT count(*), coalesce((SELECT xmin::text::int8 FROM {catalog} ORDER BY age(xmin) LIMIT 1), 3)"
            f" FROM {catalog}"
        )
        newest.append((catalog, *cursor.fetchone()))
    return Mark(path, tuple(relations), tuple(newest))


def schema_digest(cursor: Any) -> tuple[str, ...]:
    """A digest of each part of the schema, without what is temporary; tens of milliseconds."""
    users = f"(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname {_OF_USERS})"
    parts = {
        "pg_class": (
            "oid, relname, relkind, relnamespace, relrowsecurity, relforcerowsecurity, reloptions, relispartition",
            f"oid IN {users}",
        ),
        "pg_attribute": (
            (
                "attrelid, attnum, attname, atttypid, atttypmod, attnotnull, attisdropped, attidentity, attgenerated,"
                " attcollation"
            ),
            f"attrelid IN {users}",
        ),
        "pg_attrdef": ("adrelid, adnum, pg_get_expr(adbin, adrelid)", f"adrelid IN {users}"),
        "pg_constraint": (
            (
                "oid, conname, conrelid, confrelid, contype, condeferrable, condeferred, convalidated, confdeltype,"
                " pg_get_expr(conbin, conrelid)"
            ),
            f"conrelid IN {users}",
        ),
        "pg_trigger": ("oid, tgrelid, tgname, tgtype, tgenabled, tgfoid", f"tgrelid IN {users}"),
        "pg_index": ("indexrelid, indrelid, indisunique, indisvalid, indkey::text", f"indrelid IN {users}"),
        "pg_inherits": ("inhrelid, inhparent", "true"),
    }
    queries = [
        f"(SELECT md5(coalesce(string_agg(t, '|' ORDER BY t), '')) FROM"
        f" (SELECT ROW({columns})::text AS t FROM {catalog} WHERE {where}) x)"
        for catalog, (columns, where) in parts.items()
    ]
    cursor.execute(f"SELECT current_setting('search_path'), {', '.join(queries)}")
    return tuple(cursor.fetchone())


class Table(msgspec.Struct, frozen=True):
    """One relation that can hold rows or whose children do."""

    oid: int
    name: str
    sql: str
    """Its name with its schema, quoted."""
    kind: str
    """As `pg_class.relkind`: `r` holds rows."""
    visible: bool
    """Whether the name alone means this one."""
    guarded: bool
    """Whether row-level security decides which rows one sees."""
    of_extension: bool
    truncate_only: bool
    """Whether a DELETE would do more than to delete: a trigger or a rule is there."""
    triggers: bool
    truncate_triggers: bool


class Catalog(msgspec.Struct, frozen=True):
    """All tables of the database, and what refers to what (child, parent)."""

    tables: dict[int, Table]
    references: list[tuple[int, int]]
    inherits: list[tuple[int, int]]

    def children(self, oid: int) -> set[int]:
        """The tables that inherit from one, or are its partitions."""
        return {child for child, parent in self.inherits if parent == oid}

    def referring(self, oids: AbstractSet[int]) -> set[int]:
        """These tables, and those with a foreign key to one of them, and so on."""
        return _closure(oids, self.references)

    def flushed(self, oids: AbstractSet[int], *, cascade: bool) -> list[Table]:
        """All that stock's TRUNCATE of these tables would empty.

        Raises:
            Doubt: only a real TRUNCATE does the same.
        """
        links = self.inherits + self.references if cascade else self.inherits
        chosen = _closure(oids, links)
        if outside := self.referring(chosen) - chosen:
            name = min(self.tables[oid].sql for oid in outside)
            raise Doubt(f"{name} has a foreign key to a table that is flushed, but is not flushed itself")
        tables = [self.tables[oid] for oid in sorted(chosen)]
        for table in tables:
            if table.kind not in {"r", "p"} or table.guarded or table.truncate_triggers:
                raise Doubt(f"{table.sql} is a foreign table, has a trigger on TRUNCATE, or row-level security")
        return tables


def read_catalog(cursor: Any) -> Catalog:
    """Look at all tables."""
    cursor.execute(
        "SELECT c.oid::int8, c.relname, format('%I.%I', n.nspname, c.relname), c.relkind::text,"
        " pg_table_is_visible(c.oid), c.relrowsecurity,"
        " EXISTS(SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'),"
        " c.relhasrules, t.some IS NOT NULL, coalesce(t.on_delete, false), coalesce(t.on_truncate, false)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN (SELECT tgrelid, true AS some, bool_or(tgtype & 8 <> 0) AS on_delete,"
        " bool_or(tgtype & 32 <> 0) AS on_truncate FROM pg_trigger WHERE NOT tgisinternal GROUP BY tgrelid) t"
        " ON t.tgrelid = c.oid"
        f" WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND n.nspname {_OF_USERS}"
    )
    tables = {}
    for oid, name, sql, kind, visible, guarded, of_extension, rules, some, on_delete, on_truncate in cursor.fetchall():
        truncate_only = on_delete or rules
        tables[oid] = Table(oid, name, sql, kind, visible, guarded, of_extension, truncate_only, some, on_truncate)
    cursor.execute("SELECT conrelid::int8, confrelid::int8 FROM pg_constraint WHERE contype = 'f'")
    references = [(child, parent) for child, parent in cursor.fetchall() if child != parent]
    cursor.execute("SELECT inhrelid::int8, inhparent::int8 FROM pg_inherits")
    inherits = [(child, parent) for child, parent in cursor.fetchall() if child in tables]
    return Catalog(tables, references, inherits)


def _closure(oids: AbstractSet[int], links: list[tuple[int, int]]) -> set[int]:
    """These and all that point to them, directly or not."""
    found = set(oids)
    while more := {child for child, parent in links if parent in found and child not in found}:
        found |= more
    return found
