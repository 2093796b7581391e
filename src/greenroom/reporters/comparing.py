"""Two runs side by side: what fails anew, what does no more, what became slow, what is gone and what is new."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from greenroom.events import Event, FixtureFinished, RunFinished, TestFinished, TestPlanned, TestsNotRun
from greenroom.model import FAILED_OUTCOMES

NOT_RUN = "not_run"
_BAD = FAILED_OUTCOMES


class Verdict(msgspec.Struct, frozen=True):
    """How a test came out of a run."""

    outcome: str
    """One of `greenroom.model.Outcome`, or `flaky`, `quarantined`, `not_run`."""
    seconds: float = 0.0


class Ran(msgspec.Struct):
    """What a recording says of its tests."""

    tests: dict[str, Verdict] = {}
    fixtures: dict[str, Verdict] = {}
    ended: bool = False
    exit_code: int = 0


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """A test that is not what it was."""

    test: str
    before: Verdict | None = None
    after: Verdict | None = None


class Difference(msgspec.Struct, frozen=True):
    """What is different, each list in the order of the ids."""

    failing: list[Change]
    """Failed or errored in the second run, and not in the first; among them new tests that fail."""
    passing: list[Change]
    """Failed or errored in the first run, and ran without in the second."""
    still_failing: list[Change]
    slower: list[Change]
    vanished: list[Change]
    """In the first run only."""
    new: list[Change]
    """In the second run only."""
    not_run: list[Change]
    """Ran in the first run; was to run in the second, and did not."""


def ran_of(events: Iterable[Event]) -> Ran:
    """What became of the tests of a run. Of a test that ran several times the worst counts, and the longest."""
    found = Ran()
    planned: dict[int, str] = {}
    for event in events:
        match event:
            case TestPlanned():
                planned[event.spec.index] = event.spec.id
            case TestFinished() if not event.interrupted:
                planned.pop(event.index, None)
                _add(found.tests, event.test, _outcome(event), event.seconds)
            case FixtureFinished():
                _add(found.fixtures, event.fixture, event.outcome, 0.0)
            case TestsNotRun():
                for test in event.tests:
                    _add(found.tests, test, NOT_RUN, 0.0)
            case RunFinished():
                found.ended, found.exit_code = True, event.exit_code
            case _:
                pass
    for test in planned.values():
        _add(found.tests, test, NOT_RUN, 0.0)
    return found


def compare(first: Ran, second: Ran, *, factor: float, least: float) -> Difference:
    """What is different.

    Args:
        first: the run before.
        second: the run after.
        factor: so many times as long as before is slow.
        least: and so many seconds longer.
    """
    found = Difference([], [], [], [], [], [], [])
    for test in sorted(first.tests.keys() | second.tests.keys()):
        change = Change(test, first.tests.get(test), second.tests.get(test))
        was, now = change.before, change.after
        if now is None:
            found.vanished.append(change)
            continue
        if was is None:
            found.new.append(change)
        elif was.outcome == now.outcome and now.seconds > max(was.seconds * factor, was.seconds + least):
            found.slower.append(change)
        if now.outcome == NOT_RUN and was is not None and was.outcome != NOT_RUN:
            found.not_run.append(change)
        else:
            _place(change, found)
    # A fixture is told of only where it fails or skips.
    for fixture in sorted(first.fixtures.keys() | second.fixtures.keys()):
        _place(Change(fixture, first.fixtures.get(fixture), second.fixtures.get(fixture)), found)
    return found


def _place(change: Change, found: Difference) -> None:
    """Put a change where it belongs, as far as it is one of failing."""
    was = change.before is not None and change.before.outcome in _BAD
    now = change.after is not None and change.after.outcome in _BAD
    if now:
        (found.still_failing if was else found.failing).append(change)
    elif was and (change.after is None or change.after.outcome != NOT_RUN):
        found.passing.append(change)


def _outcome(event: TestFinished) -> str:
    if event.quarantined and event.outcome in _BAD:
        return "quarantined"
    return "flaky" if event.flaky else event.outcome


_ORDER = (
    NOT_RUN,
    "passed",
    "skipped",
    "expected_failure",
    "flaky",
    "quarantined",
    "unexpected_success",
    "failed",
    "error",
)


def _add(found: dict[str, Verdict], test: str, outcome: str, seconds: float) -> None:
    known = found.get(test)
    if known is not None:
        outcome = max(outcome, known.outcome, key=_ORDER.index)
        seconds = max(seconds, known.seconds)
    found[test] = Verdict(outcome, seconds)
