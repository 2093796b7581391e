"""A cursor on a connection that others use too."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any


class LockedCursor:
    """A driver's cursor that runs each statement under a lock, and has read all rows when it lets go.

    A statement of somebody else then can't disturb one that is still being read.

    Args:
        cursor: the driver's.
        statement: what a statement runs within.
    """

    def __init__(self, cursor: Any, statement: Callable[[], AbstractContextManager[None]]) -> None:
        self._cursor, self._statement = cursor, statement
        self._rows: deque[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, sql: Any, *params: Any, **more: Any) -> Any:
        """Run a statement."""
        return self._run(self._cursor.execute, sql, *params, **more)

    def executemany(self, sql: Any, *params: Any, **more: Any) -> Any:
        """Run a statement several times."""
        return self._run(self._cursor.executemany, sql, *params, **more)

    def callproc(self, *args: Any, **more: Any) -> Any:
        """Call a procedure."""
        return self._run(self._cursor.callproc, *args, **more)

    def _run(self, method: Callable[..., Any], *args: Any, **more: Any) -> Any:
        self._rows = None
        with self._statement():
            result = method(*args, **more)
            if self._cursor.description is not None:
                self._rows = deque(self._cursor.fetchall())
        return self if result is self._cursor else result

    def fetchone(self) -> Any:
        """The next row; None at the end."""
        if self._rows is None:
            return self._cursor.fetchone()
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        if self._rows is None:
            return list(self._cursor.fetchmany() if size is None else self._cursor.fetchmany(size))
        count = min(len(self._rows), self._cursor.arraysize if size is None else size)
        return [self._rows.popleft() for _ in range(count)]

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        if self._rows is None:
            return list(self._cursor.fetchall())
        return self.fetchmany(len(self._rows))

    def __iter__(self) -> Iterator[Any]:
        if self._rows is None:
            yield from self._cursor
        else:
            while self._rows:
                yield self._rows.popleft()
