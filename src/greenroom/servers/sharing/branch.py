"""What a request sees of a connection that it shares with the test: to the project, a connection of its own.

It is in autocommit mode like any fresh connection. Its transactions are savepoints of the connection that is shared, so
`atomic()`, `on_commit()`, `durable` and errors within a transaction are what they would be; only that others see what is
not committed yet.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from greenroom.servers.errors import note_statement
from greenroom.servers.sharing.cursors import LockedCursor
from greenroom.servers.sharing.lock import caller

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper as _Wrapper

    from greenroom.servers.sharing.trunk import Trunk
else:
    _Wrapper = object

_numbers = itertools.count(1)
_classes: dict[type, type] = {}


def make_branch(trunk: Trunk, name: str) -> Any:
    """A connection for one request.

    Args:
        trunk: the connection that it shares.
        name: of the request.
    """
    main = trunk.main
    cls = _classes.get(type(main))
    if cls is None:
        cls = _classes[type(main)] = type("DatabaseWrapper", (Branch, type(main)), {"__module__": __name__})
    branch: Any = cls(main.settings_dict, main.alias)
    branch.trunk, branch.name = trunk, name
    branch.execute_wrappers.append(note_statement)
    return branch


class Branch(_Wrapper):
    """A mixin for a backend's `DatabaseWrapper`."""

    trunk: Trunk
    name: str
    run_on_commit: list[Any]
    savepoint_ids: list[Any]
    atomic_blocks: list[Any]
    run_commit_hooks_on_set_autocommit_on: bool
    _savepoint_name = ""
    """Of the transaction that is open; empty: none is."""

    def connect(self) -> None:
        self.in_atomic_block = self.needs_rollback = self.closed_in_transaction = False
        self.savepoint_ids, self.atomic_blocks, self.run_on_commit = [], [], []
        self.connection = self.trunk.main.connection
        self.autocommit = True

    def create_cursor(self, name: str | None = None) -> Any:
        return LockedCursor(self.trunk.create_cursor(), self.statement)

    def chunked_cursor(self) -> Any:
        return self.cursor()

    @contextmanager
    def statement(self) -> Iterator[None]:
        """One statement: nobody else's comes between."""
        lock = self.trunk.lock
        lock.acquire(self, self.name)
        try:
            if not self.autocommit and not self._savepoint_name:
                self._open()
            if self._savepoint_name or not self.trunk.fails_whole:
                yield
            else:
                with self._guarded():
                    yield
        finally:
            lock.release(self)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """In autocommit mode a statement that fails must not take the transaction of the test with it."""
        name = self._new_savepoint()
        try:
            yield
        except BaseException:
            self._raw(self.ops.savepoint_rollback_sql(name))
            self._raw(self.ops.savepoint_commit_sql(name))
            raise
        self._raw(self.ops.savepoint_commit_sql(name))

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        self.validate_no_atomic_block()
        self.ensure_connection()
        if self.autocommit and not autocommit:
            self.trunk.lock.acquire(self, self.name, caller())
            try:
                self._open()
            except BaseException:
                self.trunk.lock.drop(self)
                raise
        elif autocommit and not self.autocommit:
            try:
                if self._savepoint_name:
                    self._commit()
            finally:
                self.trunk.lock.drop(self)
        self.autocommit = autocommit
        if autocommit and self.run_commit_hooks_on_set_autocommit_on:
            self.run_and_clear_commit_hooks()
            self.run_commit_hooks_on_set_autocommit_on = False

    def _commit(self) -> None:
        if self._savepoint_name:
            with self.wrap_database_errors:
                self._raw(self.ops.savepoint_commit_sql(self._savepoint_name))
            self._savepoint_name = ""

    def _rollback(self) -> None:
        name, self._savepoint_name = self._savepoint_name, ""
        if name:
            with self.wrap_database_errors:
                self._raw(self.ops.savepoint_rollback_sql(name))
                self._raw(self.ops.savepoint_commit_sql(name))

    def _savepoint_allowed(self) -> bool:
        return bool(self.in_atomic_block)

    def close(self) -> None:
        """End the transaction that is open, as closing a connection does. The connection itself is the test's."""
        try:
            if self.connection is not None:
                self._rollback()
        finally:
            self.trunk.lock.drop(self)
            self.run_on_commit = []
            if self.in_atomic_block:
                self.closed_in_transaction = self.needs_rollback = True
            else:
                self.connection = None

    def close_if_unusable_or_obsolete(self) -> None:
        """It is as good as the test's."""

    def close_if_health_check_failed(self) -> None:
        """It is as good as the test's."""

    def is_usable(self) -> bool:
        return True

    def _open(self) -> None:
        with self.wrap_database_errors:
            self._savepoint_name = self._new_savepoint()

    def _new_savepoint(self) -> str:
        name = f"greenroom_{next(_numbers)}"
        self._raw(self.ops.savepoint_create_sql(name))
        return name

    def _raw(self, sql: str) -> None:
        cursor = self.trunk.create_cursor()
        try:
            cursor.execute(sql)
        finally:
            cursor.close()
