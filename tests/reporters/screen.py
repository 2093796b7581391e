"""A small model of a terminal: what is on the screen after some output. It refuses sequences that it does not know."""

from __future__ import annotations

import os
import re
import unicodedata

_TOKEN = re.compile(r"\x1b\[(?P<args>[?0-9;]*)(?P<final>[A-Za-z])|\x1b(?P<escape>.)|(?P<other>[^\x1b])", re.DOTALL)


class Screen:
    """A screen of so many columns and rows, with the cursor at its top left.

    Also a text stream: what is written is seen at once.
    """

    encoding = "utf-8"

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.history: list[str] = []
        """Lines that scrolled off the top."""
        self.row = self.column = 0
        self.top, self.bottom = 0, rows - 1
        self.wrap = True
        self.saved = (0, 0)
        self.frames = 0
        """How often the cursor was saved: once for each frame."""
        self.colours: set[str] = set()

    def size(self) -> os.terminal_size:
        """Columns and rows, as the terminal tells them."""
        return os.terminal_size((self.columns, self.rows))

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without empty space at the right and at the bottom."""
        return self.text.split("\n")

    @property
    def text(self) -> str:
        """The same, as one text."""
        return "\n".join("".join(row).rstrip() for row in self.cells).rstrip("\n")

    @property
    def whole(self) -> str:
        """All that was ever on the screen, from the first line that scrolled away."""
        return "\n".join([*self.history, self.text])

    @property
    def region_is_whole(self) -> bool:
        """Whether the whole screen scrolls, as it should when nothing is held at the bottom."""
        return (self.top, self.bottom) == (0, self.rows - 1)

    def write(self, text: str) -> None:
        """Take output."""
        for match in _TOKEN.finditer(text):
            if match["final"]:
                self._control(match["args"], match["final"])
            elif match["escape"]:
                self._escape(match["escape"])
            else:
                self._character(match["other"])

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        """It is one."""
        return True

    def _control(self, args: str, final: str) -> None:
        numbers = [int(number) for number in args.strip("?").split(";") if number]
        first = numbers[0] if numbers else 1
        match final:
            case "m":
                self.colours.add(args)
            case "A":
                self.row = max(self.top if self.row >= self.top else 0, self.row - first)
            case "H":
                self.row, self.column = first - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
            case "J":
                self._erase_right()
                for row in range(self.row + 1, self.rows):
                    self.cells[row] = [" "] * self.columns
            case "K":
                self._erase_right()
            case "r":
                self.top, self.bottom = (first - 1, numbers[1] - 1) if numbers else (0, self.rows - 1)
                assert self.top < self.bottom < self.rows
                self.row = self.column = 0
            case "h" | "l":
                assert args == "?7"
                self.wrap = final == "h"
            case _:
                raise AssertionError(f"unknown sequence: {args}{final}")

    def _escape(self, character: str) -> None:
        match character:
            case "7":
                self.frames += 1
                self.saved = (self.row, self.column)
            case "8":
                self.row, self.column = self.saved
            case "D":
                self._down()
            case _:
                raise AssertionError(f"unknown escape: {character}")

    def _character(self, character: str) -> None:
        if character == "\n":
            self.column = 0
            self._down()
        elif character == "\r":
            self.column = 0
        else:
            width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if self.column + width > self.columns:
                if self.wrap:
                    self.column = 0
                    self._down()
                else:
                    self.column = self.columns - width
            self.cells[self.row][self.column : self.column + width] = [character, ""][:width]
            self.column += width

    def _down(self) -> None:
        if self.row == self.bottom:
            if self.top == 0:
                self.history.append("".join(self.cells[0]).rstrip())
            del self.cells[self.top]
            self.cells.insert(self.bottom, [" "] * self.columns)
        elif self.row < self.rows - 1:
            self.row += 1

    def _erase_right(self) -> None:
        self.cells[self.row][self.column :] = [" "] * (self.columns - self.column)
