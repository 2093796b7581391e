"""What a test came to, all its tries together; the base of reports that tell it when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePath
from typing import Literal

import msgspec

from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    Event,
    ExecutionStarted,
    FixtureFinished,
    Problem,
    Raised,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
)
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.api import BaseReporter
from greenroom.reporters.output import one_line

Verdict = Literal[
    "passed",
    "flaky",
    "failed",
    "error",
    "unexpected_success",
    "quarantined",
    "skipped",
    "expected_failure",
    "interrupted",
]
"""How reports name what a test came to: its outcome, or what makes it a case of its own."""
BAD: frozenset[Verdict] = frozenset({"failed", "error", "unexpected_success"})
"""What makes a run fail."""
_NOWHERE = "", 0
_OTHERS_CODE = ("site-packages", "dist-packages", ".venv", "venv", ".tox")


class Story(msgspec.Struct, frozen=True):
    """A test that is over."""

    event: TestFinished
    tries: tuple[AttemptFailed, ...] = ()
    """Those before the last."""
    file: str = ""
    line: int = 0
    """Where the test stands; not known where no test was planned."""

    @property
    def verdict(self) -> Verdict:
        """What it came to."""
        event = self.event
        if event.interrupted:
            return "interrupted"
        if event.quarantined and event.outcome in FAILED_OUTCOMES:
            return "quarantined"
        return "flaky" if event.flaky else event.outcome

    @property
    def names(self) -> tuple[str, str]:
        """Its class, dotted, and its name in it."""
        return split_id(self.event.test)


class StoryReporter(BaseReporter):
    """A reporter that overrides what it wants to know: each of these is called when something is over."""

    wants = frozenset(
        {
            RunStarted,
            ExecutionStarted,
            ChecksFinished,
            TestFinished,
            AttemptFailed,
            FixtureFinished,
            TestsNotRun,
            RunFinished,
        }
    )

    def __init__(self) -> None:
        self._tries: dict[int, list[AttemptFailed]] = {}
        self._places: dict[int, tuple[str, int]] = {}
        self.run: RunStarted | None = None
        self.execution: ExecutionStarted | None = None
        self.over = False
        """Whether the run came to its end; not so in the recording of one that was killed."""

    def handle(self, event: Event) -> None:  # noqa: C901 - one case for each event
        """Take one event."""
        if type(event) is TestFinished:
            # Nearly all are of tests that passed with nothing to say: the short way for them.
            if event.outcome == "passed" and not (
                event.problems or event.flaky or event.interrupted or event.output or event.logs or event.attachments
            ):
                self.passed(event, self._places.pop(event.index, _NOWHERE)[0] if self._places else "")
                return
            file, line = self._places.pop(event.index, _NOWHERE)
            self.test(Story(event, tuple(self._tries.pop(event.index, ())), file, line))
            return
        match event:
            case AttemptFailed():
                self._tries.setdefault(event.index, []).append(event)
            case TestPlanned():
                self._places[event.spec.index] = event.spec.file, event.spec.line
            case FixtureFinished():
                self.fixture(event)
            case TestsNotRun():
                self.not_run(event)
            case RunStarted():
                self.run = event
                self.begin(event)
            case ExecutionStarted():
                self.execution = event
                self.execute(event)
            case ChecksFinished():
                self.checks(event)
            case RunFinished():
                self.over = True
                self.end(event)
            case _:
                pass

    def passed(self, event: TestFinished, file: str) -> None:
        """A test passed at once and has nothing to say, as nearly all do; by default as any other."""
        self.test(Story(event, (), file))

    def begin(self, event: RunStarted) -> None:
        """The run begins."""

    def execute(self, event: ExecutionStarted) -> None:
        """Tests begin."""

    def checks(self, event: ChecksFinished) -> None:
        """The system checks are done."""

    def test(self, story: Story) -> None:
        """A test is over."""

    def fixture(self, event: FixtureFinished) -> None:
        """A class or module fixture failed or skipped."""

    def not_run(self, event: TestsNotRun) -> None:
        """Tests never started."""

    def end(self, event: RunFinished) -> None:
        """The run is over."""


def split_id(test: str) -> tuple[str, str]:
    """The class and the name of a test: `app.tests.Case` and `test_x`; of `app/tests.py::Case::test_x[a]` likewise."""
    if "::" in test:
        file, *parts = test.split("::")
        # What stands in brackets may hold colons too.
        head, bracket, tail = "::".join(parts).partition("[")
        *classes, name = head.split("::")
        module = file.removesuffix(".py").replace("/", ".").strip(".")
        return ".".join([module, *classes]), f"{name}{bracket}{tail}"
    owner, _, name = test.rpartition(".")
    return owner, name


def split_fixture(fixture: str) -> tuple[str, str]:
    """The class or module and the name of a fixture that unittest calls `setUpClass (app.tests.Case)`."""
    name, _, owner = fixture.partition(" (")
    return owner.removesuffix(")"), name


def headline(problems: Sequence[Problem]) -> str:
    """What went wrong, in a line: that of the first problem, and how many more there are."""
    if not problems:
        return ""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{_line(problems[0])}{more}"


def _line(problem: Problem) -> str:
    where = f"{problem.subtest}: " if problem.subtest else ""
    if problem.kind == "unexpected_success":
        return f"{where}unexpected success"
    if problem.kind == "skip":
        return f"{where}{one_line(problem.text)}"
    if problem.raised is not None:
        said = one_line(problem.raised.message)
        return one_line(f"{where}{problem.raised.type}{': ' if said else ''}{said}")
    lines = [line for line in problem.text.splitlines() if line.strip()]
    return one_line(f"{where}{lines[-1] if lines else problem.kind.replace('_', ' ')}")


def kind_of(problems: Sequence[Problem]) -> str:
    """The name of the class of what was raised first; the kind of the problem where nothing was."""
    for problem in problems:
        if problem.raised is not None:
            return problem.raised.type
    return problems[0].kind if problems else ""


def details(problems: Sequence[Problem]) -> str:
    """All problems in full."""
    return "\n".join(f"{problem.subtest}\n{problem.text}" if problem.subtest else problem.text for problem in problems)


def failing_place(problems: Sequence[Problem], root: str, file: str, line: int) -> tuple[str, int]:
    """Where a failure is shown: the last line of the project's own code that it went through.

    Args:
        problems: of the test.
        root: of the project.
        file: where the test stands, for a failure that has no such line.
        line: the same.

    Returns:
        A path relative to the root where it is below it, and a line; an empty path where nothing is known.
    """
    for problem in problems:
        found = _own_frame(problem.raised, root) if problem.raised is not None else None
        if found is not None:
            return found
    return (within(file, root) or file, line) if file else ("", 0)


def _own_frame(raised: Raised, root: str) -> tuple[str, int] | None:
    for frame in reversed(raised.frames):
        path = within(frame.file, root)
        if path:
            return path, frame.line
    for member in raised.exceptions:
        if (found := _own_frame(member, root)) is not None:
            return found
    return None


@lru_cache(maxsize=4096)
def within(file: str, root: str) -> str:
    """A path relative to the root; empty where it is not below it, or other people's code."""
    path = PurePath(file)
    if path.is_absolute():
        if not path.is_relative_to(root):
            return ""
        path = path.relative_to(root)
    return "" if any(part in _OTHERS_CODE for part in path.parts) or file.startswith("<") else path.as_posix()
