"""The socket of a live server."""

from __future__ import annotations

import socket

from greenroom.servers.sockets import listen


def test_answers_in_parts_do_not_wait_for_each_other() -> None:
    """Each connection sends at once what it is given (TCP_NODELAY): else each answer of cheroot takes 40 ms."""
    with listen("", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
