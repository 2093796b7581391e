"""A light client for registries: a keep-alive connection that sends files from the kernel and reads into one buffer.

Half of the machine's work in a benchmark of servers is the client's. So there is no general HTTP here, only what a push and
a pull need; anything unexpected is a failure of the contender.
"""

from __future__ import annotations

import hashlib
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from benchmarks.model import ContenderFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

BUFFER = 1024 * 1024
TIMEOUT = 120.0
"""Seconds that a server may be silent."""
OCTETS = "Content-Type: application/octet-stream\r\n"


@dataclass(frozen=True)
class Slice:
    """A part of a file, in bytes: content that is sent without passing through this process."""

    path: Path
    offset: int
    size: int

    def digest(self) -> str:
        """Its digest, as the OCI specifications write it."""
        found = hashlib.sha256()
        with self.path.open("rb") as file:
            file.seek(self.offset)
            left = self.size
            while left and (data := file.read(min(BUFFER, left))):
                found.update(data)
                left -= len(data)
        return f"sha256:{found.hexdigest()}"

    def chunks(self, size: int) -> list[Slice]:
        """The same content in pieces."""
        end = self.offset + self.size
        return [Slice(self.path, start, min(size, end - start)) for start in range(self.offset, end, size)]


class Connection:
    """One connection to a registry, kept open from request to request."""

    def __init__(self, port: int) -> None:
        self._host = f"127.0.0.1:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(BUFFER))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def request(
        self,
        method: str,
        target: str,
        expected: int,
        *,
        headers: str = "",
        body: bytes | Slice = b"",
        each: Callable[[memoryview], None] | None = None,
    ) -> tuple[dict[str, str], int]:
        """Ask, and read the whole answer.

        Args:
            method: of HTTP.
            target: path and query.
            expected: the status that means success.
            headers: lines of the request, each with its end.
            body: what is sent.
            each: is given each part of the answer's body.

        Returns:
            The answer's headers by lower-case name, and the size of its body in bytes.

        Raises:
            ContenderFailed: for any other status.
        """
        size = body.size if isinstance(body, Slice) else len(body)
        head = f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\nContent-Length: {size}\r\n{headers}\r\n".encode()
        if isinstance(body, Slice):
            self._socket.sendall(head)
            with body.path.open("rb") as file:
                self._socket.sendfile(file, body.offset, body.size)
        else:
            self._socket.sendall(head + body)
        status, answer, start = self._head()
        if status != expected:
            raise ContenderFailed(
                f"{method} {target.partition('?')[0]}: {status} instead of {expected}: {start[:200]!r}"
            )
        return answer, self._body(int(answer.get("content-length", 0)), start, each)

    def _head(self) -> tuple[int, dict[str, str], bytes]:
        """Status and headers of an answer, and what of its body came with them."""
        received = b""
        while b"\r\n\r\n" not in received:
            count = self._socket.recv_into(self._buffer)
            if not count:
                raise ContenderFailed("the server closed the connection")
            received += self._buffer[:count]
        head, _, start = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        if "transfer-encoding" in headers:
            raise ContenderFailed("the server answered in chunks")
        return int(first.split()[1]), headers, start

    def _body(self, size: int, start: bytes, each: Callable[[memoryview], None] | None) -> int:
        if each:
            each(memoryview(start))
        left = size - len(start)
        while left > 0:
            count = self._socket.recv_into(self._buffer, min(left, BUFFER))
            if not count:
                raise ContenderFailed(f"{left} bytes of a body are missing")
            if each:
                each(self._buffer[:count])
            left -= count
        return size

    def push(self, repository: str, digest: str, body: bytes | Slice) -> None:
        """A blob in two requests: POST, and PUT with all of it."""
        self._finish(self._begin(repository), digest, body)

    def push_in_chunks(self, repository: str, digest: str, chunks: Sequence[Slice]) -> None:
        """A blob in as many PATCH requests as there are chunks."""
        location, sent = self._begin(repository), 0
        for chunk in chunks:
            ends = f"Content-Range: {sent}-{sent + chunk.size - 1}\r\n"
            answer, _ = self.request("PATCH", location, 202, headers=OCTETS + ends, body=chunk)
            location, sent = _target(answer), sent + chunk.size
        self._finish(location, digest, b"")

    def _begin(self, repository: str) -> str:
        return _target(self.request("POST", f"/v2/{repository}/blobs/uploads/", 202)[0])

    def _finish(self, location: str, digest: str, body: bytes | Slice) -> None:
        mark = "&" if "?" in location else "?"
        answer, _ = self.request("PUT", f"{location}{mark}digest={digest}", 201, headers=OCTETS, body=body)
        if answer.get("docker-content-digest", digest) != digest:
            raise ContenderFailed("the server names another digest than the one that was pushed")

    def pull(self, repository: str, digest: str, size: int) -> None:
        """GET a blob and count its bytes."""
        _, received = self.request("GET", f"/v2/{repository}/blobs/{digest}", 200)
        if received != size:
            raise ContenderFailed(f"{received} bytes of {size} came back")

    def verify(self, repository: str, digest: str) -> None:
        """GET a blob and look at each byte: slow, and none of the times."""
        found = hashlib.sha256()
        self.request("GET", f"/v2/{repository}/blobs/{digest}", 200, each=found.update)
        if f"sha256:{found.hexdigest()}" != digest:
            raise ContenderFailed("other bytes came back than were pushed")


def at_once(port: int, jobs: Sequence[Callable[[Connection], None]], count: int) -> None:
    """Share jobs out among several connections, each in a thread.

    Raises:
        ContenderFailed: when one of the jobs did.
    """
    failures: list[Exception] = []

    def work(connection: Connection, share: Sequence[Callable[[Connection], None]]) -> None:
        try:
            with connection:
                for job in share:
                    job(connection)
        except Exception as error:
            failures.append(error)

    threads = [
        threading.Thread(target=work, args=(Connection(port), jobs[number::count]), daemon=True)
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise ContenderFailed(f"{len(failures)} of {count} connections failed: {failures[0]}") from failures[0]


def _target(answer: dict[str, str]) -> str:
    """Path and query of the Location, which may be a whole URL."""
    parts = urlsplit(answer.get("location", ""))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
