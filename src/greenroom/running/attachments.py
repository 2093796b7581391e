"""Files that belong to the account of a test: screenshots, traces, whatever it wants to show."""

from __future__ import annotations

import itertools
import mimetypes
import re
import shutil
from contextlib import suppress
from pathlib import Path

from greenroom.events import Attachment
from greenroom.running.place import place, slot

KEPT_RUNS = 10
"""The attachments of so many runs are kept; those of the oldest go first."""
KEPT: list[Attachment] = []
"""Those of the running test."""
_MOST_NAME = 80
_numbers = itertools.count(1)


def attach(name: str, content: str | bytes | Path, media_type: str = "") -> Path | None:
    """Keep something with the running test: reporters show it beside its outcome.

    Args:
        name: how it is called, with an ending that tells what it is: `screenshot.png`.
        content: text, bytes, or a file that is copied.
        media_type: such as `image/png`; by default what the ending of the name stands for.

    Returns:
        The file that was written; None outside of a run.

    Raises:
        OSError: it could not be written.
    """
    here = place()
    if not here.run:
        return None
    folder = here.folder / "attachments" / here.run
    if not folder.exists():
        _drop_old(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
    safe = re.sub(r"[^\w.-]+", "-", name).strip("-.")[-_MOST_NAME:] or "attachment"
    # A worker that replaces another one has its number, and counts anew.
    names = (folder / f"{slot()}-{number}-{safe}" for number in _numbers)
    file = next(path for path in names if not path.exists())
    if isinstance(content, Path):
        shutil.copyfile(content, file)
    else:
        file.write_bytes(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
    guessed = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    relative = file.relative_to(here.root) if file.is_relative_to(here.root) else file
    KEPT.append(Attachment(name, str(relative), guessed, file.stat().st_size))
    return file


def taken() -> tuple[Attachment, ...]:
    """Those of the test that ended; the next one begins with none."""
    kept = tuple(KEPT)
    KEPT.clear()
    return kept


def _drop_old(folder: Path) -> None:
    with suppress(OSError):
        runs = sorted(path for path in folder.iterdir() if path.is_dir())
        for old in runs[: -KEPT_RUNS + 1]:
            shutil.rmtree(old, ignore_errors=True)
