"""The tables, and how an older file becomes a newer one.

`PRAGMA user_version` says how many of the migrations a file has had. A migration is never changed once released: what
is to be different comes as a further one.
"""

from __future__ import annotations

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
)
"""For each version the statements that lead to it from the one before."""

# Plain question marks, not ?1: Python 3.12.0 to 3.12.3 takes a number for a name, and warns (CPython gh-117995).
# A duration moves half of the way to the new one: a single slow run is forgotten after a few others, and so is a change
# of machine. Skipped tests say nothing about durations. A group that lost or gained tests starts anew.

UPSERT_TEST = """
    INSERT INTO tests (id, seconds, runs, outcome, at) VALUES (?, ?, 1, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        seconds = CASE WHEN excluded.outcome = 'skipped' THEN seconds ELSE 0.5 * seconds + 0.5 * excluded.seconds END,
        runs = runs + 1,
        outcome = excluded.outcome,
        at = excluded.at
"""

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
