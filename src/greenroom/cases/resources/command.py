"""`command:NAME`: the program is on `PATH`."""

from __future__ import annotations

import shutil


def probe(name: str) -> str | None:
    """Look for a program."""
    return None if shutil.which(name) else "it is not on PATH"
