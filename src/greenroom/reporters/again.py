"""Which tests of a recorded run are to run again."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from greenroom.events import Event, FixtureFinished, RunFinished, RunStarted, TestFinished, TestPlanned, TestsNotRun
from greenroom.model import FAILED_OUTCOMES

_UNLOADED = "unittest.loader._FailedTest."
"""What the id of a module begins with that could not be imported."""


class Again(msgspec.Struct):
    """Tests, in the order in which the run had them."""

    tests: dict[str, str] = {}
    """Their ids, and the group of each."""
    whole: list[str] = []
    """Modules and the like that could not be loaded: whatever is in them."""
    seed: int | None = None
    front_door: str = "test"
    exit_code: int | None = None
    """Of the run; None where its recording ends in the middle."""
    aborted: str = ""


def again(events: Iterable[Event], *, failed: bool) -> Again:
    """The tests of a run, or those that failed, errored, or never came to their end.

    A class or module whose fixture failed counts with all its tests.

    Args:
        events: of the run.
        failed: whether only those that did not pass.
    """
    taker = _Taker()
    for event in events:
        taker.take(event)
    found, good = taker.found, taker.good - taker.bad
    for test, group in taker.groups.items():
        if failed and test in good and not _within(group, taker.fixtures):
            continue
        if test.startswith(_UNLOADED):
            found.whole.append(test.removeprefix(_UNLOADED))
        found.tests[test] = group
    return found


class _Taker:
    """Takes note of what became of tests."""

    def __init__(self) -> None:
        self.found = Again()
        self.groups: dict[str, str] = {}
        self.good: set[str] = set()
        self.bad: set[str] = set()
        self.fixtures: list[str] = []
        """The classes and modules whose fixtures failed."""

    def take(self, event: Event) -> None:
        found = self.found
        match event:
            case RunStarted():
                found.seed, found.front_door = event.seed, event.front_door
            case TestPlanned():
                self.groups[event.spec.id] = event.spec.group
            case TestFinished():
                self._name(event.test)
                fine = not event.interrupted and event.outcome not in FAILED_OUTCOMES
                (self.good if fine else self.bad).add(event.test)
            case FixtureFinished() if event.outcome in FAILED_OUTCOMES:
                self.fixtures.append(event.fixture.partition("(")[2].rstrip(")"))
            case TestsNotRun():
                for test in event.tests:
                    self._name(test)
            case RunFinished():
                found.exit_code, found.aborted = event.exit_code, event.aborted
                found.seed = event.seed if event.seed is not None else found.seed
            case _:
                pass

    def _name(self, test: str) -> None:
        self.groups.setdefault(test, test.rpartition("::" if "::" in test else ".")[0])


def _within(group: str, names: Iterable[str]) -> bool:
    """Whether a class is one of these, or in one of these modules."""
    return any(name and (group == name or group.startswith(f"{name}.")) for name in names)
