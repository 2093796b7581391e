"""The data that goes down the pipeline: which tests there are and how they are bundled.

Frozen, typed, free of Django and pytest. Times are seconds as float; places are a file path and a 1-based line.
"""

from __future__ import annotations

from collections.abc import Iterator
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


class PlannedTests(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Tests of one run that follow one another and have all in common but their names and lines."""

    first: int
    """The index of the first; those of the others follow."""
    prefix: str
    """What their ids begin with."""
    names: tuple[str, ...]
    """How their ids go on."""
    lines: tuple[int, ...]
    group: str
    kind: Kind
    rank: int = 0
    databases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    file: str = ""
    locks: tuple[str, ...] = ()
    timeout: float | None = None
    weight: int = 1


def alone(spec: TestSpec, index: int) -> PlannedTests:
    """A test by itself, as the plan in short has it."""
    return PlannedTests(
        index, "", (spec.id,), (spec.line,), spec.group, spec.kind, spec.rank, spec.databases, spec.tags, spec.file,
        spec.locks, spec.timeout, spec.weight,
    )  # fmt: skip


def specs_of(planned: PlannedTests) -> Iterator[TestSpec]:
    """The tests one by one."""
    for place, (name, line) in enumerate(zip(planned.names, planned.lines, strict=True)):
        yield TestSpec(
            planned.first + place, planned.prefix + name, planned.kind, planned.group, planned.rank,
            planned.databases, planned.tags, planned.file, line, planned.locks, planned.timeout, None, planned.weight,
        )  # fmt: skip


class PastRun(msgspec.Struct, frozen=True, gc=False):
    """How a test ended in an earlier run."""

    at: float
    """When that run began, in seconds since the epoch: the same number for all its tests."""
    outcome: str
    """One of `Outcome`."""
    seconds: float
    flaky: bool = False
