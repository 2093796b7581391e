"""A live server on cheroot, the server of CherryPy: a fixed number of threads, however many connections are open."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

from greenroom.errors import MissingExtraError
from greenroom.servers.base import Server
from greenroom.servers.chunks import ChunkedBody
from greenroom.servers.wsgi_app import HANG_UP, WsgiApplication

THREADS = 16
"""So many requests are answered at a time."""
_STOP_SECONDS = 1
_POLL = 0.1
"""Seconds until a stop is noticed."""


class CherootServer(Server):
    """cheroot's WSGI server."""

    def _prepare(self, listening: socket.socket) -> Callable[[], None]:
        try:
            from cheroot import wsgi
            from cheroot.ssl.builtin import BuiltinSSLAdapter
        except ImportError:
            raise MissingExtraError(
                "The live server cheroot is not installed.", "Install it: pip install 'greenroom[cheroot]'"
            ) from None
        self._httpd = _on_socket(wsgi, listening)(
            listening.getsockname()[:2],
            WsgiApplication(self.flights, self.errors),
            numthreads=THREADS,
            shutdown_timeout=_STOP_SECONDS,
        )
        self._httpd.gateway = _gateway(wsgi)
        self._httpd.ConnectionClass = _connection(wsgi)
        self._httpd.expiration_interval = _POLL
        if self.certificate:
            file = self.certificate.file
            self._httpd.ssl_adapter = BuiltinSSLAdapter(file, file)

        def serve() -> None:
            # Its threads are daemons as this one is.
            self._httpd.prepare()
            self._started()
            self._httpd.serve()

        return serve

    def _end(self) -> None:
        self._httpd.stop()


def _on_socket(wsgi: Any, listening: socket.socket) -> Any:
    class OnSocket(wsgi.Server):  # type: ignore[misc]
        """cheroot on a socket that listens already."""

        def bind(self, family: Any, type: Any, proto: Any = 0) -> Any:  # noqa: A002 - cheroot's name
            self.socket = listening
            return listening

        def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
            """Be quiet: what the project raises has been recorded."""

    return OnSocket


def _gateway(wsgi: Any) -> Any:
    class Gateway(wsgi.Gateway_10):  # type: ignore[misc]
        """What a request is to the application."""

        def get_environ(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environ()
            if self.req.chunked_read:
                # cheroot's own reader leaves trailers for the next request, and takes nonsense for the end.
                environ["wsgi.input"] = ChunkedBody(self.req.rfile.rfile)
            environ[HANG_UP] = self._hang_up
            return environ

        def _hang_up(self) -> None:
            self.req.close_connection = True

    return Gateway


def _connection(wsgi: Any) -> Any:
    class Connection(wsgi.Server.ConnectionClass):  # type: ignore[misc]
        """A client."""

        def close(self) -> None:
            super().close()
            # What a client that went away has not read would be sent once more when this is forgotten, with an error on
            # stderr.
            unsent = getattr(self.wfile, "_write_buf", None)
            if unsent:
                unsent.clear()

    return Connection
