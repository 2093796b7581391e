"""`database_single_transaction`, `database_single_transaction_at_end`: a rollback after each test or after the class."""

from __future__ import annotations

import unittest
from collections.abc import Iterable
from typing import Any

from greenroom.cases.features.asked import asked
from greenroom.cases.features.databases import (
    aliases_of,
    flushes,
    is_rolled_back,
    load_fixtures,
    rolls_back,
    set_up_fixtures_once,
)
from greenroom.cases.features.lending import lend
from greenroom.cases.features.replacing import replace_in_class

NAMES = frozenset({"database_single_transaction", "database_single_transaction_at_end"})


def applies(cls: type) -> bool:
    """Django's TestCase rolls back after each test by itself."""
    return not is_rolled_back(cls) or bool(getattr(cls, "database_single_transaction_at_end", False))


def set_up_class(cls: Any) -> None:
    """Have one transaction around the class."""
    if not getattr(cls, "database_single_transaction_at_end", False):
        return
    if rolls_back(cls):
        # Django's own transaction of the class stays; those of its tests are kept in place of rolled back.
        replace_in_class(cls, "_fixture_teardown", lambda test: leave(test.atomics, keep=True))
        return
    cls.addClassCleanup(leave, enter(aliases_of(cls)), keep=False)
    if flushes(cls):
        # Its fixtures are loaded by Django, once, and no connection is closed under the transaction.
        set_up_fixtures_once(cls)
        replace_in_class(cls, "_fixture_teardown", lambda _: None)
        replace_in_class(cls, "_should_reload_connections", lambda _: False)
    else:
        load_fixtures(cls, aliases_of(cls, mirrors=False))


def set_up(test: unittest.TestCase) -> None:
    """Have a transaction around the test."""
    cls: Any = type(test)
    if getattr(cls, "database_single_transaction_at_end", False):
        if not rolls_back(cls):
            test.addCleanup(leave, enter(aliases_of(cls)), keep=True)
            lend(test, aliases_of(cls))
    elif asked(test, "database_single_transaction") and not rolls_back(cls):
        test.addCleanup(leave, enter(aliases_of(cls)), keep=False)
        lend(test, aliases_of(cls))
        if not flushes(cls):
            load_fixtures(cls, aliases_of(cls, mirrors=False))


def enter(aliases: Iterable[str]) -> dict[str, Any]:
    """Begin a transaction, or a savepoint, on each of these databases."""
    from django.db import transaction

    entered: dict[str, Any] = {}
    try:
        for alias in aliases:
            atomic: Any = transaction.atomic(using=alias)
            # As Django's: a durable block within is fine.
            atomic._from_testcase = True  # noqa: SLF001
            atomic.__enter__()
            entered[alias] = atomic
    except BaseException:
        leave(entered, keep=False)
        raise
    return entered


def leave(entered: dict[str, Any], *, keep: bool) -> None:
    """End what `enter` began, the last one first.

    Args:
        entered: what it gave.
        keep: whether what was written stays for the tests that follow; what breaks a constraint does not.

    Raises:
        IntegrityError: a constraint that is checked at the end of a transaction does not hold.
    """
    from django.db import connections, transaction

    try:
        for alias in reversed(entered):
            connection = connections[alias]
            if (
                connection.features.can_defer_constraint_checks
                and not connection.needs_rollback
                and connection.is_usable()
            ):
                try:
                    connection.check_constraints()
                except Exception:
                    transaction.set_rollback(True, using=alias)
                    raise
    finally:
        for alias in reversed(entered):
            if not keep:
                transaction.set_rollback(True, using=alias)
            entered[alias].__exit__(None, None, None)
