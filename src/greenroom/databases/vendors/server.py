"""What databases on servers have in common: an administrator's connection, kept open while databases are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class Administration:
    """The connection that creates and drops databases: Django's own, to the server's maintenance database.

    Args:
        connection: the Django connection of the alias.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._cursor: Any = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Keep one connection for all that is asked within the block."""
        if self._cursor is not None:
            yield
            return
        with self._connection.creation._nodb_cursor() as cursor:
            self._cursor = cursor
            try:
                yield
            finally:
                self._cursor = None

    def run(self, sql: str, parameters: Sequence[object] | None = None) -> None:
        """Carry out a statement."""
        with self.open():
            self._cursor.execute(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """The answer to a query."""
        with self.open():
            self._cursor.execute(sql, parameters)
            return list(self._cursor.fetchall())

    def quote(self, name: str) -> str:
        """A name as SQL takes it."""
        return str(self._connection.ops.quote_name(name))
