"""What a test says of its own failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_Test = TypeVar("_Test", bound=Callable[..., object])

MARKED: list[str] = []
"""The reasons that were given. As long as there is none, no test need be looked at."""


def quarantine(reason: str) -> Callable[[_Test], _Test]:
    """Let a test, or each test of a class, run without its failure failing the run.

    It is told of apart: an unreliable test is neither deleted nor allowed to stop everybody.

    Args:
        reason: why, best with a place where it is going to be mended: `"loses a race, see issue 17"`.

    Raises:
        ValueError: no reason, or an empty one.
    """
    if type(reason) is not str or not reason.strip():
        raise ValueError("quarantine() takes a reason: @quarantine('loses a race, see issue 17')")
    MARKED.append(reason)

    def mark(test: _Test) -> _Test:
        test.greenroom_quarantine = reason  # type: ignore[attr-defined]
        return test

    return mark


def quarantine_of(test: Any) -> str | None:
    """Why a unittest test is in quarantine by its own word, method before class; None where it is not."""
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    for holder in (method, test):
        reason: str | None = getattr(holder, "greenroom_quarantine", None)
        if reason is not None:
            return reason
    return None
