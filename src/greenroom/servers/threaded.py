"""The default live server: Django's threaded WSGI server, with a handler that speaks all of HTTP/1.1.

Django's own handler takes a chunked body for an empty one, leaves it in the stream where it is read as the next request,
and closes the connection after each answer of unknown length.
"""

from __future__ import annotations

import io
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.core.servers.basehttp import ServerHandler, ThreadedWSGIServer, WSGIRequestHandler

from greenroom.servers.base import Server
from greenroom.servers.chunks import ChunkedBody
from greenroom.servers.wsgi_app import Blocks, WsgiApplication

_POLL = 0.1
"""Seconds until a stop is noticed."""
_HANDSHAKE = 10.0
"""Seconds that a client has for the handshake of TLS."""
_FAREWELL = 1.0
"""Seconds that a client has for the end of TLS."""
_BLOCK = 64 * 1024
_BODILESS = ("1", "204", "304")


class ThreadedServer(Server):
    """A thread for each connection."""

    def _prepare(self, listening: socket.socket) -> Callable[[], None]:
        context = self.certificate.server_context() if self.certificate else None
        self._httpd = _Httpd(listening, context)
        self._httpd.set_app(WsgiApplication(self.flights, self.errors))

        def serve() -> None:
            self._started()
            self._httpd.serve_forever(_POLL)

        return serve

    def _end(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()
        self._httpd.hang_up()


class _Httpd(ThreadedWSGIServer):
    """Django's server on a socket that listens already, with TLS by choice.

    Args:
        listening: the socket.
        context: how it speaks TLS; None: it does not.
    """

    def __init__(self, listening: socket.socket, context: ssl.SSLContext | None) -> None:
        super().__init__(listening.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        host, self.server_port = listening.getsockname()[:2]
        self.server_name = str(host)
        self.setup_environ()
        self.context = context
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.context is not None:
            # In the thread of this connection: a client that never shakes hands keeps nobody else waiting.
            request.settimeout(_HANDSHAKE)
            request = self.context.wrap_socket(request, server_side=True)
            request.settimeout(None)
        with self._lock:
            self._open.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            with self._lock:
                self._open.discard(request)
            if isinstance(request, ssl.SSLSocket):
                with suppress(OSError, ValueError):
                    request.settimeout(_FAREWELL)
                    request.unwrap()
                request.close()

    def hang_up(self) -> None:
        """End the connections that are open."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _close_connections(self) -> None:
        """Each request has closed its own connections to databases."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that went away, or did not trust the certificate, is no error of the project's.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(WSGIRequestHandler):
    """One connection."""

    wbufsize = _BLOCK
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Be quiet."""

    def handle(self) -> None:
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self.handle_one_request()
        with suppress(OSError):
            self.wfile.flush()
            connection: Any = self.connection
            if not self._is_tls():
                connection.shutdown(socket.SHUT_WR)

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.requestline = self.request_version = self.command = ""
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
            return
        if not self.parse_request():
            return
        coding = self.headers.get("Transfer-Encoding", "").strip().lower()
        if coding not in {"", "chunked"}:
            self._refuse(HTTPStatus.NOT_IMPLEMENTED, f"Transfer-Encoding {coding!r} is not understood")
            return
        if coding and "Content-Length" in self.headers:
            self._refuse(HTTPStatus.BAD_REQUEST, "both Content-Length and Transfer-Encoding")
            return
        environ = self.get_environ()
        if self._is_tls():
            environ["HTTPS"] = "on"
        answer = _Answer(self.rfile, self.wfile, self.get_stderr(), environ)
        if coding:
            answer.stdin = ChunkedBody(self.rfile)
        answer.request_handler = self
        answer.run(self.server.get_app())  # type: ignore[attr-defined]
        self.wfile.flush()

    def _is_tls(self) -> bool:
        connection: Any = self.connection
        return isinstance(connection, ssl.SSLSocket)

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True
        self.send_error(status, why)


class _Answer(ServerHandler):
    """One request and its answer."""

    wsgi_file_wrapper = Blocks
    request_handler: Any
    stdin: Any
    headers: Any
    headers_sent: bool
    environ: dict[str, Any]
    status: Any
    result: Any
    _chunks = False
    _length: str | None = None
    """The Content-Length that the application named."""

    def start_response(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        write = super().start_response(status, headers, exc_info)
        self._length = self.headers.get("Content-Length")
        return write

    def cleanup_headers(self) -> None:
        handler = self.request_handler
        closing, named = handler.close_connection, "Connection" in self.headers
        super().cleanup_headers()
        if self._length is not None and "Content-Length" not in self.headers:
            # Django takes a 0 in answer to HEAD for wsgiref's, which knows nothing; this one is the view's.
            self.headers["Content-Length"] = self._length
            if not named:
                del self.headers["Connection"]
                handler.close_connection = closing
        bodiless = self.environ["REQUEST_METHOD"] == "HEAD" or str(self.status).startswith(_BODILESS)
        if bodiless or handler.request_version != "HTTP/1.1" or "Content-Length" in self.headers:
            if bodiless and not named and self.environ["REQUEST_METHOD"] != "HEAD":
                del self.headers["Connection"]
                handler.close_connection = closing
            return
        # Django closes the connection to tell where such an answer ends.
        self.headers["Transfer-Encoding"] = "chunked"
        self._chunks = True
        if not named:
            del self.headers["Connection"]
            handler.close_connection = closing

    def write(self, data: bytes) -> None:
        if not self.headers_sent:
            self.bytes_sent = len(data)
            self.send_headers()
        else:
            self.bytes_sent += len(data)
        if not self._chunks:
            self._write(data)
        elif data:
            self._write(b"%x\r\n" % len(data))
            self._write(data)
            self._write(b"\r\n")
        self._flush()

    def sendfile(self) -> bool:
        """Send a file without reading it, where there is one and nothing is to be done to its bytes."""
        file: Any = getattr(self.result, "filelike", None)
        connection = self.request_handler.connection
        if isinstance(connection, ssl.SSLSocket) or self.environ["REQUEST_METHOD"] == "HEAD" or not _is_plain(file):
            return False
        self.send_headers()
        if self._chunks:
            return False
        self._flush()
        self.bytes_sent = connection.sendfile(file, file.tell(), int(str(self.headers["Content-Length"])))
        return True

    def finish_content(self) -> None:
        sent = self.headers_sent
        super().finish_content()
        if self._chunks:
            assert sent
            self._write(b"0\r\n\r\n")

    def handle_error(self) -> None:
        # The client must not take half an answer for a whole one.
        if self.headers_sent:
            self.request_handler.close_connection = True
        super().handle_error()

    def log_exception(self, exc_info: Any) -> None:
        """The application has recorded it."""

    def close(self) -> None:
        try:
            stdin = self.get_stdin()
            while stdin.read(_BLOCK):
                pass
        except (OSError, ValueError, EOFError):
            self.request_handler.close_connection = True
        # Not Django's, which would read all of it at once.
        super(ServerHandler, self).close()


def _is_plain(file: Any) -> bool:
    """Whether the system can send a file by itself."""
    try:
        file.fileno()
        return isinstance(file, (io.BufferedReader, io.FileIO))
    except (AttributeError, OSError):
        return False
