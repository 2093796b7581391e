"""The socket that a live server listens on: bound here and handed over, so that no other program can take the port."""

from __future__ import annotations

import errno
import socket

from greenroom.servers.api import ServerStartError

LOOPBACK = "127.0.0.1"
_WAITING = 128
"""How many connections may wait to be accepted."""


def listen(address: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        address: an address or the name of a host; empty: 127.0.0.1.
        port: 0 for one that is free.

    Raises:
        ServerStartError: the port is in use, or the address is none of this machine.
    """
    host = address or LOOPBACK
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            LOOPBACK if host == "localhost" else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServerStartError(f"A live server can't listen on {host!r}: {error.strerror or error}.") from None
    try:
        if port:
            # Connections of the run before may still be fading out.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections take it over. Else the second part of an answer waits 40 ms for the client to acknowledge the first.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.bind(place)
        listening.listen(_WAITING)
    except OSError as error:
        listening.close()
        hint = "Leave LIVE_SERVER_PORT unset, and each server takes a port that is free." if port else ""
        if error.errno == errno.EADDRINUSE:
            raise ServerStartError(
                f"Port {port} of {host} is in use, by another program or another worker.", hint
            ) from None
        raise ServerStartError(f"A live server can't listen on {host}:{port}: {error.strerror}.", hint) from None
    return listening
