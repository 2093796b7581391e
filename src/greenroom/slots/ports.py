"""Ports that are this worker's: taken from the system, never guessed."""

from __future__ import annotations

import contextlib
import socket
import sys

from greenroom.running.ending import at_end
from greenroom.slots.kept import SlotError

HOST = "127.0.0.1"
_LAST = 65_536
_TRIES = 200


def sockets(count: int = 1) -> tuple[socket.socket, ...]:
    """Sockets that are bound to free ports of 127.0.0.1, for a server that can be given a socket.

    Nothing listens on them yet. They are closed with the worker, if not before.

    Args:
        count: how many.

    Raises:
        OSError: there are none.
    """
    return tuple(_keep(_bound(0)) for _ in range(count))


def ports(count: int = 1, *, in_a_row: bool = False) -> tuple[int, ...]:
    """Ports of 127.0.0.1 for programs that can only be given a number.

    On Linux each stays reserved until the worker ends: the system gives it to nobody who asks for any free port, and a
    program that asks for this one gets it if it sets `SO_REUSEADDR`, as servers do. Elsewhere it stays so for about half
    a minute.

    Args:
        count: how many.
        in_a_row: whether each is the one before it plus 1.

    Raises:
        SlotError: there are not so many in a row.
        OSError: there are none.
    """
    found = _row(count) if in_a_row else [_bound(0) for _ in range(count)]
    numbers = tuple(each.getsockname()[1] for each in found)
    for each in found:
        if sys.platform == "linux":
            _keep(each)
        else:
            use_up(each)
    return numbers


def use_up(bound: socket.socket) -> None:
    """Leave a port as one that was just used: the system gives it to nobody who asks for any (TIME_WAIT, RFC 9293)."""
    with bound, socket.socket() as client:
        bound.listen(1)
        client.connect(bound.getsockname())
        accepted, _ = bound.accept()
        # The side that ends a connection keeps its port: it has to be this one.
        accepted.close()
        client.recv(1)


def _bound(port: int) -> socket.socket:
    new = socket.socket()
    try:
        new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        new.bind((HOST, port))
    except BaseException:
        new.close()
        raise
    return new


def _row(count: int) -> list[socket.socket]:
    for _ in range(_TRIES):
        with contextlib.ExitStack() as closing:
            row = [closing.enter_context(_alone(0))]
            first = row[0].getsockname()[1]
            if first + count > _LAST:
                continue
            with contextlib.suppress(OSError):
                row += [closing.enter_context(_alone(first + step)) for step in range(1, count)]
                closing.pop_all()
                for each in row:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                return row
    raise SlotError(f"there are no {count} free ports in a row", "Ask for fewer, or for any: ports(count).")


def _alone(port: int) -> socket.socket:
    # Without SO_REUSEADDR: a port that another worker keeps for itself is no free one.
    new = socket.socket()
    try:
        new.bind((HOST, port))
    except BaseException:
        new.close()
        raise
    return new


def _keep(bound: socket.socket) -> socket.socket:
    at_end(bound.close)
    return bound
