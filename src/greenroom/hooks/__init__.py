"""Plugins: what they can hook into, how they are found, and how they are called.

A run without plugins imports none of this but `sources`, which knows no pluggy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenroom.hooks.context import ReporterContext, ReporterFactory
    from greenroom.hooks.plugins import Plugins
    from greenroom.hooks.spec import hookimpl

__all__ = ["Plugins", "ReporterContext", "ReporterFactory", "hookimpl"]

_LATER = {
    "Plugins": "greenroom.hooks.plugins",
    "ReporterContext": "greenroom.hooks.context",
    "ReporterFactory": "greenroom.hooks.context",
    "hookimpl": "greenroom.hooks.spec",
}
"""Loaded on demand: a run without plugins does without pluggy."""


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
