"""What a live server does at the beginning and at the end of a test."""

from __future__ import annotations

import unittest
from typing import Any

from django.conf import settings
from django.test import modify_settings

from greenroom.running import witnesses
from greenroom.servers.api import StuckRequestError
from greenroom.servers.base import Server
from greenroom.servers.flights import told
from greenroom.servers.sharing.aliases import aliases_to_share
from greenroom.servers.sharing.threads import share, stop_sharing

SECONDS = 10.0
"""So long requests may go on after their test, and so long one waits for a connection that another uses."""


def begin(test: unittest.TestCase, server: Server) -> None:
    """A test that uses a server begins. What it left is put right by a cleanup, before its database is.

    Raises:
        SharingError: the test wants to share its transaction, and has none.
    """
    seconds = float(getattr(test, "live_server_seconds", SECONDS))
    aliases = aliases_to_share(test)
    server.begin(test)
    witnesses.add(server.errors.testimony)
    test.addCleanup(end, server, seconds)
    allow(server.hostname, test.addCleanup)
    if aliases:
        share(aliases, seconds)


def end(server: Server, seconds: float) -> None:
    """The test is over: no request gets in, those under way are waited for, and connections are shared no longer.

    Raises:
        StuckRequestError: requests did not end.
    """
    try:
        stuck = server.flights.drain(seconds)
    finally:
        stop_sharing()
    if stuck:
        raise StuckRequestError(told(stuck, seconds))


def allow(host: str, add_cleanup: Any) -> None:
    """Have the project answer to a host, unless it does already."""
    if host in settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        return
    change = modify_settings(ALLOWED_HOSTS={"append": host})
    change.enable()
    add_cleanup(change.disable)
