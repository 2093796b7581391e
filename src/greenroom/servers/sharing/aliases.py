"""Which connections a test shares with its live server."""

from __future__ import annotations

import unittest
from collections.abc import Iterable
from typing import Any

from django.db import connections

from greenroom.servers.api import SharingError


def aliases_to_share(test: unittest.TestCase) -> list[str]:
    """The aliases of the connections that a test shares.

    A test that is rolled back, so is in a transaction when it begins, shares what it may use, unless its `share_transaction`
    is False. A database in memory has no second connection, and is shared in any case.

    Raises:
        SharingError: the test wants to share its transaction, and has none.
    """
    cls: Any = type(test)
    wanted = getattr(test, "share_transaction", None)
    allowed: Iterable[str] = getattr(cls, "databases", ())
    names = [alias for alias in connections if allowed == "__all__" or alias in allowed]
    rolled_back = any(connections[alias].in_atomic_block for alias in names)
    if wanted and not rolled_back:
        raise SharingError(
            f"{cls.__qualname__} asks for share_transaction, and its tests are not rolled back.",
            "Build it on greenroom's HttpTestCase, or on django.test.TestCase.",
        )
    if rolled_back and wanted is not False:
        return names
    return [alias for alias in names if _in_memory(connections[alias])]


def _in_memory(connection: Any) -> bool:
    return connection.vendor == "sqlite" and bool(connection.is_in_memory_db())
