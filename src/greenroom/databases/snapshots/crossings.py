"""Notices migrations of one database that write to another: these can't be repeated by restoring one of the two."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_READS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|BEGIN|SET|SHOW|PRAGMA|EXPLAIN|WITH\b(?!.*\b(INSERT|UPDATE|DELETE)\b))", re.IGNORECASE | re.DOTALL)  # fmt: skip


@contextmanager
def crossings(alias: str) -> Iterator[set[str]]:
    """Watch what is written to other databases than that of `alias` within the block.

    Yields:
        The aliases of these, filled while the block runs.
    """
    from django.db import connections

    written: set[str] = set()

    def watcher(other: str) -> Callable[..., Any]:
        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not _READS.match(str(sql)):
                written.add(other)
            return execute(sql, params, many, context)

        return watch

    with ExitStack() as stack:
        for other in connections:
            if other != alias:
                stack.enter_context(connections[other].execute_wrapper(watcher(other)))
        yield written
