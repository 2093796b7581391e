"""The journals that wait to be sent: which they are, and that they do not become too many.

A journal that was delivered is gone. One that was not stays for `kiwi-keep-days` days, as long as not more than `kiwi-keep`
newer ones wait, too; that one is dropped is said.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from greenroom import clock
from greenroom.reporters.locked import is_locked

_NAME = re.compile(r"\d{8}-\d{6}-[0-9a-f]{16}\.jsonl")
"""What a journal is called: UTC, and what its run is known by. By name they are in order of time."""
_DAY = 86_400.0


def waiting(folder: Path, own: Path | None = None) -> list[Path]:
    """The journals that nobody is sending, the oldest first.

    Args:
        folder: of journals.
        own: is none of them.
    """
    return [path for path in _journals(folder) if path != own and not _is_taken(path)]


def being_sent(folder: Path) -> int:
    """How many journals another process is sending."""
    return sum(_is_taken(path) for path in _journals(folder))


def tidy(folder: Path, keep: int, days: int, own: Path | None = None) -> list[Path]:
    """Drop the journals that are too old or too many, and what is left of others.

    Args:
        folder: of journals.
        keep: how many may wait.
        days: for how long.
        own: stays, as do those that are being sent.

    Returns:
        The journals that were dropped, the oldest first: what is in them is not in the server.
    """
    found = waiting(folder, own)
    oldest = clock.now() - days * _DAY
    newest = set(found[len(found) - keep :] if keep else ())
    dropped = []
    for path in found:
        with suppress(OSError):
            if path not in newest or path.stat().st_mtime < oldest:
                path.unlink()
                dropped.append(path)
    _sweep(folder)
    return dropped


def day_of(journal: Path) -> str:
    """The day on which a run began, in UTC."""
    stem = journal.stem
    return f"{stem[:4]}-{stem[4:6]}-{stem[6:8]}"


def _journals(folder: Path) -> list[Path]:
    """All with anything in them."""
    found = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # It may be gone meanwhile.
                if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False) and entry.stat().st_size:
                    found.append(folder / entry.name)
    return sorted(found)


def _sweep(folder: Path) -> None:
    """Remove what stood beside journals that are gone, and journals of which nothing was written, after a day."""
    stems = {path.stem for path in _journals(folder)}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = f"{entry.name.partition('.')[0]}.jsonl"
            if not _NAME.fullmatch(name) or name.removesuffix(".jsonl") in stems:
                continue
            with suppress(OSError):
                if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < clock.now() - _DAY:
                    Path(entry.path).unlink()


def _is_taken(path: Path) -> bool:
    """Whether a process is sending it, waits for its run to go on, or has just taken it away."""
    try:
        return is_locked(path)
    except OSError:
        return True
