"""The last runs: of all tests, and how a test ended in them, as one text of entries of one width: so SQLite can add to it and cut it by itself.

An entry is the time of the run, in milliseconds since the epoch, rounded up; a letter for the outcome; and the seconds
of the test, in tenths of milliseconds. The numbers are hexadecimal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from greenroom.model import PastRun

KEPT = 20
"""So many runs of a test are kept."""
_AT, _TIME = 11, 7
WIDTH = _AT + 1 + _TIME
"""The letters of an entry."""
_LETTERS = {
    "passed": "p", "failed": "f", "error": "e", "skipped": "s", "expected_failure": "x", "unexpected_success": "u",
    "flaky": "k",
}  # fmt: skip
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}
_MOST = 16**_TIME - 1


class RunRow(msgspec.Struct, frozen=True, array_like=True):
    """A run. `at` is when it began, in seconds since the epoch."""

    at: float
    seconds: float
    exit_code: int
    tests: int
    failures: int
    errors: int
    skipped: int
    flaky: int
    not_run: int
    workers: int


def stamp(at: float) -> str:
    """The time of a run, as its entries begin.

    Args:
        at: seconds since the epoch. It is rounded up: whoever asks what was before a run is not told of the run itself.
    """
    return f"{max(0, math.ceil(at * 1000)):0{_AT}x}"


def entry(begin: str, outcome: str, seconds: float) -> str:
    """An entry.

    Args:
        begin: a `stamp()`.
        outcome: one of `greenroom.model.Outcome`, or `flaky`.
        seconds: that the test took.
    """
    return f"{begin}{_LETTERS.get(outcome, 'e')}{round(min(max(0.0, seconds), _MOST / 10_000) * 10_000):0{_TIME}x}"


def read(recent: str) -> Sequence[PastRun]:
    """The runs, oldest first.

    Raises:
        ValueError, LookupError: it is no such text.
    """
    runs = []
    for place in range(0, len(recent), WIDTH):
        part = recent[place : place + WIDTH]
        outcome = _OUTCOMES[part[_AT]]
        flaky = outcome == "flaky"
        at, seconds = int(part[:_AT], 16) / 1000, int(part[_AT + 1 :], 16) / 10_000
        runs.append(PastRun(at, "passed" if flaky else outcome, seconds, flaky))
    return sorted(runs, key=lambda run: run.at)
