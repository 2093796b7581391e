"""The data that goes down the pipeline: which tests there are and how they are bundled.

Frozen, typed, free of Django and pytest. Times are seconds as float; places are a file path and a 1-based line.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["unit", "database", "destructive", "http", "browser"]
"""What a test needs, cheapest first."""

KINDS: tuple[Kind, ...] = ("unit", "database", "destructive", "http", "browser")

Outcome = Literal["passed", "failed", "error", "skipped", "expected_failure", "unexpected_success"]
"""How one test ended. With several problems in one test the worst counts: see `worst_outcome`."""

FAILED_OUTCOMES: frozenset[Outcome] = frozenset({"failed", "error", "unexpected_success"})
"""The outcomes that make a run fail, as in `DiscoverRunner.suite_result()`."""

_SEVERITY: dict[Outcome, int] = {
    "passed": 0,
    "skipped": 1,
    "expected_failure": 2,
    "unexpected_success": 3,
    "failed": 4,
    "error": 5,
}


def worst_outcome(first: Outcome, second: Outcome) -> Outcome:
    """Of two outcomes of one test, the one that the test is counted by."""
    return first if _SEVERITY[first] >= _SEVERITY[second] else second


class TestSpec(msgspec.Struct, frozen=True, gc=False):
    """One test that would run: what `greenroom list` shows and what schedulers and selectors decide by."""

    __test__ = False

    index: int
    """Its place in Django's own order for this run, from 0; unique within the run (ids need not be)."""
    id: str
    """`test.id()`: module, class and method, dotted."""
    kind: Kind
    group: str
    """The key of what must stay together: for unittest its class, as `module.qualname`."""
    rank: int = 0
    """The bin of `DiscoverRunner.reorder_by`: a worker runs bins in rising order only."""
    databases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    locks: tuple[str, ...] = ()
    """What it may not share with a test in another worker while it runs, such as a `SerializeMixin` lockfile."""
    timeout: float | None = None
    """Seconds that this test may take, where it says so itself."""
    seconds: float | None = None
    """Seconds it is expected to take, from history; None when it was never seen."""
    weight: int = 1
    """How many workers' worth of the machine it keeps busy; see `greenroom.weight`."""


class Group(msgspec.Struct, frozen=True):
    """Tests that one worker runs one after the other, in Django's order."""

    key: str
    """Its name in history: the class, as `module.qualname`."""
    tests: tuple[int, ...]
    """The indexes of its tests, in order."""
    rank: int = 0
    locks: tuple[str, ...] = ()
    seconds: float = 0.0
    """Expected seconds, fixtures included."""
    fixture_seconds: float = 0.0
    """Expected seconds of setUpClass and tearDownClass: what a split would pay again."""
    test_seconds: tuple[float, ...] = ()
    """Expected seconds of each test, in the order of `tests`; empty when not known."""
    splittable: bool = False
    """Whether its tests may be shared out among workers."""
    weight: int = 1
    """How many workers' worth of the machine it keeps busy: the most that one of its tests does."""
    again: bool = False
    """Whether it is one test alone, which failed and is tried again."""
