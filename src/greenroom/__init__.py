"""A test platform for Django projects.

`TEST_RUNNER = "greenroom.TestRunner"` in the settings is all that a project needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenroom.limits import timeout
from greenroom.sharing import exclusive, weight

if TYPE_CHECKING:
    from greenroom.runner import TestRunner
    from greenroom.running.attachments import attach

__version__ = "0.1.0"

__all__ = ["TestRunner", "__version__", "attach", "exclusive", "timeout", "weight"]


def __getattr__(name: str) -> Any:
    # Loaded on demand: the runner imports Django, whose settings need not be there yet.
    if name == "TestRunner":
        from greenroom.runner import TestRunner

        return TestRunner
    if name == "attach":
        from greenroom.running.attachments import attach

        return attach
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
