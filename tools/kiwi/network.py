"""Networks that are out of order: slow ones, and such as lose answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any


class Relay:
    """Stands before a server as a network that is slow, or that breaks.

    Args:
        port: of the server on loopback; 0: there is none, whoever connects waits for ever.
        delay: seconds before each answer.
        lose: which answers are lost, counted from 1: the server does what it is asked, and the connection ends.
    """

    def __init__(self, port: int, *, delay: float = 0.0, lose: Sequence[int] = ()) -> None:
        self._to = port
        self._delay = delay
        self._lose = frozenset(lose)
        self._answers = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = []
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http://127.0.0.1:{self.port}/xml-rpc/"

    def close(self) -> None:
        """Nobody is there any more."""
        for one in (self._socket, *self._kept):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                self._kept.append(client)
                if self._to:
                    threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._to)) as upstream:
            self._kept.append(upstream)
            threading.Thread(target=_pass_on, args=(client, upstream), daemon=True).start()
            while data := upstream.recv(1 << 16):
                if data.startswith(b"HTTP/"):
                    self._answers += 1
                    if self._answers in self._lose:
                        break
                    time.sleep(self._delay)
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
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
