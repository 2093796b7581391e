"""Finds the line at which something stands in a TOML file: the parser of the standard library does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

Keys = tuple[str | int, ...]
"""The way to a value: keys of tables, and numbers of tables in lists."""
_CLOSERS = ("]", "}", '"""', "'''")


class Spot:
    """A place in a file, whose line is looked for when it is asked for: `pyproject.toml:12`.

    Args:
        file: as it is to be named.
        keys: what stands there.
    """

    def __init__(self, file: Path, keys: Keys) -> None:
        self.file = file
        self.keys = keys

    def __str__(self) -> str:
        line = self.line()
        return f"{self.file}:{line}" if line else str(self.file)

    def line(self) -> int:
        """The 1-based line; 0 where it can't be told."""
        try:
            return lines_of(self.file.read_text(encoding="utf-8")).get(self.keys, 0)
        except (OSError, UnicodeDecodeError):
            return 0


def lines_of(text: str) -> dict[Keys, int]:
    """The 1-based line at which each value, table and key begins.

    Args:
        text: of a valid TOML file.
    """
    found: dict[Keys, int] = {}
    table: Keys = ()
    counts: dict[Keys, int] = {}
    for line, header, read in _statements(text):
        if header:
            table = _table(read, counts)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], line)
        else:
            for keys in _ways(read):
                found.setdefault((*table, *keys), line)
    return found


def _statements(text: str) -> Iterator[tuple[int, bool, dict[str, Any]]]:
    """Each header and each `key = value`: its line, whether it is a header, and what it reads as on its own."""
    import tomllib

    lines = text.split("\n")
    at = 0
    while at < len(lines):
        first = lines[at].strip()
        if not first or first.startswith("#"):
            at += 1
            continue
        for end in range(at, len(lines)):
            if end > at and not any(closer in lines[end] for closer in _CLOSERS):
                continue
            try:
                read = tomllib.loads("\n".join(lines[at : end + 1]))
            except tomllib.TOMLDecodeError:
                continue
            yield at + 1, first.startswith("["), read
            at = end
            break
        at += 1


def _table(read: dict[str, Any], counts: dict[Keys, int]) -> Keys:
    """The way to the table that a header begins; tables of one list are counted."""
    keys: Keys = ()
    inner: Any = read
    while inner:
        name = next(iter(inner))
        inner = inner[name]
        keys = (*keys, name)
        if isinstance(inner, list):
            counts[keys] = counts.get(keys, -1) + 1
            return (*keys, counts[keys])
        if keys in counts:
            keys = (*keys, counts[keys])
    return keys


def _ways(read: object) -> Iterator[Keys]:
    if isinstance(read, dict):
        pairs: Any = read.items()
    elif isinstance(read, list):
        pairs = enumerate(read)
    else:
        return
    for key, value in pairs:
        yield (key,)
        for rest in _ways(value):
            yield (key, *rest)


class Named:
    """A place and the key that stands there, put into words only where something is wrong."""

    def __init__(self, spot: Spot, key: str) -> None:
        self._spot, self._key = spot, key

    def __str__(self) -> str:
        return f"{self._spot}: {self._key}"
