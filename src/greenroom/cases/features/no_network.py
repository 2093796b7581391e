"""`no_network_interaction = True`: a connection, to this very machine too, is an error that names its line."""

from __future__ import annotations

import socket
import unittest
from collections.abc import Callable
from typing import Any

from greenroom.cases.features.asked import asked
from greenroom.cases.features.culprits import culprit
from greenroom.cases.features.replacing import replace

NAMES = frozenset({"no_network_interaction"})
_METHODS = ("connect", "connect_ex", "sendto", "sendmsg", "bind")
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
_PEACEFUL = {getattr(socket, "AF_UNIX", None)}


class NetworkOperationForbidden(AssertionError):  # noqa: N818 - called as Django calls its own
    """A test that may not use the network did."""


def set_up(test: unittest.TestCase) -> None:
    """Have every connection, message and look-up of a name fail during the test. Unix sockets are let through."""
    if not asked(test, "no_network_interaction"):
        return
    for name in _METHODS:
        if hasattr(socket.socket, name):
            replace(test, socket.socket, name, _method(test, name))
    for name in _LOOKUPS:
        replace(test, socket, name, _lookup(test))


def _method(test: unittest.TestCase, name: str) -> Callable[..., Any]:
    real: Any = getattr(socket.socket, name)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        connected = name == "sendmsg" and len(args) < 4
        if self.family in _PEACEFUL or connected:
            return real(self, *args, **kwargs)
        raise _forbidden(test, args[-1] if args else "")

    return call


def _lookup(test: unittest.TestCase) -> Callable[..., Any]:
    def call(host: Any, *_args: Any, **_kwargs: Any) -> Any:
        raise _forbidden(test, host)

    return call


def _forbidden(test: unittest.TestCase, target: Any) -> NetworkOperationForbidden:
    return NetworkOperationForbidden(
        f"{culprit()} uses the network ({target!r}), and {test.id()} may not (no_network_interaction)."
    )
