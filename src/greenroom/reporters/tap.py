"""`--report tap[:PATH]`: the Test Anything Protocol, version 14 (https://testanything.org/tap-version-14-specification.html)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from greenroom.events import (
    ChecksFinished,
    FixtureFinished,
    Problem,
    RunFinished,
    RunStarted,
    TestFinished,
    TestsNotRun,
)
from greenroom.hooks.context import ReporterContext
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.output import Output, clean, one_line
from greenroom.reporters.story import Story, StoryReporter, details, headline

_SPECIAL = re.compile(r"[\\#]")


def escaped(value: str) -> str:
    """A description or a reason: `#` would begin a directive."""
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", one_line(value))


class Tap(StoryReporter):
    """Writes a line for each test as it ends, and the plan at the end.

    What may fail, an expected failure or a test in quarantine, is `not ok … # TODO`. A flaky test is `ok`, says so in its
    description, and has what went wrong below it. An unexpected success is `not ok`, as it fails a run of unittest.

    Args:
        context: without a path the lines go to standard output.

    Raises:
        GreenroomError: the file can't be opened.
    """

    def __init__(self, context: ReporterContext) -> None:
        super().__init__()
        self._output = Output(context.path, context.out)
        self._number = 0

    def begin(self, event: RunStarted) -> None:
        """Say which version this is."""
        self._output.write("TAP version 14\n")

    def test(self, story: Story) -> None:
        """Tell of it."""
        event, verdict = story.event, story.verdict
        problems, seconds = event.problems, {"duration_ms": round(event.seconds * 1000, 3)}
        match verdict:
            case "passed":
                self._point(True, event.test)
            case "flaky":
                words = f"flaky, passed at try {event.attempts}"
                self._point(True, f"{event.test} ({words})")
                self._below({**seconds, "verdict": "flaky", **_what(story.tries[0].problems if story.tries else ())})
            case "skipped":
                self._point(True, event.test, f"SKIP {escaped(headline(problems))}")
            case "expected_failure" | "quarantined":
                self._point(False, event.test, f"TODO {verdict.replace('_', ' ')}")
                self._below({**seconds, "verdict": verdict, **_what(problems)})
            case _:
                self._point(False, event.test)
                self._below({**seconds, "verdict": verdict, **_what(problems)})

    def passed(self, event: TestFinished, file: str) -> None:
        """Tell of it."""
        self._point(True, event.test)

    def fixture(self, event: FixtureFinished) -> None:
        """Tell of it as of a test."""
        if event.outcome in FAILED_OUTCOMES:
            self._point(False, event.fixture)
            self._below({"verdict": event.outcome, **_what(event.problems)})
        else:
            self._point(True, event.fixture, f"SKIP {escaped(headline(event.problems))}")

    def checks(self, event: ChecksFinished) -> None:
        """Tell of them where they failed."""
        if not event.ok:
            self._point(False, "system checks")
            self._below({"message": clean(event.text)})

    def not_run(self, event: TestsNotRun) -> None:
        """Tell of them as skipped ones."""
        for test in event.tests:
            self._point(True, test, f"SKIP not run: {escaped(event.reason)}")

    def end(self, event: RunFinished) -> None:
        """The plan, or why there is none."""
        if event.aborted or event.interrupted:
            self._output.write(f"Bail out! {escaped(event.aborted) or 'interrupted'}\n")
        self._output.write(f"1..{self._number}{'' if self._number else ' # no tests'}\n")

    def flush(self) -> None:
        """Write what was told."""
        self._output.flush()

    def close(self) -> None:
        """Say so where the run was killed."""
        if not self.over and self.run is not None:
            self._output.write("Bail out! the run did not come to its end\n")
        self._output.close()

    def _point(self, good: bool, name: str, directive: str = "") -> None:
        self._number += 1
        ending = f" # {directive.strip()}" if directive else ""
        self._output.write(f"{'ok' if good else 'not ok'} {self._number} - {escaped(name)}{ending}\n")

    def _below(self, values: Mapping[str, object]) -> None:
        lines = "".join(f"  {name}: {_yaml(value)}\n" for name, value in values.items())
        self._output.write(f"  ---\n{lines}  ...\n")


def _yaml(value: object) -> str:
    """A number or a string: those of JSON are those of YAML, but for what YAML takes for a line break or can't hold."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else f"\\u{ord(each):04x}" if ord(each) < 0x10000 else f"\\U{ord(each):08x}"
        for each in text
    )


def _what(problems: tuple[Problem, ...]) -> dict[str, object]:
    return {"message": headline(problems), "details": clean(details(problems))} if problems else {}
