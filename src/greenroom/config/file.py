"""Finds and reads the configuration file: the nearest pyproject.toml that has a `[tool.greenroom]` table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "pyproject.toml"


def find(start: Path) -> tuple[Path, Mapping[str, object]] | None:
    """The nearest file at or above `start` with a `[tool.greenroom]` table, and that table; None without any.

    Raises:
        ConfigError: a file that speaks of greenroom is not TOML.
    """
    for folder in upward(start):
        file = folder / NAME
        table = _table(file)
        if table is not None:
            return file, table
    return None


def find_root(start: Path) -> Path:
    """The root of a project without configuration: the nearest folder with a manage.py or a pyproject.toml."""
    for folder in upward(start):
        if (folder / "manage.py").is_file() or (folder / NAME).is_file():
            return folder
    return next(upward(start))


def upward(start: Path) -> Iterator[Path]:
    """`start` and the folders above it, nearest first."""
    start = Path(os.path.abspath(start))  # noqa: PTH100 - resolve() follows links; what counts is where the user is
    yield start
    yield from start.parents


def _table(file: Path) -> Mapping[str, object] | None:
    try:
        data = file.read_bytes()
    except OSError:
        return None
    if not _mentions_greenroom(data):
        return None
    tool = _parse(file, data).get("tool")
    if not isinstance(tool, dict) or "greenroom" not in tool:
        return None
    table = tool["greenroom"]
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: tool.greenroom must be a table", "Write [tool.greenroom] on a line of its own.")
    return table


def _mentions_greenroom(data: bytes) -> bool:
    """Whether the table may be there. Most files have none, and need no TOML parser to be imported."""
    if b"greenroom" not in data:
        return False
    plain = data.translate(None, b" \t\"'")
    return any(sign in plain for sign in (b"tool.greenroom", b"[tool]", b"tool={"))


def _parse(file: Path, data: bytes) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{file}:{line}: not UTF-8", "TOML files are UTF-8: save the file in that encoding."
        ) from None
    except tomllib.TOMLDecodeError as error:
        message, line = _place(str(error), data)
        raise ConfigError(f"{file}:{line}: not valid TOML: {message}") from None


def _place(message: str, data: bytes) -> tuple[str, int]:
    """Take the place out of a message such as `Invalid value (at line 3, column 5)`."""
    text, _, place = message.rpartition(" (at ")
    words = place.replace(",", " ").split()
    if words[:1] == ["line"] and words[1].isdigit():
        return text, int(words[1])
    return text or message, data.rstrip(b"\n").count(b"\n") + 1
