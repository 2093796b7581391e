"""Clients for the tests of the live servers: raw sockets where every byte counts."""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from greenroom.servers.base import Server


class Raw:
    """A connection on which bytes are sent as they are, and answers are read one by one."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.close()

    def send(self, *lines: str, body: bytes = b"") -> None:
        """Send a request with these lines, and with the host's, which every request has."""
        self._socket.sendall("\r\n".join([lines[0], "Host: localhost", *lines[1:], "", ""]).encode() + body)

    def send_bytes(self, data: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(data)

    def answer(self, method: str = "GET") -> http.client.HTTPResponse:
        """The next answer, read to its end and no further."""
        return _Answer(self._socket, method=method).begun()

    def wait_for(self, text: bytes) -> bytes:
        """Read byte by byte until these have come."""
        read = b""
        while not read.endswith(text):
            byte = self._socket.recv(1)
            if not byte:
                raise AssertionError(f"the connection ended after {read!r}")
            read += byte
        return read

    def is_closed(self) -> bool:
        """Whether the server closes the connection before it says anything more."""
        return self._socket.recv(1) == b""


class _Answer(http.client.HTTPResponse):
    """An answer that reads one byte at a time, so that none of the next one is lost."""

    def __init__(self, connection: socket.socket, method: str) -> None:
        super().__init__(connection, method=method)
        self.fp = connection.makefile("rb", buffering=0)  # type: ignore[assignment]
        self.body = b""

    def begun(self) -> _Answer:
        self.fp = _Whole(self.fp)  # type: ignore[assignment]
        self.begin()
        self.body = self.read()
        return self


class _Whole:
    """An unbuffered stream whose reads are whole, as `http.client` expects them."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self._stream.read(65536), b""))
        parts = []
        while size and (part := self._stream.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def chunked(blocks: Iterable[bytes], trailers: bytes = b"") -> bytes:
    """Blocks in the chunked coding."""
    return b"".join(b"%x\r\n%s\r\n" % (len(block), block) for block in blocks) + b"0\r\n" + trailers + b"\r\n"


def ask(server: Server, method: str, path: str, **about: Any) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own: its status, headers in lower case, and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        headers = {"Host": "localhost", **about.pop("headers", {})}
        connection.request(method, path, headers=headers, **about)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()
