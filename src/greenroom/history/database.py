"""Reads and writes the SQLite file. Imports sqlite3, so it is itself imported only when there is something to do.

A connection lives no longer than one call: nothing is open when workers are forked, and no lock is held meanwhile.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from greenroom.history import recent, schema
from greenroom.history.recent import RunRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from greenroom.model import PastRun

KEPT_RUNS = 200
"""So many runs are kept; of each test the last few, see `recent.KEPT`."""
_FEW = 500
"""Tests that are asked for by name; where there are more, all are read, and most thrown away."""
BUSY_SECONDS = 5.0
"""How long to wait for another run that is writing."""

_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""What SQLite says of a file that is none of its own, is damaged, or has other tables than its version says."""

Error = (sqlite3.Error, OSError)
"""Whatever can go wrong with a file."""


class Durations(msgspec.Struct, frozen=True):
    """All that the file knows. Times in seconds."""

    tests: dict[str, float] = {}
    groups: dict[str, tuple[int, float, float]] = {}
    facts: dict[str, float] = {}


class NewerVersionError(Exception):
    """The file was written by a newer greenroom."""


class BrokenError(Exception):
    """The file is no history, or is damaged; the message says how."""


def read(file: Path) -> Durations:
    """Read a file that exists.

    Raises:
        NewerVersionError, BrokenError, sqlite3.Error, OSError: it cannot be used.
    """
    with _connect(file) as connection:
        tests = connection.execute("SELECT id, seconds FROM tests").fetchall()
        groups = connection.execute("SELECT key, tests, seconds, fixture_seconds FROM groups").fetchall()
        facts = connection.execute("SELECT name, value FROM facts").fetchall()
    try:
        return Durations(
            tests={name: float(seconds) for name, seconds in tests},
            groups={key: (int(count), float(seconds), float(fixtures)) for key, count, seconds, fixtures in groups},
            facts={name: float(value) for name, value in facts},
        )
    except (TypeError, ValueError) as error:
        raise BrokenError(str(error)) from error


def past(file: Path, tests: Sequence[str] | None = None) -> dict[str, Sequence[PastRun]]:
    """The last runs of tests, oldest first; of all that the file knows where none is named.

    Raises:
        NewerVersionError, BrokenError, sqlite3.Error, OSError: it cannot be used.
    """
    with _connect(file) as connection:
        if tests is not None and len(tests) <= _FEW:
            marks = ", ".join("?" * len(tests))
            rows = connection.execute(f"SELECT id, recent FROM tests WHERE id IN ({marks})", tests).fetchall()  # noqa: S608 - question marks
        else:
            rows = connection.execute("SELECT id, recent FROM tests").fetchall()
    wanted = None if tests is None else set(tests)
    try:
        return {name: recent.read(text) for name, text in rows if text and (wanted is None or name in wanted)}
    except (TypeError, ValueError, LookupError) as error:
        raise BrokenError(f"malformed runs of a test: {error}") from error


def runs(file: Path, most: int) -> list[RunRow]:
    """The last runs, newest first.

    Raises:
        NewerVersionError, BrokenError, sqlite3.Error, OSError: it cannot be used.
    """
    with _connect(file) as connection:
        rows = connection.execute(schema.LAST_RUNS, (most,)).fetchall()
    try:
        return [msgspec.convert(row, RunRow, strict=False) for row in rows]
    except msgspec.ValidationError as error:
        raise BrokenError(str(error)) from error


def write(
    file: Path,
    tests: Iterable[tuple[str, float, str, float, str]],
    groups: Iterable[tuple[str, int, float, float, float]],
    facts: Mapping[str, float],
    run: RunRow | None = None,
) -> None:
    """Add to a file, which is made where it is missing, in one transaction.

    Args:
        file: its folder must exist.
        tests: id, seconds, outcome, time and `recent.entry()` of each test.
        groups: key, number of tests, total seconds, seconds of class fixtures and time of each group.
        facts: names and values.
        run: what it all belongs to.

    Raises:
        NewerVersionError, BrokenError, sqlite3.Error, OSError: nothing was written.
    """
    with _connect(file) as connection, _transaction(connection):
        connection.executemany(schema.UPSERT_TEST, tests)
        connection.executemany(schema.UPSERT_GROUP, groups)
        connection.executemany(schema.UPSERT_FACT, facts.items())
        if run is not None:
            connection.execute(schema.INSERT_RUN, msgspec.structs.astuple(run))
            connection.execute(schema.TRIM_RUNS, (KEPT_RUNS,))


def set_aside(file: Path) -> Path:
    """Rename a broken file, and what SQLite keeps beside it, to the first free `….broken-1`, `….broken-2`, …

    Raises:
        OSError: it cannot be renamed.
    """
    number = 1
    while (aside := file.with_name(f"{file.name}.broken-{number}")).exists():
        number += 1
    file.rename(aside)
    # A journal that stayed would be played into the next file of that name.
    for suffix in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


@contextmanager
def _connect(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file of the present version."""
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        # No waiting for the disk: a power cut may cost the file, which costs a run its order and nothing else.
        connection.execute("PRAGMA synchronous = OFF")
        _migrate(connection)
        yield connection
    except sqlite3.Error as error:
        if _is_broken(error):
            raise BrokenError(str(error)) from error
        raise
    except UnicodeDecodeError as error:  # SQLite's message quotes the file.
        raise BrokenError("malformed text") from error
    finally:
        connection.close()


def _migrate(connection: sqlite3.Connection) -> None:
    newest = len(schema.MIGRATIONS)
    if (version := _version(connection)) == newest:
        return
    if version == 0:
        # Readers and a writer side by side. Where the file system or the moment forbids it, it goes without.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
    with _transaction(connection):
        version = _version(connection)  # Another run may have been quicker.
        if version > newest:
            raise NewerVersionError(f"it has version {version}, this greenroom knows {newest}")
        for statements in schema.MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {newest}")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _is_broken(error: sqlite3.Error) -> bool:
    """Whether the fault is the file's. That a text is not UTF-8 is found by Python, and has no code of SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.OperationalError) if code is None else (code & 0xFF) in _BROKEN
