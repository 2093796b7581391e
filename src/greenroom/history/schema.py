"""The tables, and how an older file becomes a newer one.

`PRAGMA user_version` says how many of the migrations a file has had. A migration is never changed once released: what
is to be different comes as a further one.
"""

from __future__ import annotations

from greenroom.history.recent import KEPT, WIDTH

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE tests (
            id TEXT PRIMARY KEY,
            seconds REAL NOT NULL,
            runs INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            at REAL NOT NULL
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE groups (
            key TEXT PRIMARY KEY,
            tests INTEGER NOT NULL,
            seconds REAL NOT NULL,
            fixture_seconds REAL NOT NULL,
            at REAL NOT NULL
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE facts (
            name TEXT PRIMARY KEY,
            value REAL NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        "ALTER TABLE tests ADD COLUMN recent TEXT NOT NULL DEFAULT ''",
        """
        CREATE TABLE runs (
            at REAL NOT NULL,
            seconds REAL NOT NULL,
            exit_code INTEGER NOT NULL,
            tests INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            errors INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            flaky INTEGER NOT NULL,
            not_run INTEGER NOT NULL,
            workers INTEGER NOT NULL
        )
        """,
    ),
)
"""For each version the statements that lead to it from the one before."""

# Plain question marks, not ?1: Python 3.12.0 to 3.12.3 takes a number for a name, and warns (CPython gh-117995).
# A duration moves half of the way to the new one: a single slow run is forgotten after a few others, and so is a change
# of machine. Skipped tests say nothing about durations. A group that lost or gained tests starts anew.

# `recent` holds how the test ended in its last runs, see `greenroom.history.recent`: one column, so that a run writes one
# row for a test, as before, and none for those that are quick and always pass.
UPSERT_TEST = f"""
    INSERT INTO tests (id, seconds, outcome, at, recent, runs) VALUES (?, ?, ?, ?, ?, 1)
    ON CONFLICT (id) DO UPDATE SET
        seconds = CASE WHEN excluded.outcome = 'skipped' THEN seconds ELSE 0.5 * seconds + 0.5 * excluded.seconds END,
        runs = runs + 1,
        outcome = excluded.outcome,
        at = excluded.at,
        recent = substr(recent || excluded.recent, {-KEPT * WIDTH})
"""  # noqa: S608 - a number of this package's own

UPSERT_GROUP = """
    INSERT INTO groups (key, tests, seconds, fixture_seconds, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET
        seconds = CASE WHEN tests = excluded.tests
            THEN 0.5 * seconds + 0.5 * excluded.seconds ELSE excluded.seconds END,
        fixture_seconds = CASE WHEN tests = excluded.tests
            THEN 0.5 * fixture_seconds + 0.5 * excluded.fixture_seconds ELSE excluded.fixture_seconds END,
        tests = excluded.tests,
        at = excluded.at
"""

UPSERT_FACT = """
    INSERT INTO facts (name, value) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = 0.5 * value + 0.5 * excluded.value
"""

INSERT_RUN = """
    INSERT INTO runs (at, seconds, exit_code, tests, failures, errors, skipped, flaky, not_run, workers)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

TRIM_RUNS = "DELETE FROM runs WHERE rowid <= (SELECT max(rowid) FROM runs) - ?"
"""Of the runs so many stay, the last ones."""

LAST_RUNS = """
    SELECT at, seconds, exit_code, tests, failures, errors, skipped, flaky, not_run, workers
    FROM runs ORDER BY at DESC LIMIT ?
"""
