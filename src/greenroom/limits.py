"""The time limit of a single test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from greenroom.tags import tags_of

TAG_PREFIX = "timeout:"
_granted: dict[str, float] = {}
"""The seconds that the configuration grants tests, by id."""
_Test = TypeVar("_Test", bound=Callable[..., object])


def timeout(seconds: float) -> Callable[[_Test], _Test]:
    """Say how long a test may take; for a method, or for a class and so each of its tests.

    It goes before `--timeout`. A test that takes longer is ended, and is an error with the stacks of all threads.

    Args:
        seconds: more than 0.

    Raises:
        ValueError: not a positive number.
    """
    if not seconds > 0:
        raise ValueError(f"timeout() takes a positive number of seconds, not {seconds!r}")

    def mark(test: _Test) -> _Test:
        test.greenroom_timeout = float(seconds)  # type: ignore[attr-defined]
        return test

    return mark


def grant(seconds: Mapping[str, float]) -> None:
    """Say what the configuration grants tests, in this process: what it says goes before what they say themselves.

    Args:
        seconds: by the id of the test; none: as if nothing had been said.
    """
    _granted.clear()
    _granted.update(seconds)


def own_timeout(test: Any) -> float | None:
    """The seconds that a test is granted, or grants itself: `@greenroom.timeout(…)` or the tag `timeout:SECONDS`, method before class."""
    if _granted and (found := _granted.get(test.id() if hasattr(test, "id") else "")) is not None:
        return found
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    for holder in (method, type(test)):
        seconds = getattr(holder, "greenroom_timeout", None)
        if seconds is not None:
            return float(seconds)
        for tag in tags_of(holder):
            if isinstance(tag, str) and tag.startswith(TAG_PREFIX):
                return float(tag.removeprefix(TAG_PREFIX))
    return None
