"""A part of a file as a file, which servers can still send from the kernel."""

import os
from typing import IO


class Section:
    """`length` bytes of a file from `first` on. Reads, and has the file's descriptor at the right place for sendfile."""

    def __init__(self, file: IO[bytes], first: int, length: int) -> None:
        self._file = file
        self._first = first
        self._length = length
        file.seek(first)

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, never beyond the section."""
        left = self._length - self.tell()
        return self._file.read(left if size < 0 else min(size, left))

    def tell(self) -> int:
        """The place within the section."""
        return self._file.tell() - self._first

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place within the section."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self._length}[whence]
        self._file.seek(self._first + base + offset)
        return base + offset

    def seekable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The file's descriptor, for sendfile."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
