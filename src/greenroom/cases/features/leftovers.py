"""`report_database_leftovers = True`: a test that only reads, and an error where it left rows over.

The rows of all tables are counted before the first test of a class and after each test, in one query for a database. What is
only changed, and not added or taken away, is not noticed.
"""

from __future__ import annotations

import unittest
from collections.abc import Mapping
from typing import Any

from greenroom.cases.features.asked import asked
from greenroom.cases.features.databases import aliases_of, rolls_back
from greenroom.cases.features.flush import flush

NAMES = frozenset({"report_database_leftovers"})
_MOST_TERMS = 200
"""Tables that are counted by one query; SQLite takes 500 at most."""
_tables: dict[tuple[str, str], list[str]] = {}
"""The tables by alias and name of their database."""
_COUNTED = "_greenroom_counted"


class LeftBehind(Exception):  # noqa: N818 - what it says is what it is about
    """A test that only reads left something in a database."""


def set_up(test: unittest.TestCase) -> None:
    """Count the rows after the test, and before it where this is not known."""
    if not asked(test, "report_database_leftovers"):
        return
    cls: Any = type(test)
    aliases = aliases_of(cls, mirrors=False)
    if _COUNTED not in vars(cls):
        setattr(cls, _COUNTED, {alias: counts(alias) for alias in aliases})
        cls.addClassCleanup(_forget, cls)
    test.addCleanup(check, test, {alias: _in_transaction(alias) for alias in aliases})


def _forget(cls: Any) -> None:
    if _COUNTED in vars(cls):
        delattr(cls, _COUNTED)


def check(test: unittest.TestCase, within: Mapping[str, bool]) -> None:
    """Compare, and put the databases in order again if they differ.

    Args:
        test: the one that is over.
        within: by alias, whether it ran in a transaction that will be rolled back.

    Raises:
        LeftBehind: naming each table, and how many rows there are more or less.
    """
    cls: Any = type(test)
    before = vars(cls).get(_COUNTED) or {}
    found = []
    for alias in within:
        now = counts(alias)
        known = before.get(alias, now)
        differ = {table: rows - known.get(table, 0) for table, rows in now.items() if rows != known.get(table, 0)}
        found += [f"{_shown(rows)} in {_named(table, alias, within)}" for table, rows in sorted(differ.items())]
        if not within[alias] and _let_go(alias):
            found.append(f"a transaction on {alias!r} that was not ended")
    if not found:
        return
    if not rolls_back(cls):
        flush(test, within)
        _forget(cls)
    raise LeftBehind(f"{test.id()} only reads, and left over: {', '.join(found)}")


def _shown(rows: int) -> str:
    return f"{rows} row{'s' if rows != 1 else ''}" if rows > 0 else f"{-rows} row{'s' if rows != -1 else ''} fewer"


def _named(table: str, alias: str, aliases: Mapping[str, bool]) -> str:
    return table if len(aliases) == 1 else f"{table} ({alias})"


def counts(alias: str) -> dict[str, int]:
    """How many rows each table has, as the connection of this thread sees it: what was not committed included."""
    from django.db import connections

    connection = connections[alias]
    key = (alias, str(connection.settings_dict["NAME"]))
    if key not in _tables:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        _tables[key] = sorted(names)
    tables, quote = _tables[key], connection.ops.quote_name
    rows: dict[str, int] = {}
    with connection.cursor() as cursor:
        for first in range(0, len(tables), _MOST_TERMS):
            part = range(first, min(first + _MOST_TERMS, len(tables)))
            cursor.execute(
                " UNION ALL ".join(
                    f"SELECT {number}, COUNT(*) FROM {quote(tables[number])}"  # noqa: S608 - quoted, from the models
                    for number in part
                )
            )
            rows.update((tables[number], count) for number, count in cursor.fetchall())
    return rows


def _in_transaction(alias: str) -> bool:
    from django.db import connections

    return bool(connections[alias].in_atomic_block)


def _let_go(alias: str) -> bool:
    """End a transaction that a test left open; whether there was one."""
    from django.db import connections

    connection: Any = connections[alias]
    if connection.connection is None or not (connection.in_atomic_block or not connection.get_autocommit()):
        return False
    connection.in_atomic_block = connection.needs_rollback = False
    connection.savepoint_ids, connection.atomic_blocks, connection.run_on_commit = [], [], []
    connection.commit_on_exit = True
    connection.rollback()
    connection.set_autocommit(autocommit=True)
    return True
