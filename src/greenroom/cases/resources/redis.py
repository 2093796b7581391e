"""`redis`: a server answers."""

from __future__ import annotations

import os
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

from greenroom.errors import GreenroomError
from greenroom.running.place import place

PATIENCE = 2.0
"""Seconds that the server may take for each step."""
_USUAL = "redis://localhost:6379"


def probe(_argument: str) -> str | None:
    """Ask the server at the setting or variable `REDIS_URL`, else the one on this machine, whether it is there."""
    from django.conf import settings

    if "redis" in place().config.slots:
        # Each worker is given one, which is started when it is first used.
        from greenroom.slots.redis import check

        try:
            check()
        except GreenroomError as error:
            return error.message
        return None
    return asked(str(getattr(settings, "REDIS_URL", "") or os.environ.get("REDIS_URL") or _USUAL))


def asked(url: str) -> str | None:
    """Ask the server of this URL, `redis://`, `rediss://` or `unix://`; why it is not there, or None."""
    parts = urlsplit(url)
    where = parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"
    try:
        with _connected(parts) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64)
    except OSError as error:
        return f"nothing answers at {where} ({error.strerror or error})"
    # One that asks for a password says so, and is there.
    return None if answer.startswith((b"+PONG", b"-")) else f"what answers at {where} is not Redis"


def _connected(url: SplitResult) -> socket.socket:
    if url.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        try:
            connection.connect(url.path)
        except OSError:
            connection.close()
            raise
        return connection
    connection = socket.create_connection((url.hostname or "localhost", url.port or 6379), PATIENCE)
    if url.scheme != "rediss":
        return connection
    # Only whether it is there: tests have settings of their own for whom they trust.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)
