"""The connection of a test, while the threads of a live server use it too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from greenroom.servers.sharing.branch import make_branch
from greenroom.servers.sharing.cursors import LockedCursor
from greenroom.servers.sharing.lock import SharedLock, caller

NAME = "The test itself"


class Trunk:
    """A shared connection.

    Args:
        main: the test's `DatabaseWrapper`.
        seconds: how long anybody waits for somebody else.
    """

    def __init__(self, main: Any, seconds: float) -> None:
        self.main = main
        self.lock = SharedLock(main.alias, seconds)
        self.fails_whole = main.vendor == "postgresql"
        """Whether a statement that fails makes the rest of its transaction fail too."""
        main.ensure_connection()
        self._before = {name: main.__dict__[name] for name in self._replaced() if name in main.__dict__}
        self.create_cursor = main.create_cursor
        """Makes a cursor as the driver has it."""
        self._set_autocommit = main.set_autocommit
        self._hooks = main.run_and_clear_commit_hooks
        for name, method in self._replaced().items():
            setattr(main, name, method)

    def branch(self, name: str) -> Any:
        """A connection for one request."""
        return make_branch(self, name)

    def close(self) -> None:
        """The test is over: the connection is its own again."""
        self.lock.close()
        for name in self._replaced():
            if name in self._before:
                setattr(self.main, name, self._before[name])
            else:
                self.main.__dict__.pop(name, None)

    def _replaced(self) -> dict[str, Any]:
        return {
            "create_cursor": self._cursor,
            "chunked_cursor": self._chunked_cursor,
            "set_autocommit": self._autocommit,
            "run_and_clear_commit_hooks": self._commit_hooks,
        }

    def _cursor(self, name: str | None = None) -> LockedCursor:
        return LockedCursor(self.create_cursor(), self._statement)

    def _chunked_cursor(self) -> Any:
        # One that lives in the server would not outlive the savepoint of somebody else.
        return self.main.cursor()

    @contextmanager
    def _statement(self) -> Iterator[None]:
        self.lock.acquire(self.main, NAME)
        try:
            yield
        finally:
            self.lock.release(self.main)

    def _autocommit(self, autocommit: bool, *args: Any, **more: Any) -> None:
        """A transaction of a test that is not in one already is its own, from its begin to its end."""
        if not autocommit:
            self.lock.acquire(self.main, NAME, caller())
        try:
            self._set_autocommit(autocommit, *args, **more)
        except BaseException:
            self.lock.drop(self.main)
            raise
        if autocommit:
            self.lock.drop(self.main)

    def _commit_hooks(self) -> None:
        # What runs after the commit may well ask the server for something.
        self.lock.drop(self.main)
        self._hooks()
