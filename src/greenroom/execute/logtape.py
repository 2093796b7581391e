"""What tests, and the code that they run, say to `logging`.

Records are taken where a logger hands them to its handlers. There is no handler of greenroom's: the number of handlers, what
propagates, levels, filters, `assertLogs()`, and what `logging` does where there is no handler at all, stay as they are.
"""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from greenroom.events import LogLine
from greenroom.execute.exceptions import bounded

MOST_LINES = 200
"""Of a test that logs more the last ones are kept."""
MOST_CHARACTERS = 4_000
"""Of one message."""
MOST_IN_ALL = 100_000
"""Characters of all messages of a test; the last lines are kept."""

_PLAIN = (str, int, float, bool, type(None))
_SQL_LOGGER = "django.db.backends"

RECORDS: deque[logging.LogRecord | LogLine] = deque(maxlen=MOST_LINES)
"""Those of the running test, or of the fixture between tests."""


class LogTape:
    """Takes down what is logged in this process while it is on.

    Args:
        level: the least level that is taken down; loggers decide by their own levels before.
        sql: whether to take down what database backends log at level DEBUG too.
    """

    def __init__(self, level: int, *, sql: bool = True) -> None:
        self._level = level
        self._sql = sql
        self._original: Callable[..., None] | None = None

    def start(self) -> None:
        """Take down what is logged from now on."""
        original = logging.Logger.callHandlers
        keep, level, sql = RECORDS.append, self._level, self._sql

        def callHandlers(self: logging.Logger, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
            if record.levelno >= level and (sql or record.name != _SQL_LOGGER):
                keep(_settled(record))
            original(self, record)

        self._original = original
        self._patched = callHandlers
        logging.Logger.callHandlers = callHandlers  # type: ignore[method-assign]

    def stop(self) -> None:
        """No more."""
        if self._original is not None and vars(logging.Logger).get("callHandlers") is self._patched:
            logging.Logger.callHandlers = self._original  # type: ignore[method-assign]
        self._original = None
        RECORDS.clear()


def taken() -> tuple[LogLine, ...]:
    """Those of the test that ended; the next one begins with none."""
    lines: list[LogLine] = []
    size = 0
    while RECORDS and size < MOST_IN_ALL:
        record = RECORDS.pop()
        line = record if isinstance(record, LogLine) else _line(record)
        size += len(line.message)
        lines.append(line)
    RECORDS.clear()
    return tuple(reversed(lines))


def _settled(record: logging.LogRecord) -> logging.LogRecord | LogLine:
    """The line of a record, or the record itself where making its text runs code of others: nobody may ever ask for it."""
    args: Any = record.args
    if not args or (type(args) is tuple and all(type(each) in _PLAIN for each in args)):
        return _line(record)
    return record


def _line(record: logging.LogRecord) -> LogLine:
    try:
        message = record.getMessage()
    except Exception as error:
        message = f"{record.msg!r} (its arguments could not be put in: {type(error).__name__}: {error})"
    if record.exc_info and record.exc_info[0] is not None:
        try:
            message += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        except Exception:
            message += f"\n{record.exc_info[0].__name__} (its traceback could not be made)"
    message = bounded(message, MOST_CHARACTERS)
    return LogLine(record.created, record.levelname, record.name, message, record.pathname, record.lineno)
