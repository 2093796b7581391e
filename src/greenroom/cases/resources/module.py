"""`module:NAME`: the module is installed."""

from __future__ import annotations

import importlib.util
import sys


def probe(name: str) -> str | None:
    """Look for a module, without importing it."""
    if sys.modules.get(name) is not None:
        return None
    try:
        found = importlib.util.find_spec(name)
    except ImportError:  # of a package that it is in
        found = None
    return None if found is not None else "it is not installed"
