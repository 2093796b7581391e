"""`env:NAME`: the environment variable is set and not empty."""

from __future__ import annotations

import os


def probe(name: str) -> str | None:
    """Look for a variable."""
    return None if os.environ.get(name) else "the variable is not set"
