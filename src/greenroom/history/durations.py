"""How long a single test took, by all that is remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from greenroom.history.store import open_history


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
        if group not in groups:
            return None
        # Quick tests are known by their class alone: each counts as the mean of it.
        count, total, fixtures = groups[group]
        return max(0.0, total - fixtures) / max(1, count)

    return seconds
