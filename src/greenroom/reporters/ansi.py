"""Colours, and the room that text takes on a terminal.

A line is made of spans, so that it can be measured and cut before it is coloured.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

Style = Literal["plain", "bad", "good", "warn", "dim"]
Span = tuple[str, Style]
"""A piece of a line, and how it looks."""
Paint = Callable[[str, Style], str]

_CODES: dict[Style, str] = {"bad": "1;31", "good": "32", "warn": "33", "dim": "2"}


def plain(text: str, style: Style) -> str:  # noqa: ARG001 - it is a Paint
    """A `Paint` without colours."""
    return text


def painted(text: str, style: Style) -> str:
    """A `Paint` with the colours of ECMA-48, as every terminal knows them."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if text and style in _CODES else text


def wants_colour(environ: Mapping[str, str]) -> bool:
    """Whether colours may be used: `NO_COLOR` is not set (https://no-color.org), nor are Django's switched off."""
    return not environ.get("NO_COLOR") and environ.get("DJANGO_COLORS") != "nocolor"


def cells(text: str) -> int:
    """How many columns a text takes: two for a wide character, none for one that combines (Unicode's annex 11)."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str, encoding: str) -> str:
    """The text without what would move the cursor, and without what the encoding of the terminal lacks."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else "?" for character in text)
    return text if text.isascii() else text.encode(encoding, "replace").decode(encoding)


def fit(spans: Iterable[Span], width: int, paint: Paint, *, more: str = "…") -> str:
    """The spans as one line of at most `width` columns; what is cut off ends in `more`."""
    spans = list(spans)
    if sum(cells(text) for text, _ in spans) <= width:
        return "".join(paint(text, style) for text, style in spans)
    room = max(0, width - cells(more))
    parts = []
    for text, style in spans:
        head = _head(text, room)
        parts.append(paint(head, style))
        room -= cells(head)
        if head != text:
            break
    return "".join(parts) + more[:width]


def _head(text: str, room: int) -> str:
    if text.isascii():
        return text[:room]
    taken = 0
    for place, character in enumerate(text):
        taken += _cells(character)
        if taken > room:
            return text[:place]
    return text
