"""The lines of a recording that are shorter than events: plans, and tests that passed with nothing to say.

They are of recordings only. Who reads a recording is given events, see `expand`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from greenroom.events import Event, TestFinished, TestPlanned
from greenroom.model import Kind, PlannedTests, TestSpec, specs_of
from greenroom.reporters.api import Pass

COMPACT_SCHEMA = 2
"""What such a recording says for its schema: those that know events alone refuse it."""

_Common = tuple[str, Kind, int, tuple[str, ...], tuple[str, ...], str, tuple[str, ...], float | None, int]
"""What tests that are put together have in common: the fields of `PlannedTests` from `group` on."""


class Plan(msgspec.Struct, frozen=True, tag_field="event", omit_defaults=True):
    """Tests that the run will try: in place of their `TestPlanned`."""

    tests: tuple[PlannedTests, ...]


class Passes(msgspec.Struct, frozen=True, tag_field="event", gc=False, omit_defaults=True):
    """Tests that passed, one after the other: in place of their `TestFinished`."""

    tests: Sequence[Pass]
    named: bool = False
    """Whether their names are their ids, as those of pytest's functions are."""


Line = Event | Plan | Passes


class Expander:
    """Makes events of the lines of one recording."""

    def __init__(self) -> None:
        self._ids: dict[int, str] = {}

    def events(self, line: Line) -> Iterator[Event]:
        """The events that a line stands for."""
        if isinstance(line, Plan):
            for planned in line.tests:
                for spec in specs_of(planned):
                    self._ids[spec.index] = spec.id
                    yield TestPlanned(spec)
        elif isinstance(line, Passes):
            for index, at, seconds, worker in line.tests:
                test = self._ids.get(index, f"test {index}")
                yield TestFinished(at, test, index, seconds, "passed", worker, name=test if line.named else "")
        else:
            yield line


def together(specs: Sequence[TestSpec]) -> tuple[PlannedTests, ...]:
    """Specs in short: those that follow one another and have all in common but their names and lines are put together."""
    found: list[PlannedTests] = []
    begin = 0
    while begin < len(specs):
        first, key, end = specs[begin], _key(specs[begin]), begin + 1
        while end < len(specs) and specs[end].index == specs[end - 1].index + 1 and _key(specs[end]) == key:
            end += 1
        members = specs[begin:end]
        prefix = next(
            (
                start
                for start in (f"{first.group}.", f"{first.group}::")
                if all(s.id.startswith(start) for s in members)
            ),
            "",
        )
        found.append(
            PlannedTests(
                first.index, prefix, tuple(spec.id[len(prefix) :] for spec in members),
                tuple(spec.line for spec in members), *key,
            )
        )  # fmt: skip
        begin = end
    return tuple(found)


def _key(spec: TestSpec) -> _Common:
    return (
        spec.group, spec.kind, spec.rank, spec.databases, spec.tags, spec.file, spec.locks, spec.timeout, spec.weight
    )  # fmt: skip


def plainly_passed(event: TestFinished) -> bool:
    """Whether nothing is to be said of a test but that it passed."""
    return (
        event.outcome == "passed"
        and event.attempts == 1
        and event.counted
        and not (
            event.problems or event.doc or event.sql or event.interrupted or event.attachments or event.flaky
            or event.quarantined or event.quarantine or event.logs or event.output or event.queries or event.more_queries
        )
    )  # fmt: skip
