"""What the server is told of each test, made from the events of a run."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from greenroom.events import (
    Attachment,
    AttemptFailed,
    ChecksFinished,
    Event,
    FixtureFinished,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
)
from greenroom.model import FAILED_OUTCOMES, Outcome
from greenroom.reporters.kiwi.comment import comment_of, fixture_comment
from greenroom.reporters.kiwi.names import key_of, name_from_id
from greenroom.reporters.output import one_line
from greenroom.reporters.story import split_fixture, split_id, within

STATUSES: dict[Outcome, str] = {
    "passed": "PASSED",
    "failed": "FAILED",
    "error": "ERROR",
    "skipped": "WAIVED",
    "expected_failure": "PASSED",
    "unexpected_success": "FAILED",
}
"""The statuses of Kiwi TCMS, as its own plugin gives them."""
IDLE = ""
"""The status of a test that never ran: the server's own first one."""
_WORSE = {IDLE: 0, "PASSED": 1, "WAIVED": 2, "FAILED": 3, "ERROR": 4}


class Result(msgspec.Struct, frozen=True):
    """What one case came to in the run."""

    key: str
    status: str
    doc: str = ""
    start: float = 0.0
    stop: float = 0.0
    """Seconds since the epoch; 0: not known."""
    comment: str = ""
    attachments: tuple[Attachment, ...] = ()
    file: str = ""
    line: int = 0


class Planned(msgspec.Struct, frozen=True):
    """A test that is to run."""

    test: str
    key: str
    doc: str = ""
    file: str = ""
    """From the root of the project; empty where it is not below it."""
    line: int = 0


class Results:
    """Takes the events of a run in order and gives results.

    Args:
        root: of the project.
        sources: what a path is put behind to make a link; may be empty.
    """

    def __init__(self, root: str = "", sources: str = "") -> None:
        self._root = root
        self.started: RunStarted | None = None
        self.finished: RunFinished | None = None
        self.planned: dict[int, Planned] = {}
        """By index each test that has not ended."""
        self.notes: list[str] = []
        """What is to be said of the run as a whole."""
        self.total = 0
        self.stop = 0.0
        """When the last test ended."""
        self._sources = sources
        self._tries: dict[int, list[AttemptFailed]] = {}
        self._worst: dict[str, str] = {}
        self._fixtures: list[FixtureFinished] = []
        self._reasons: dict[str, int] = {}
        self._has_plan = False
        self._unplanned: list[str] = []
        """Tests that did not run, where none was planned: under pytest-xdist none is."""

    def take(self, event: Event) -> Result | None:
        """Take one event.

        Returns:
            What a test came to, where one ended by it.
        """
        match event:
            case TestFinished():
                return self._test(event)
            case AttemptFailed():
                self._tries.setdefault(event.index, []).append(event)
            case TestPlanned():
                spec, self._has_plan = event.spec, True
                key = key_of(event.name or name_from_id(spec.id))
                self.planned[spec.index] = Planned(spec.id, key, event.doc, within(spec.file, self._root), spec.line)
                self.total += 1
            case FixtureFinished():
                self._fixtures.append(event)
            case TestsNotRun():
                self._reasons[event.reason] = self._reasons.get(event.reason, 0) + len(event.tests)
                if not self._has_plan:
                    self._unplanned += event.tests
                    self.total += len(event.tests)
            case ChecksFinished(ok=False):
                self.notes.append(f"Django's system checks failed: no result counts. {one_line(event.text)[:500]}")
            case RunStarted():
                self.started = event
            case RunFinished():
                self.finished = event
            case _:
                pass
        return None

    def _test(self, event: TestFinished) -> Result | None:
        planned = self.planned.get(event.index)
        tries = self._tries.pop(event.index, [])
        if event.interrupted:
            return None
        if planned is None:
            self.total += 1
            planned = Planned(event.test, key_of(event.name or name_from_id(event.test)), event.doc)
        elif planned.test == event.test:  # A test that is made on the way is none of those that were planned.
            del self.planned[event.index]
        self.stop = max(self.stop, event.at + event.seconds)
        waived = event.quarantined and event.outcome in FAILED_OUTCOMES
        status = "WAIVED" if waived else STATUSES[event.outcome]
        key = key_of(event.name) if event.name else planned.key
        if _WORSE[status] <= _WORSE[self._worst.get(key, IDLE)]:
            return None  # A test that ran more than once counts by the worst of it.
        self._worst[key] = status
        return Result(
            key, status, planned.doc or event.doc, tries[0].at if tries else event.at, event.at + event.seconds,
            comment_of(event, tries, _link(self._sources, planned)), event.attachments, planned.file, planned.line,
        )  # fmt: skip

    def plan(self) -> Iterator[str]:
        """The keys of tests that are planned and have not ended."""
        return (planned.key for planned in self.planned.values())

    def end(self) -> list[Result]:
        """What is left when the events are over: tests that a fixture kept from running, and those that never ran."""
        results = [result for fixture in self._fixtures for result in self._hit(fixture)]
        results += [
            Result(one.key, IDLE, one.doc, file=one.file, line=one.line)
            for one in self.planned.values()
            if one.key not in self._worst
        ]
        keys = dict.fromkeys(key_of(name_from_id(test)) for test in self._unplanned)
        results += [Result(key, IDLE) for key in keys if key not in self._worst]
        self._say_why(sum(result.status == IDLE for result in results))
        return results

    def _hit(self, fixture: FixtureFinished) -> Iterator[Result]:
        owner, _ = split_fixture(fixture.fixture)
        status = STATUSES[fixture.outcome]
        comment = fixture_comment(fixture)
        hit = [index for index, one in self.planned.items() if _within(one.test, owner)] if owner else []
        if fixture.fixture.startswith("tearDown") or not hit:
            # Its tests may all be well; that something went wrong is a result of its own.
            hit = []
            if status in {"ERROR", "FAILED"} and not self._has_failed(owner, fixture):
                yield Result(key_of(fixture.fixture), status, "", fixture.at, fixture.at, comment)
        for index in hit:
            one = self.planned.pop(index)
            if _WORSE[status] > _WORSE[self._worst.get(one.key, IDLE)]:
                self._worst[one.key] = status
                yield Result(one.key, status, one.doc, fixture.at, fixture.at, comment, (), one.file, one.line)

    def _has_failed(self, owner: str, fixture: FixtureFinished) -> bool:
        """Whether a set-up that failed is told of by another of its tests: a class may be set up by several workers."""
        if not fixture.fixture.startswith("setUp"):
            return False
        return any(_within(_id_in(key), owner) and status == "ERROR" for key, status in self._worst.items())

    def _say_why(self, idle: int) -> None:
        finished = self.finished
        if finished is None:
            self.notes.append(f"The run was killed: {idle} tests have no result.")
        elif finished.aborted:
            self.notes.append(f"The run ended before its first test: {one_line(finished.aborted)}")
        elif finished.interrupted:
            self.notes.append(f"The run was interrupted: {idle} tests did not run.")
        elif idle:
            why = "; ".join(f"{number} tests: {one_line(reason)}" for reason, number in self._reasons.items())
            self.notes.append(f"{idle} tests did not run. {why}".rstrip())


def _within(test: str, owner: str) -> bool:
    """Whether a test is of a class or module."""
    found = split_id(test)[0]
    return found == owner or found.startswith(f"{owner}.")


def _id_in(key: str) -> str:
    return key.partition(" (")[2].removesuffix(")")


def _link(sources: str, planned: Planned) -> str:
    """The source of a test, as a link where it can be one."""
    if not planned.file:
        return ""
    place = f"{planned.file}:{planned.line}"
    return f"[{place}]({sources}{planned.file}#L{planned.line})" if sources else place
