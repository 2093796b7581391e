"""What tests say of the things that they share with others: one thing that is there once, and the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_Test = TypeVar("_Test", bound=Callable[..., object])

Shares = tuple[tuple[str, ...], int]
"""The locks that a test holds while it runs, and how many workers' worth of the machine it keeps busy."""


def exclusive(*names: str) -> Callable[[_Test], _Test]:
    """Say which things a test, or each test of a class, shares with others: two that name the same never run at once.

    Of a method it counts for all tests of its class that run with it: a class is run as a whole.

    Args:
        names: what is shared, in any words: `"search engine"`.

    Raises:
        ValueError: no name, or an empty one.
    """
    if not names or any(type(name) is not str or not name for name in names):
        raise ValueError("exclusive() takes the names of what is shared: @exclusive('search engine')")

    def mark(test: _Test) -> _Test:
        locks, weight = shares_of(test)
        _mark(test, (tuple(dict.fromkeys((*locks, *(f"exclusive:{name}" for name in names)))), weight))
        return test

    return mark


def weight(workers: int) -> Callable[[_Test], _Test]:
    """Say that a test, or each test of a class, keeps as much of the machine busy as so many workers.

    While it runs, so many workers less run others. One that weighs more than there are workers runs alone.
    Of a method it counts for all tests of its class that run with it: a class is run as a whole.

    Args:
        workers: 1 or more.

    Raises:
        ValueError: not such a number.
    """
    if type(workers) is not int or workers < 1:
        raise ValueError(f"weight() takes a number of workers, 1 or more, not {workers!r}")

    def mark(test: _Test) -> _Test:
        _mark(test, (shares_of(test)[0], workers))
        return test

    return mark


def shares_of(test: Any) -> Shares:
    """What a class, with those that it is built on, or a method says that it shares."""
    shares: Shares = getattr(test, "greenroom_shares", ((), 1))
    return shares


def _mark(test: Any, shares: Shares) -> None:
    # One attribute for both: it is looked for on each test of a suite.
    test.greenroom_shares = shares
