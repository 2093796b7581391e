"""How many queries each test had, kept in a file of the project, so that a test that has more is noticed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from greenroom.errors import ConfigError

VERSION = 1


class Baseline(msgspec.Struct, frozen=True):
    """What the file holds."""

    version: int
    tests: dict[str, int]
    """The number of queries by the id of a test."""


def read(path: Path) -> dict[str, int]:
    """The numbers in a file; none where it is not there yet.

    Raises:
        ConfigError: it is there and can't be read.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Baseline)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"sql-baseline: {path} can't be read: {error}", "Remove it, and have it made anew.") from None
    if found.version != VERSION:
        raise ConfigError(f"sql-baseline: {path} was written by another version of greenroom", "Have it made anew.")
    return found.tests


def write(path: Path, counts: Mapping[str, int]) -> None:
    """Write the numbers, a line each and in order, so that differences can be read.

    Raises:
        OSError: the file can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.encode(Baseline(VERSION, dict(sorted(counts.items()))))
    path.write_bytes(msgspec.json.format(data, indent=2) + b"\n")
