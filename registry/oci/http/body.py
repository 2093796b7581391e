"""Request bodies, a piece at a time, chunked ones too. `request.body` is never used: it is limited to some megabytes.

WSGI says the length in CONTENT_LENGTH. A chunked body has none, and Django then sees an empty one; servers that set
`wsgi.input_terminated` let it be read up to its end. Under ASGI Django has read the body before the view runs.
"""

import re
from collections.abc import Iterator
from typing import IO, Any, cast

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from oci.conf import conf
from oci.errors import LengthRequiredError, SizeInvalidError, TooLargeError

# What is left of a refused body is read up to here, so that the client sees the answer and the connection lives on.
_DRAIN = 1024 * 1024
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


class TruncatedError(Exception):
    """The client went away in the middle of its body."""


class Body:
    """The body of one request.

    Raises TooLargeError before a byte is read where Content-Length tells, and LengthRequiredError where the server cannot pass on
    a chunked body.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.length = _length(request)
        self.read = 0
        # What Content-Range says of a chunked body.
        self.expected: int | None = None
        self._request = request
        self._stream = _stream(request, self.length)

    def pieces(self, limit: int | None) -> Iterator[bytes]:
        """Everything that the client sends, at most `limit` bytes.

        Raises TooLargeError, SizeInvalidError where it is not as long as `expected`, TruncatedError.
        """
        if limit is not None and self.length is not None and self.length > limit:
            raise TooLargeError(detail={"limit": limit})
        while piece := self._piece():
            self.read += len(piece)
            if limit is not None and self.read > limit:
                raise TooLargeError(detail={"limit": limit})
            if self.expected is not None and self.read > self.expected:
                raise SizeInvalidError("the chunk is longer than its Content-Range")
            yield piece
        if self.length is not None and self.read < self.length:
            raise TruncatedError
        if self.expected is not None and self.read < self.expected:
            raise SizeInvalidError("the chunk is shorter than its Content-Range")

    def whole(self, limit: int) -> bytes:
        """All of it, for what is small."""
        return b"".join(self.pieces(limit))

    def drain(self) -> None:
        """After a refusal: take what is left of a small body. A server that can closes the connection of a large one."""
        if self.length is not None and self.length - self.read > _DRAIN:
            close_input(self._request)
            return
        left = _DRAIN
        try:
            while left > 0 and (piece := self._piece()):
                self.read += len(piece)
                left -= len(piece)
        except TruncatedError:
            return
        if left <= 0:
            close_input(self._request)

    def _piece(self) -> bytes:
        size = conf().piece
        if self.length is not None:
            size = min(size, self.length - self.read)
            if size <= 0:
                return b""
        try:
            return self._stream.read(size)
        except (OSError, ValueError, EOFError) as error:
            # Servers raise what they like for a connection that broke, or for a chunk that is none.
            raise TruncatedError from error


def body_of(request: HttpRequest) -> Body:
    """The body of a request; the same one each time, so that a refusal knows what was read before it."""
    body: Body | None = getattr(request, "registry_body", None)
    if body is None:
        body = Body(request)
        request.registry_body = body  # type: ignore[attr-defined]
    return body


def close_input(request: HttpRequest) -> None:
    """Read no more from this connection: gunicorn would read a refused body to its end before the next request."""
    if hook := request.META.get("registry.close_input"):
        cast("Any", hook)()


def _length(request: HttpRequest) -> int | None:
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        return None
    text = request.META.get("CONTENT_LENGTH") or ""
    if text == "":
        # HTTP/1.1: without both there is no body. Under ASGI (HTTP/2) the server has read whatever there was.
        return None if isinstance(request, ASGIRequest) else 0
    if not _NUMBER.fullmatch(text):
        raise SizeInvalidError("Content-Length is not a number")
    return int(text)


def _stream(request: HttpRequest, length: int | None) -> IO[bytes]:
    if length is None and not isinstance(request, ASGIRequest):
        if not request.META.get("wsgi.input_terminated"):
            raise LengthRequiredError
        return cast("IO[bytes]", request.META["wsgi.input"])
    return cast("IO[bytes]", request)
