"""What a live server is, how one is asked for, and what can go wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

import msgspec

from greenroom.errors import GreenroomError

Kind = Literal["threaded", "cheroot", "asgi"]
KINDS: tuple[Kind, ...] = ("threaded", "cheroot", "asgi")

ERROR_HEADER = "X-Greenroom-Error"
"""On an answer whose request raised: the number of the request, by which `ErrorLog.of()` knows the exception."""


class Options(msgspec.Struct, frozen=True):
    """What a live server is made with."""

    kind: Kind = "threaded"
    https: bool = False
    """Whether it speaks HTTPS, with a certificate made for the run."""
    address: str = ""
    """The address that it listens on; empty: 127.0.0.1."""
    port: int = 0
    """The port that it listens on; 0: one that is free."""
    root: str = ""
    """How the tests reach it: a host, or the beginning of a URL; empty: `localhost`."""


class ServerError(msgspec.Struct, frozen=True):
    """An exception that a request raised in the server."""

    request: int
    """The number of the request."""
    method: str
    path: str
    """The path with its query string."""
    status: int
    """The status of the answer; 0 where there was none."""
    error: BaseException
    traceback: str
    sql: tuple[str, ...] = ()
    """The last statements of the request."""
    left_out: int = 0
    """How many statements came before those."""

    @property
    def line(self) -> str:
        """The request and what became of it, in one line."""
        return f"{self.method} {self.path} → {self.status or 'no answer'}"


class Errors(Protocol):
    """The exceptions that requests raised during a test."""

    def __iter__(self) -> Iterator[ServerError]: ...

    def __len__(self) -> int: ...

    def of(self, request: int) -> ServerError | None:
        """The last exception of a request."""

    def raised_in_test(self, request: int) -> None:
        """The test itself has been given the exception of a request: with its traceback."""


class LiveServer(Protocol):
    """A server of this process that is running."""

    @property
    def options(self) -> Options:
        """What it was made with."""

    @property
    def url(self) -> str:
        """How it is reached, without a slash at the end."""

    @property
    def hostname(self) -> str:
        """The host of its URL, as `ALLOWED_HOSTS` has to know it."""

    @property
    def port(self) -> int:
        """The port that it listens on."""

    @property
    def ca_file(self) -> str | None:
        """The file with the certificate that clients have to trust; None without HTTPS."""

    @property
    def errors(self) -> Errors:
        """What requests raised during this test."""

    def start(self) -> None:
        """Listen, and answer requests from now on.

        Raises:
            ServerStartError: it can't.
            MissingExtraError: what it is made of is not installed.
        """

    def stop(self) -> None:
        """Answer no more requests, and leave no thread that takes any. A second time does nothing."""


class ServerStartError(GreenroomError):
    """A live server could not be started: its port is in use, or its application would not start."""


class SharingError(GreenroomError):
    """A test asked for its transaction to be shared, and has none."""


class StuckRequestError(Exception):
    """A request was still running when its test was over and the time for it was up."""
