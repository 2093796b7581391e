"""`no_database_interaction = True`: a query is an error that names its line."""

from __future__ import annotations

import threading
import unittest
from collections.abc import Callable
from typing import Any

from greenroom.cases.features.asked import asked
from greenroom.cases.features.culprits import culprit
from greenroom.cases.features.replacing import replace

NAMES = frozenset({"no_database_interaction"})
_METHODS = ("connect", "temporary_connection", "cursor", "chunked_cursor")


def set_up(test: unittest.TestCase) -> None:
    """Have every query and connection fail during the test, of whichever thread it is."""
    if not asked(test, "no_database_interaction"):
        return
    from django.db import connections
    from django.db.backends.base.base import BaseDatabaseWrapper

    for alias in connections:
        connection = connections[alias]
        # A backend can say its own from Django 6.1 on.
        own = getattr(connection.features, "disallowed_simple_test_case_connection_methods", None)
        for name in _METHODS if own is None else [name for name, _ in own]:
            replace(test, connection, name, _refuse(test, alias))
    thread = threading.get_ident()
    real: Any = BaseDatabaseWrapper.ensure_connection

    def ensure_connection(self: Any) -> None:
        # Another thread has connections of its own, which may be open from an earlier test.
        if (self.connection is None or threading.get_ident() != thread) and self.alias in connections:
            _refuse(test, self.alias)()
        real(self)

    replace(test, BaseDatabaseWrapper, "ensure_connection", ensure_connection)


def _refuse(test: unittest.TestCase, alias: str) -> Callable[..., None]:
    from django.test import testcases

    stock: Any = testcases

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise stock.DatabaseOperationForbidden(
            f"{culprit()} uses the database {alias!r}, and {test.id()} may use none "
            "(no_database_interaction). A DatabaseTestCase may."
        )

    return refuse
