"""The SQL of the running test, as `--debug-sql` shows it."""

from __future__ import annotations

import io
import logging
from typing import Any

import django.test.runner


class SqlLog:
    """Keeps what the database backends log during a test; a `Monitor`.

    The text is what Django's own `DebugSQLTextTestResult` shows: formatted as it is logged since Django 6.0, and when it
    is printed before.
    """

    def __init__(self) -> None:
        self._logger = logging.getLogger("django.db.backends")
        self._logger.setLevel(logging.DEBUG)
        self._handler: logging.StreamHandler[io.StringIO] | None = None
        formatter = getattr(django.test.runner, "QueryFormatter", None)
        self._formatter: logging.Formatter | None = formatter() if formatter else None

    def start(self, index: int, test: Any) -> None:
        self._handler = logging.StreamHandler(io.StringIO())
        if self._formatter:
            self._handler.setFormatter(self._formatter)
        self._logger.addHandler(self._handler)

    def stop(self) -> None:
        # The text is asked for once more after the end of the test: the handler is kept until the next one.
        if self._handler:
            self._logger.removeHandler(self._handler)

    def text(self) -> str:
        """What was logged since the test began; empty before the first test."""
        return self._handler.stream.getvalue() if self._handler else ""


def for_failure(sql: str) -> str:
    """The SQL of a failed test as Django prints it under the traceback."""
    if hasattr(django.test.runner, "QueryFormatter"):
        return sql
    import sqlparse  # type: ignore[import-untyped, unused-ignore]

    return str(sqlparse.format(sql, reindent=True, keyword_case="upper"))
