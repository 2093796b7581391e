"""Ports that nobody else gets."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest

from greenroom import slots
from greenroom.running.ending import close_all
from greenroom.slots.ports import use_up

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(port: int) -> socket.socket:
    """Listen on a port as a server does."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    return server


def test_a_server_can_have_the_port(be_worker: Callable[..., None]) -> None:
    """It is reserved, not occupied."""
    for port in slots.ports(3):
        with serve(port), socket.create_connection(("127.0.0.1", port)):
            pass
        with serve(port):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port is reserved for a while only")
def test_nobody_gets_it_by_chance(be_worker: Callable[..., None]) -> None:
    """Not even a program that may use an address again; when the worker ends it is free."""
    (port,) = slots.ports()
    other = socket.socket()
    with other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    assert close_all() == []
    with socket.socket() as later:
        later.bind(("127.0.0.1", port))


def test_a_port_that_was_used_up_can_be_served(be_worker: Callable[..., None]) -> None:
    """Where a socket that is merely bound would be in the way (macOS)."""
    (bound,) = slots.sockets()
    port = bound.getsockname()[1]
    use_up(bound)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    with serve(port), socket.create_connection(("127.0.0.1", port)):
        pass


def test_ports_in_a_row(be_worker: Callable[..., None]) -> None:
    """Two rows never meet."""
    first, second = slots.ports(5, in_a_row=True), slots.ports(5, in_a_row=True)
    assert first == tuple(range(first[0], first[0] + 5))
    assert not {*first} & {*second}


def test_too_many_in_a_row(be_worker: Callable[..., None]) -> None:
    """What can't be had is an error in words."""
    with pytest.raises(slots.SlotError, match="70000 free ports in a row"):
        slots.ports(70_000, in_a_row=True)


def test_sockets_are_bound_and_silent(be_worker: Callable[..., None]) -> None:
    """A server can be given one; it is closed with the worker at the latest."""
    first, second = slots.sockets(2)
    first.listen()
    with socket.create_connection(first.getsockname()):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(second.getsockname())
    assert close_all() == []
    assert first.fileno() == second.fileno() == -1
