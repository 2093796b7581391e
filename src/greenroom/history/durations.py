"""How long a single test took, by all that is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from greenroom.history.store import QUICK_SECONDS, open_history


def remembered_seconds(folder: Path) -> Callable[[str, str], float | None]:
    """A function that says what a test, by its id and its group, took in earlier runs; None where nobody knows.

    Args:
        folder: where greenroom keeps what it remembers.
    """
    history = open_history(folder, lambda _text: None)
    tests, groups = history.times()

    def seconds(test: str, group: str) -> float | None:
        if test in tests:
            return tests[test]
        # Quick tests are known by their class alone. Its mean says nothing of them where others in it take long.
        return QUICK_SECONDS if group in groups else None

    return seconds
