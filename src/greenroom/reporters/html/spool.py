"""What is too much to keep in memory until the page is written: the details of tests, in a temporary file.

The file holds what will be part of the page, byte for byte: JSON in ASCII, with nothing that could end a script element.
So a place in it is a place in the text that the browser reads, and writing the page is copying a file.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from typing import Any

_write = os.write
"""Held here: a test may patch what the module `os` holds."""
_CHUNK = 1 << 20


def script_json(value: object) -> str:
    """A value as JSON that may stand between `<script type="application/json">` and `</script>`.

    Only ASCII, so that lone surrogates and the line separators of Unicode are escapes too. See "Restrictions for contents
    of script elements" in the HTML standard for what the angle brackets could do.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class Spool:
    """A temporary file of JSON values, one a line with a comma behind it.

    Nothing is buffered: a process that is forked meanwhile has nothing to write twice.
    """

    def __init__(self) -> None:
        self.size = 0
        """Bytes that are in it."""
        self.trouble = ""
        """Why something is missing, in one line."""
        self._file: Any = None

    def add(self, value: object) -> tuple[int, int]:
        """Keep a value.

        Returns:
            Where it begins and how long it is; (-1, 0) where it could not be kept.
        """
        if self.trouble:
            return -1, 0
        text = script_json(value).encode("ascii")
        data = text + b",\n"
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="greenroom-", buffering=0)  # noqa: SIM115 - lives as long as this
            fd = self._file.fileno()
            os.lseek(fd, self.size, os.SEEK_SET)
            while data:
                data = data[_write(fd, data) :]
        except OSError as error:
            self.trouble = f"the HTML report lacks the details of tests: {error.strerror} in {tempfile.gettempdir()}"
            return -1, 0
        at, self.size = self.size, self.size + len(text) + 2
        return at, len(text)

    def read(self, at: int, length: int) -> Any:
        """A value that was kept."""
        self._file.seek(at)
        return json.loads(self._file.read(length))

    def chunks(self) -> Iterator[bytes]:
        """All that was kept, as a JSON array with a null at its end."""
        yield b"[\n"
        left = self.size
        if self._file is not None:
            self._file.seek(0)
        while left and (data := self._file.read(min(_CHUNK, left))):
            left -= len(data)
            yield data
        yield b"null]"

    def close(self) -> None:
        """The file goes with it."""
        if self._file is not None:
            self._file.close()
            self._file = None
