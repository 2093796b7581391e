"""Connections of a test's thread, lent to the thread in which asgiref calls what an `IsolatedAsyncioTestCase` awaits.

Django's own classes need none of this: what their async tests await is called in the thread of the test.
"""

from __future__ import annotations

import unittest
from collections.abc import Iterable
from typing import Any


def lend(test: unittest.TestCase, aliases: Iterable[str]) -> None:
    """Have async code of a test see the transaction that the test runs in, and leave no connection of its own."""
    if not isinstance(test, unittest.IsolatedAsyncioTestCase):
        return
    from asgiref.sync import SyncToAsync
    from django.db import connections

    thread = SyncToAsync.single_thread_executor
    own: dict[str, Any] = {alias: connections[alias] for alias in aliases}
    theirs: dict[str, Any] = {}

    def take() -> None:
        theirs.update((there.alias, there) for there in connections.all(initialized_only=True) if there.alias in own)
        for alias, connection in own.items():
            connections[alias] = connection

    def give_back() -> None:
        for alias in own:
            if alias in theirs:
                connections[alias] = theirs[alias]
            else:
                del connections[alias]

    for connection in own.values():
        connection.inc_thread_sharing()
        test.addCleanup(connection.dec_thread_sharing)
    thread.submit(take).result()
    test.addCleanup(lambda: thread.submit(give_back).result())
