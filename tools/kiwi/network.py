"""Networks that are out of order: slow ones, and such as lose answers."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any


class Door:
    """A port on loopback; whoever connects is served in a thread of their own. Made last, when all else is ready."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = []
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def drop(self) -> None:
        """End all connections; new ones are taken."""
        self._shut(*self._kept)

    def close(self) -> None:
        """Nobody is there any more."""
        self._shut(self._socket, *self._kept)

    def serve(self, client: socket.socket) -> None:
        """Serve one who has connected."""
        raise NotImplementedError

    @staticmethod
    def _shut(*sockets: socket.socket) -> None:
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                self._kept.append(client)
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()


class Relay(Door):
    """Stands before a server as a network that is slow, or that breaks.

    Args:
        port: of the server on loopback; 0: there is none, whoever connects waits for ever.
        delay: seconds before each answer.
        lose: which answers are lost, counted from 1: the server does what it is asked, and the connection ends.
        tls: how it speaks HTTPS with who connects; None: it does not.
    """

    def __init__(
        self, port: int, *, delay: float = 0.0, lose: Sequence[int] = (), tls: ssl.SSLContext | None = None
    ) -> None:
        self._to = port
        self._tls = tls
        self.delay = delay
        self._lose = frozenset(lose)
        self._answers = 0
        super().__init__()

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/xml-rpc/"

    def serve(self, client: socket.socket) -> None:
        """Pass on what comes and goes, where there is a server."""
        if not self._to:
            return
        if self._tls is not None:
            try:
                client = self._tls.wrap_socket(client, server_side=True)
            except OSError:  # Who connects may not trust it.
                return
            self._kept.append(client)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._to)) as upstream:
            self._kept.append(upstream)
            threading.Thread(target=pass_on, args=(client, upstream), daemon=True).start()
            while data := upstream.recv(1 << 16):
                if data.startswith(b"HTTP/"):
                    self._answers += 1
                    if self._answers in self._lose:
                        break
                    time.sleep(self.delay)
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Hand on what comes, until nothing comes any more."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)


@contextlib.contextmanager
def relay(port: int, **about: Any) -> Iterator[Relay]:
    """A relay for as long as it is wanted."""
    found = Relay(port, **about)
    try:
        yield found
    finally:
        found.close()
