"""The queries of tests as data: how long each took, and which line of the project's own code asked for it."""

from __future__ import annotations

import sys
import sysconfig
import time
import unittest.case
import unittest.suite
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any

import django
from django.db.backends.utils import CursorWrapper

from greenroom.events import Query
from greenroom.execute.exceptions import bounded

MOST_QUERIES = 2_000
"""Of a test that has more the first ones are kept, and the others counted."""
MOST_CHARACTERS = 4_000
"""Of one statement."""

_WRAPPER: Any = CursorWrapper
_RUNNERS = frozenset({unittest.case.__file__, unittest.suite.__file__})
_TRANSACTIONS = ("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK", "COMMIT")
_FOREIGN = tuple(
    f"{Path(place)}/"
    for place in {
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        str(Path(django.__file__).parent),
        str(Path(__file__).parents[1]),
    }
)


class SqlTape:
    """Takes down every statement that goes through Django in this process, in whatever thread, while it is on."""

    def __init__(self) -> None:
        self.queries: list[Query] = []
        """Those of the running test."""
        self.more = 0
        """How many it had beyond those."""
        self._running = False
        self._original: Any = None
        self._clock = time.perf_counter
        self.epoch = time.time() - time.perf_counter()
        """What makes seconds since the epoch of this clock's; those who tell of tests set their own."""

    def start(self) -> None:
        """Take down what is asked from now on."""
        tape, original, clock = self, _WRAPPER._execute_with_wrappers, self._clock  # noqa: SLF001

        def _execute_with_wrappers(self: Any, sql: Any, params: Any, many: Any, executor: Any) -> Any:
            began = clock()
            try:
                return original(self, sql, params, many, executor)
            finally:
                tape.note(self, sql, params, many, began, clock() - began)

        self._original, self._patched = original, _execute_with_wrappers
        _WRAPPER._execute_with_wrappers = _execute_with_wrappers  # noqa: SLF001

    def stop(self) -> None:
        """No more."""
        if self._original is not None and vars(CursorWrapper).get("_execute_with_wrappers") is self._patched:
            _WRAPPER._execute_with_wrappers = self._original  # noqa: SLF001
        self._original = None

    def begin(self) -> None:
        """A test begins."""
        self.queries, self.more, self._running = [], 0, True

    @property
    def running(self) -> bool:
        """Whether statements count now."""
        return self._running

    def resume(self) -> None:
        """What comes is the test's own again."""
        self._running = True

    def end(self) -> None:
        """It has ended: what puts its database back is not its own."""
        self._running = False

    def of_fixtures(self) -> list[Query]:
        """What class and module fixtures asked, without what begins and ends transactions."""
        return [query for query in self.queries if not query.sql.startswith(_TRANSACTIONS)]

    def note(self, cursor: Any, sql: Any, params: Any, many: Any, began: float, seconds: float) -> None:
        """A statement was carried out, or refused."""
        if not self._running:
            return
        if len(self.queries) >= MOST_QUERIES:
            self.more += 1
            return
        frame = own_frame(sys._getframe(2))  # noqa: SLF001
        place = (
            (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname) if frame is not None else ("", 0, "")
        )
        text = bounded(_text(cursor, sql, params, many), MOST_CHARACTERS)
        self.queries.append(Query(self.epoch + began, seconds, cursor.db.alias, text, *place))


def _text(cursor: Any, sql: Any, params: Any, many: Any) -> str:
    """The statement as `connection.queries` shows it."""
    if many:
        times = len(params) if hasattr(params, "__len__") else "?"
        return f"{times} times: {sql}"
    try:
        return str(cursor.db.ops.last_executed_query(cursor.cursor, sql, params))
    except Exception:
        return str(sql)


def own_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the project's own code, from a frame outward; None where there is none."""
    while frame is not None and is_foreign(file := frame.f_code.co_filename):
        if file in _RUNNERS:
            return None  # What called the test or the fixture did not ask for it.
        frame = frame.f_back
    return frame


@lru_cache(maxsize=4096)
def is_foreign(file: str) -> bool:
    """Whether a file belongs to Python, an installed package, Django or greenroom."""
    return file.startswith(("<", *_FOREIGN)) or "/site-packages/" in file or "/dist-packages/" in file
