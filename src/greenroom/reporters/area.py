"""The lines at the bottom of a terminal that stay where they are, while all other output scrolls above them.

Tests print what they like, in this process and in others, and nobody is told of it. So the area does not rely on
knowing where the cursor is: it sets the terminal's scrolling region (DECSTBM) to the lines above, as apt does. Whatever
is printed, by whomever, scrolls there. A frame saves the cursor, goes to the bottom, draws, and puts the cursor back
(DECSC, DECRC), in one write: output that stopped in the middle of a line goes on there. Every frame sets the region
anew, which mends what a program that used the terminal changed, or a change of its size.

Why not `rich`: it knows of output only where it replaced `sys.stdout`, which tests may look at and workers don't share;
and it moves up by as many lines as it drew, which is wrong as soon as somebody else printed. It hides the cursor, too;
here it is never hidden, so that nothing but the region has to be put back. Only a process that is killed outright
(SIGKILL, SIGQUIT, a crash of the interpreter in a serial run) leaves the region as it is; `reset` mends that.

The sequences are those of the VT100 (ECMA-48 and DEC's private ones): terminals, tmux, screen and the Linux console know
them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence

from greenroom.reporters.api import TextStream

_SAVE, _RESTORE = "\x1b7", "\x1b8"
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_ERASE_BELOW, _ERASE_RIGHT = "\x1b[J", "\x1b[K"
_DOWN = "\x1bD"
_WHOLE_SCREEN = "\x1b[r"

_FEWEST_ROWS = 3
"""A screen with fewer lines has no room for an area."""


def terminal_size(stream: TextStream) -> os.terminal_size:
    """Columns and rows of the terminal that a stream writes to; 80 × 24 where it can't say.

    The terminal is asked before `COLUMNS` and `LINES`: a region that goes by a wrong height would be in the wrong place.
    """
    with contextlib.suppress(OSError, AttributeError, ValueError):
        size = os.get_terminal_size(stream.fileno())  # type: ignore[union-attr]
        if size.columns and size.lines:
            return size
    return shutil.get_terminal_size()


class Area:
    """Lines at the bottom of the screen.

    Args:
        stream: the terminal.
        size: columns and rows of the terminal at this moment.
    """

    def __init__(self, stream: TextStream, size: Callable[[], os.terminal_size]) -> None:
        self._stream = stream
        self._size = size
        self._held: tuple[int, int, int] | None = None
        """Height of the area, columns and rows of the screen when it was drawn; None: there is none."""
        self.width = 80
        """Columns that a line may take: one less than there are, as the last one makes some terminals wrap."""

    def measure(self) -> int:
        """Look at the size of the terminal.

        Returns:
            How many lines the area may have: a third of the screen, 0 where it is too small.
        """
        self._now = self._size()
        self.width = max(1, self._now.columns - 1)
        return max(1, self._now.lines // 3) if self._now.lines >= _FEWEST_ROWS else 0

    def draw(self, lines: Sequence[str]) -> None:
        """Draw the area, after `measure()`; the lines fit in its width."""
        columns, rows = self._now
        height = len(lines)
        parts = []
        if self._held != (height, columns, rows):
            if self._held is not None:
                # The old area is somewhere below the cursor, wherever a change of size has moved it.
                parts.append(f"{_SAVE}{_WHOLE_SCREEN}{_RESTORE}{_ERASE_BELOW}")
            # Room below the cursor, without a change of its column.
            parts.append(f"{_DOWN * height}\x1b[{height}A")
            self._held = (height, columns, rows)
        parts.append(f"{_SAVE}\x1b[1;{rows - height}r{_NO_WRAP}")
        parts += [f"\x1b[{rows - height + place};1H{line}{_ERASE_RIGHT}" for place, line in enumerate(lines, start=1)]
        parts.append(f"{_WRAP}{_RESTORE}")
        self._write("".join(parts))

    def replace_first(self, line: str) -> None:
        """Draw the first line of the area anew, where there is one that is not also the last."""
        if self._held is not None and self._held[0] > 1:
            height, _, rows = self._held
            self._write(
                f"{_SAVE}\x1b[{rows - height + 1};1H{_NO_WRAP}{line}{_ERASE_RIGHT}{_WRAP}{_RESTORE}"
            )  # fmt: skip

    def fresh_line(self) -> str:
        """What brings the cursor to the beginning of a line, wherever it is: nothing if it is there already.

        Text of others may end in the middle of a line, and where it does can't be asked. But as many spaces as there are
        columns wrap into the next line unless they began at the first column (zsh puts its prompt so).
        """
        return f"{' ' * (self.width + 1)}\r{_ERASE_RIGHT}" if self._held is not None else ""

    def erase(self) -> None:
        """Take the area away, and give the whole screen back. The cursor stays where it is."""
        if self._held is not None:
            height, _, rows = self._held
            self._held = None
            self._write(f"{_SAVE}{_WHOLE_SCREEN}\x1b[{rows - height + 1};1H{_ERASE_BELOW}{_RESTORE}")

    def _write(self, text: str) -> None:
        # A terminal that can't take a frame (it is gone, or a test made it non-blocking) must not end the run.
        with contextlib.suppress(OSError):
            self._stream.write(text)
            self._stream.flush()
