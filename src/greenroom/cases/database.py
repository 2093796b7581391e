"""Tests that use databases, by what they leave in them."""

from __future__ import annotations

from typing import Any

from django.test import TestCase, TransactionTestCase

from greenroom.cases.base import Case
from greenroom.cases.features.flush import flush


class DatabaseTestCase(Case, TestCase):
    """Tests that use a database and commit nothing: what a test writes is rolled back after it."""

    test_type = "database"
    database_single_transaction = True


class NonIsolatedDatabaseTestCase(DatabaseTestCase):
    """Tests that build on each other: one rollback after the class, until which each test sees what the others wrote.

    They run in one process, in the order of their names. What a test wrote when it broke a constraint or the transaction is
    rolled back at once.
    """

    database_single_transaction = False
    database_single_transaction_at_end = True


class DestructiveDatabaseTestCase(Case, TransactionTestCase):
    """Tests that commit: the database is flushed after each."""

    test_type = "destructive"
    database_flush = True


class NonIsolatedDestructiveDatabaseTestCase(DestructiveDatabaseTestCase):
    """Tests that commit and build on each other: one flush after the class.

    They run in one process, in the order of their names. `fixtures` are loaded once.
    """

    database_flush = False
    database_flush_at_end = True


class NoCleanupDatabaseTestCase(Case, TransactionTestCase):
    """Tests that only read: no transaction, no flush. Rows that a test leaves over are an error of that test.

    The rows of all tables are counted before the first test and after each. After a test that left rows over, committed or
    not, the database is flushed, so that it alone suffers. `fixtures` are loaded before the first test and flushed after
    the last.
    """

    test_type = greenroom_kind = "database"
    report_database_leftovers = True
    _greenroom_loaded = False

    @classmethod
    def setUpClass(cls) -> None:
        # Before Django's: what it loads goes with the class.
        if cls.fixtures:
            cls.addClassCleanup(_flush_class, cls)
        super().setUpClass()

    @classmethod
    def _fixture_setup(cls) -> None:
        # Django's would load the fixtures for each test.
        if not cls._greenroom_loaded:
            cls._greenroom_loaded = True
            super()._fixture_setup()  # type: ignore[misc]

    def _fixture_teardown(self) -> None:
        """Nothing is cleaned up."""


def _flush_class(cls: Any) -> None:
    from greenroom.cases.features.databases import aliases_of

    cls._greenroom_loaded = False
    flush(cls, aliases_of(cls, mirrors=False))
