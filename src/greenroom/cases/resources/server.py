"""`server:HOST:PORT`: something accepts connections there."""

from __future__ import annotations

import socket

PATIENCE = 2.0
"""Seconds that a server may take to accept."""


def probe(address: str) -> str | None:
    """Connect, and hang up."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return f"{address!r} is not HOST:PORT"
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except (OSError, OverflowError) as error:
        return f"nothing answers ({getattr(error, 'strerror', None) or error})"
    return None
