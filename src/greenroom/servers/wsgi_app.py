"""The WSGI application that threaded and cheroot serve: the project, with its files in front of it.

The project is Django's own handler, as in Django's `LiveServerTestCase`: what `WSGI_APPLICATION` adds around it is for
another server, and a module that is imported for it would run with the settings of the test.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.util import FileWrapper

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, get_path_info

from greenroom.servers import files
from greenroom.servers.api import ERROR_HEADER
from greenroom.servers.errors import ErrorLog
from greenroom.servers.flights import CURRENT, Flight, Flights
from greenroom.servers.sharing.threads import enter_thread, leave_thread

_IN_MEMORY = 1024 * 1024
"""Bytes of a chunked body that are kept in memory; the rest goes to a file."""
_BLOCK = 64 * 1024
TOO_LATE = b"greenroom: this request came when its test was over."


HANG_UP = "greenroom.hang_up"
"""In `environ`: has the connection closed after the answer, where the server has to be told."""


class Blocks(FileWrapper):
    """A file as an answer, in blocks that are worth a system call."""

    def __init__(self, filelike: Any, blksize: int = 0) -> None:
        super().__init__(filelike, max(blksize, files.BLOCK))


class Body:
    """An answer's body that knows when it is through.

    Args:
        blocks: what the application gave.
        flight: the request.
        through: called when the body is closed.
    """

    def __init__(self, blocks: Iterable[bytes], flight: Flight, through: Callable[[], None]) -> None:
        self._blocks, self._flight, self._through = blocks, flight, through

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._blocks
        except Exception as error:
            self._flight.log.record(self._flight, error)
            raise

    def close(self) -> None:
        """The server has sent it, or has given up."""
        try:
            close = getattr(self._blocks, "close", None)
            if close is not None:
                close()
        finally:
            self._through()


class WsgiApplication:
    """The project as a WSGI application.

    Args:
        flights: the requests under way.
        errors: where exceptions go.
    """

    def __init__(self, flights: Flights, errors: ErrorLog) -> None:
        self._flights, self._errors = flights, errors
        self._handler: Any = None
        self._made_with: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING")
        path = get_path_info(environ)
        flight = self._flights.enter(environ["REQUEST_METHOD"], f"{path}?{query}" if query else path)
        if flight is None:
            return _plain(start_response, "503 Service Unavailable", TOO_LATE)
        flight.log = self._errors
        CURRENT.set(flight)
        spool: Any = None

        def through() -> None:
            try:
                if spool is not None:
                    spool.close()
                leave_thread()
            finally:
                CURRENT.set(None)
                self._flights.leave(flight)

        try:
            if environ.get("HTTP_TRANSFER_ENCODING"):
                try:
                    spool = _unchunked(environ)
                except (ValueError, EOFError) as error:
                    environ.get(HANG_UP, _nothing)()
                    through()
                    return _plain(start_response, "400 Bad Request", str(error).encode())
            body = self._answer(environ, self._start(flight, start_response), path)
        except BaseException as error:
            self._errors.record(flight, error)
            through()
            raise
        if environ["REQUEST_METHOD"] == "HEAD":
            # Not all servers know that there is nothing to send.
            body = _Closing(getattr(body, "close", None))
        if isinstance(body, Blocks):
            # Servers know it by its class and send it their own way.
            end = getattr(body, "close", None)
            body.close = Body(_Closing(end), flight, through).close
            return body
        return Body(body, flight, through)

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any], path: str) -> Iterable[bytes]:
        def header(name: str) -> str | None:
            value: str | None = environ.get(f"HTTP_{name.upper().replace('-', '_')}")
            return value

        file = files.answer(environ["REQUEST_METHOD"], path, header)
        if file is not None:
            start_response(f"{file.status.value} {file.status.phrase}", list(file.headers))
            return file.blocks()
        enter_thread()
        environ["wsgi.file_wrapper"] = Blocks
        answer: Iterable[bytes] = self._project()(environ, start_response)
        return answer

    def _project(self) -> Any:
        """Django's handler; another one where a test has overridden the middleware."""
        if self._handler is None or self._made_with != settings.MIDDLEWARE:
            self._made_with = list(settings.MIDDLEWARE)
            self._handler = WSGIHandler()
        return self._handler

    def _start(self, flight: Flight, start_response: Callable[..., Any]) -> Callable[..., Any]:
        def start(status: str, headers: list[tuple[str, str]], *info: Any) -> Any:
            if flight.raised:
                headers = [*headers, (ERROR_HEADER, str(flight.number))]
                self._errors.answered(flight, int(status.split(" ", 1)[0]))
            return start_response(status, headers, *info)

        return start


class _Closing:
    """Nothing but a `close()`."""

    def __init__(self, close: Callable[[], None] | None) -> None:
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        if self._close is not None:
            self._close()


def _nothing() -> None:
    """Do nothing."""


def _plain(start_response: Callable[..., Any], status: str, text: bytes) -> list[bytes]:
    length = str(len(text))
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", length)])
    return [text]


def _unchunked(environ: dict[str, Any]) -> Any:
    """Read a chunked body, and give it a length: Django's request reads as much as `CONTENT_LENGTH` says, else nothing."""
    spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the answer
    stream = environ["wsgi.input"]
    try:
        while block := stream.read(_BLOCK):
            spool.write(block)
    except BaseException:
        spool.close()
        raise
    environ["CONTENT_LENGTH"] = str(spool.tell())
    environ["wsgi.input"] = spool
    environ["wsgi.input_terminated"] = True
    del environ["HTTP_TRANSFER_ENCODING"]
    spool.seek(0)
    return spool
