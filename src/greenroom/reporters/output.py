"""Where reports that are not drawn on a terminal are written to: a file, or a stream of the run.

Nothing stays in a buffer of Python's: a process that a test forks would write it once more at its end.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from greenroom.errors import GreenroomError

# Held here: a test may patch what the module `os` holds.
_write, _open, _close, _seek, _read = os.write, os.open, os.close, os.lseek, os.read
_CHUNK = 1 << 18
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    r"""A text without colours and without characters that no report may hold; those are spelt out, as `\x00`.

    Tab, newline and carriage return stay.
    """
    if text.isascii() and text.isprintable():
        return text
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    return _CONTROLS.sub(_spelt, text)


def one_line(text: str) -> str:
    """A clean text without line breaks."""
    text = clean(text)
    return text if text.isprintable() else " ".join(text.split())


def _spelt(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class Output:
    """A file or a stream that takes text.

    Args:
        path: the file, which is replaced, in a folder that is made; None: the stream.
        stream: used where there is no path.
        append: whether to write behind what is there.

    Raises:
        GreenroomError: the file can't be opened.
    """

    def __init__(self, path: Path | None, stream: TextIO, *, append: bool = False) -> None:
        self.path = path
        self._stream = stream
        self._parts: list[str] = []
        self._fd = -1
        if path is not None:
            mode = os.O_APPEND if append else os.O_TRUNC
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._fd = _open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | mode, 0o644)
            except OSError as error:
                raise GreenroomError(
                    f"the report {path} can't be written: {error.strerror}",
                    "Give another path, as in --report NAME:PATH.",
                ) from error

    def write(self, text: str) -> None:
        """Take a text; it is written by `flush()`."""
        self._parts.append(text)

    def flush(self) -> None:
        """Write what was taken.

        Raises:
            OSError: it could not be written; its `filename` says where.
        """
        if not self._parts:
            return
        text = "".join(self._parts)
        self._parts.clear()
        if self._fd < 0:
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
            return
        self._write_bytes(text.encode("utf-8", "backslashreplace"))

    def _write_bytes(self, data: bytes) -> None:
        try:
            while data:
                data = data[_write(self._fd, data) :]
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error

    def close(self) -> None:
        """Write what is left and close the file."""
        try:
            self.flush()
        finally:
            if self._fd >= 0:
                _close(self._fd)
                self._fd = -1


class OutputStream:
    """A file for reports that are made for a terminal.

    Args:
        path: the file.

    Raises:
        GreenroomError: the file can't be opened.
    """

    encoding = "utf-8"

    def __init__(self, path: Path) -> None:
        self._output = Output(path, sys.stdout)

    def isatty(self) -> bool:
        """It is no terminal."""
        return False

    def write(self, text: str, /) -> int:
        """Take a text."""
        self._output.write(text)
        return len(text)

    def flush(self) -> None:
        """Write it."""
        self._output.flush()

    def __del__(self) -> None:
        # Reports for terminals close no stream: it is not theirs.
        self._output.close()


class Spool:
    """Text that can only be written when the run is over, kept in a temporary file as soon as it is much."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._fd = -1

    def write(self, text: str) -> None:
        """Take a text."""
        data = text.encode("utf-8", "backslashreplace")
        self._parts.append(data)
        self._size += len(data)
        if self._size > _CHUNK:
            self._settle()

    def _settle(self) -> None:
        if self._fd < 0:
            self._fd, name = tempfile.mkstemp(prefix="greenroom-")
            os.unlink(name)  # noqa: PTH108 - what `Path` would import is more than this
        data = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        while data:
            data = data[_write(self._fd, data) :]

    def pour(self, output: Output) -> None:
        """Write all of it to an output, and let go of it."""
        if self._fd >= 0:
            self._settle()
            _seek(self._fd, 0, os.SEEK_SET)
            rest = b""
            while chunk := _read(self._fd, _CHUNK):
                whole, rest = _whole(rest + chunk)
                output.write(whole)
                output.flush()
            _close(self._fd)
            self._fd = -1
        output.write(b"".join(self._parts).decode())
        self._parts.clear()


def _whole(data: bytes) -> tuple[str, bytes]:
    """The text in some bytes, and the beginning of a character at their end."""
    for cut in range(min(4, len(data) + 1)):
        end = len(data) - cut
        try:
            return data[:end].decode(), data[end:]
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "backslashreplace"), b""
