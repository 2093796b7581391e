"""What all live servers have in common: a socket, a URL, the requests under way and what they raised."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from greenroom.servers.api import Options, ServerStartError
from greenroom.servers.certificates import Certificate
from greenroom.servers.errors import ErrorLog, watch
from greenroom.servers.flights import Flights
from greenroom.servers.sockets import listen

START_SECONDS = 30.0
STOP_SECONDS = 5.0
"""So long a stop waits for the thread that takes requests."""


class Server(ABC):
    """A live server; see `api.LiveServer` for what its users see.

    Args:
        options: what it is made with.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.errors = ErrorLog()
        self.flights = Flights()
        self.certificate: Certificate | None = None
        self.url = self.hostname = ""
        self.port = 0
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._trouble: BaseException | None = None

    @property
    def ca_file(self) -> str | None:
        """The file with the certificate that clients have to trust; None without HTTPS."""
        return self.certificate.ca_file if self.certificate else None

    def start(self) -> None:
        """Listen, and answer requests from now on."""
        watch()
        self._socket = listen(self.options.address, self.options.port)
        self.port = self._socket.getsockname()[1]
        self.url = self._url()
        self.hostname = urlsplit(self.url).hostname or ""
        try:
            if self.options.https:
                self.certificate = Certificate((self.hostname, self.options.address))
            run = self._prepare(self._socket)
        except BaseException:
            self._socket.close()
            raise
        self._thread = threading.Thread(target=self._run, args=(run,), name="greenroom-live-server", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise ServerStartError(f"The live server ({self.options.kind}) did not start in {START_SECONDS:g} s.")
        if self._trouble is not None:
            self.stop()
            raise ServerStartError(
                f"The live server ({self.options.kind}) could not start: {self._trouble}"
            ) from self._trouble

    def stop(self) -> None:
        """Answer no more requests. A second time does nothing."""
        if self._thread is None or self._socket is None:
            return
        self._end()
        self._thread.join(STOP_SECONDS)
        self._thread = None
        self._socket.close()
        if self.certificate:
            self.certificate.close()

    def begin(self, test: Any) -> None:
        """A test begins: requests are let in, and what they raise is its own."""
        self.flights.open()
        self.errors.clear(test, self.flights.test)

    @abstractmethod
    def _prepare(self, listening: socket.socket) -> Callable[[], None]:
        """Make what answers requests; the thread of the server calls what this gives back."""

    @abstractmethod
    def _end(self) -> None:
        """Have that call return soon."""

    def _started(self) -> None:
        """Requests are answered from now on."""
        self._ready.set()

    def _run(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:
            self._trouble = error
        finally:
            self._ready.set()

    def _url(self) -> str:
        root = self.options.root.rstrip("/")
        scheme = "https" if self.options.https else "http"
        if "://" in root:
            return root
        address = self.options.address
        named = address if address not in {"", "127.0.0.1", "0.0.0.0", "::"} else "localhost"  # noqa: S104 - told apart
        return f"{scheme}://{root or (f'[{named}]' if ':' in named else named)}:{self.port}"
