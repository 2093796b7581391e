"""Everything that a database holds, as lines that may be compared."""

from __future__ import annotations

import re
from typing import Any

_TIME = re.compile(r"datetime\.datetime\((?:[^()]|\([^()]*\))*\)")

_POSTGRESQL = """
SELECT 'column', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
       pg_get_expr(d.adbin, d.adrelid), obj_description(c.oid)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'S')
UNION ALL
SELECT 'index', tablename, 0, indexname, indexdef, false, '', '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, 0, conname, pg_get_constraintdef(oid), condeferrable, '', '', ''
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""


def empty(connection: Any) -> None:
    """Drop everything; only for databases of tests."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        elif connection.vendor == "mysql":
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"DROP DATABASE {name}")
            cursor.execute(f"CREATE DATABASE {name}")
            cursor.execute(f"USE {name}")


def dump(connection: Any) -> list[str]:
    """The schema of a database, then its rows; times are left out."""
    with connection.cursor() as cursor:
        return sorted(_schema(connection, cursor)) + _rows(connection, cursor)


def _schema(connection: Any, cursor: Any) -> list[str]:
    if connection.vendor == "sqlite":
        cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
        return [repr(row) for row in cursor.fetchall()]
    if connection.vendor == "postgresql":
        cursor.execute(_POSTGRESQL)
        return [repr(row) for row in cursor.fetchall()]
    lines = []
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f"SHOW CREATE TABLE {connection.ops.quote_name(table)}")
        lines.append(re.sub(r" AUTO_INCREMENT=\d+", "", cursor.fetchone()[1]))
    return lines


def _rows(connection: Any, cursor: Any) -> list[str]:
    lines = []
    for table in sorted(connection.introspection.table_names(cursor)):
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        columns = [column[0] for column in cursor.description]
        rows = [_TIME.sub("time", repr(row)) for row in cursor.fetchall()]
        lines.append(f"{table} {columns}")
        lines += sorted(rows) if table != "django_migrations" else rows
    return lines
