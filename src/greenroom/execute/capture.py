"""What is kept of a test besides its outcome: what it logged, what it printed, what it asked of databases."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from greenroom.config.schema import Config
from greenroom.events import LogLine, Query
from greenroom.execute import logtape

if TYPE_CHECKING:
    from greenroom.execute.sqltape import SqlTape


class Captured(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is kept of one test."""

    logs: tuple[LogLine, ...] = ()
    output: str = ""
    queries: tuple[Query, ...] = ()
    more_queries: int = 0


NOTHING = Captured()


class CaptureOptions(msgspec.Struct, frozen=True):
    """What is to be kept."""

    level: str | None = None
    """The least level of log records that are kept, by its name in lower case; None: none are."""
    sql_logs: bool = True
    """Whether what database backends log counts."""
    queries: bool = False
    """Whether queries are kept."""
    always: frozenset[str] = frozenset()
    """What of it (`logs`, `output`, `queries`) is kept of tests that passed, too."""


def capture_options(config: Config, needs: Collection[str], *, buffer: bool, debug_sql: bool) -> CaptureOptions | None:
    """What a run is to keep; None: nothing.

    Args:
        config: of the run.
        needs: what reporters ask for of each test.
        buffer: whether output is held back.
        debug_sql: whether the SQL of failures is shown; then it is not taken down as log messages once more.
    """
    level = config.log_level if config.capture_logs or "logs" in needs else None
    queries = debug_sql or "queries" in needs
    if level is None and not queries and not buffer:
        return None
    return CaptureOptions(level, not debug_sql, queries, frozenset(needs))


class Capture:
    """Keeps it, in one process, from `start()` to `stop()`.

    Args:
        options: what.
    """

    def __init__(self, options: CaptureOptions) -> None:
        self._options = options
        self._log_tape: logtape.LogTape | None = None
        self.sql_tape: SqlTape | None = None
        """Told of the beginning and end of each test."""
        if options.level is not None:
            level = logging.getLevelNamesMapping()[options.level.upper()]
            self._log_tape = logtape.LogTape(level, sql=options.sql_logs)
        if options.queries:
            # Imported here: it needs Django's database backends, which a run without databases does without.
            from greenroom.execute.sqltape import SqlTape

            self.sql_tape = SqlTape()
        self.always = bool(options.always)

    def start(self) -> None:
        """From now on."""
        if self._log_tape is not None:
            self._log_tape.start()
        if self.sql_tape is not None:
            self.sql_tape.start()

    def stop(self) -> None:
        """Until now."""
        if self._log_tape is not None:
            self._log_tape.stop()
        if self.sql_tape is not None:
            self.sql_tape.stop()

    def taken(self, output: str, *, failed: bool) -> Captured:
        """What there is of the test that ended.

        Args:
            output: what it printed.
            failed: whether it did anything but pass.
        """
        always, tape = self._options.always, self.sql_tape
        logs = logtape.taken() if failed or "logs" in always else ()
        queries = tuple(tape.queries) if tape is not None and (failed or "queries" in always) else ()
        more = tape.more if tape is not None and queries else 0
        return Captured(logs, output if failed or "output" in always else "", queries, more)
