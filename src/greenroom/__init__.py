"""A test platform for Django projects.

`TEST_RUNNER = "greenroom.TestRunner"` in the settings is all that a project needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from greenroom.attempts import quarantine
from greenroom.limits import timeout
from greenroom.sharing import exclusive, weight

if TYPE_CHECKING:
    from greenroom.cases.resources.needs import requires
    from greenroom.collect.kinds import kind
    from greenroom.runner import TestRunner
    from greenroom.running.attachments import attach

__version__ = "0.1.0"

__all__ = ["TestRunner", "__version__", "attach", "exclusive", "kind", "quarantine", "requires", "timeout", "weight"]


_LATER = {
    "TestRunner": "greenroom.runner",
    "attach": "greenroom.running.attachments",
    "kind": "greenroom.collect.kinds",
    "requires": "greenroom.cases.resources.needs",
}
"""Loaded on demand: the runner imports Django, whose settings need not be there yet."""


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    if name == "slots":
        return importlib.import_module("greenroom.slots")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
