"""Bodies in the chunked coding (RFC 9112, section 7.1)."""

from __future__ import annotations

from functools import partial
from typing import Any

_BLOCK = 64 * 1024
_MOST_LINE = 8 * 1024


class ChunkedBody:
    """The body of a request in chunks, put together. Its trailers are read and dropped.

    Args:
        stream: of the connection, behind the headers.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = 0
        self._over = False
        self._trouble: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes, all of them if negative; none at the end.

        Raises:
            ValueError: these are no chunks.
            EOFError: the connection ended before the body did.
        """
        if size < 0:
            return b"".join(iter(partial(self.read, _BLOCK), b""))
        if self._trouble is not None:
            raise self._trouble
        if self._over or not size:
            return b""
        try:
            return self._read(size)
        except (ValueError, EOFError) as error:
            # What comes now is nobody's request.
            self._trouble = error
            raise

    def _read(self, size: int) -> bytes:
        if not self._left:
            self._left = self._next_size()
            if not self._left:
                while self._line().strip():
                    pass
                self._over = True
                return b""
        data: bytes = self._stream.read(min(size, self._left))
        if not data:
            raise EOFError("The connection ended within a chunk.")
        self._left -= len(data)
        if not self._left and self._line() != b"\r\n":
            raise ValueError("A chunk does not end where it said it would.")
        return data

    def _next_size(self) -> int:
        text = self._line().split(b";", 1)[0].strip()
        # int() would take signs and underscores too.
        if not text or text.strip(b"0123456789abcdefABCDEF"):
            raise ValueError(f"This is not the size of a chunk: {text[:20]!r}")
        return int(text, 16)

    def _line(self) -> bytes:
        line: bytes = self._stream.readline(_MOST_LINE)
        if not line.endswith(b"\n"):
            raise (
                EOFError("The connection ended between chunks.")
                if len(line) < _MOST_LINE
                else ValueError("A line is too long.")
            )
        return line
