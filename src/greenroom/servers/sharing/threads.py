"""The connections of a thread that answers a request."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connections

from greenroom.servers.flights import CURRENT
from greenroom.servers.sharing.branch import Branch
from greenroom.servers.sharing.trunk import Trunk

_shared: dict[str, Trunk] = {}
_lock = threading.Lock()


def share(aliases: list[str], seconds: float) -> None:
    """Have requests use the connections of this thread from now on.

    Args:
        aliases: of the connections.
        seconds: how long one waits for the other.
    """
    trunks = {alias: Trunk(connections[alias], seconds) for alias in aliases}
    with _lock:
        _shared.update(trunks)


def stop_sharing() -> None:
    """The connections of the test are its own again; a request that still has one gets an error."""
    with _lock:
        trunks = list(_shared.values())
        _shared.clear()
    for trunk in trunks:
        trunk.close()


def enter_thread() -> None:
    """A request begins in this thread."""
    flight = CURRENT.get()
    with _lock:
        trunks = list(_shared.items())
    for alias, trunk in trunks:
        connections[alias] = trunk.branch(str(flight) if flight else "A request")


def leave_thread() -> None:
    """A request ends: what it shared goes, what was its own is closed."""
    for connection in connections.all(initialized_only=True):
        _close(connection)
        if isinstance(connection, Branch):
            del connections[connection.alias]


def _close(connection: Any) -> None:
    try:
        connection.close()
    except Exception:
        # It is broken, and forgotten.
        del connections[connection.alias]
