"""The time limit of a single test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

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
