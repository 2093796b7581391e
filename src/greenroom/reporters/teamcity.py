"""`--report teamcity[:PATH]`: service messages, from which TeamCity makes its list of tests as they end.

The messages and their escapes are those of "Service Messages" in TeamCity's documentation.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from greenroom.events import AttemptFailed, FixtureFinished, Problem, RunFinished, TestFinished, TestsNotRun
from greenroom.hooks.context import ReporterContext
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.output import Output, clean
from greenroom.reporters.story import BAD, Story, StoryReporter, details, headline

_ESCAPES = {
    "|": "||",
    "'": "|'",
    "\n": "|n",
    "\r": "|r",
    "[": "|[",
    "]": "|]",
    "\u2028": "|l",
    "\u2029": "|p",
}
_SPECIAL = re.compile("[|'\n\r\\[\\]\u2028\u2029]")


def escaped(value: str) -> str:
    """A text between single quotes."""
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], clean(value.replace("\x85", "\n")))


@lru_cache(maxsize=16)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()[:19]


def _stamp(at: float) -> str:
    second = int(at)
    return f"{_second(second)}.{int((at - second) * 1000):03}+0000"


class TeamCity(StoryReporter):
    """Writes the messages of a test when it has ended.

    A test that was tried again is told once for each try, with TeamCity's support for that on, and is marked as flaky by a
    line of metadata and by a message in the log: it is never only a success.

    Args:
        context: without a path messages go to standard output, where TeamCity looks for them.

    Raises:
        GreenroomError: the file can't be opened.
    """

    def __init__(self, context: ReporterContext) -> None:
        super().__init__()
        self._output = Output(context.path, context.out)
        self._retries = False

    def test(self, story: Story) -> None:
        """Tell of it."""
        event, verdict = story.event, story.verdict
        name, flow = event.test, event.worker
        for attempt in story.tries:
            self._try(attempt)
        if verdict in {"skipped", "quarantined", "interrupted", "expected_failure"}:
            words = {"skipped": "", "expected_failure": "expected failure: "}.get(verdict, f"{verdict}: ")
            self._started(name, event.at, flow)
            self._say("testIgnored", flow, name=name, message=f"{words}{headline(event.problems)}")
            if verdict == "quarantined":
                self._say("testStdErr", flow, name=name, out=details(event.problems))
        else:
            self._started(name, event.at, flow)
            if verdict in BAD:
                self._failed(name, event.problems, flow)
            if verdict == "flaky":
                words = f"passed at try {event.attempts}"
                self._say("testMetadata", flow, testName=name, name="flaky", value=words)
                self._say("message", flow, text=f"flaky: {name} {words}", status="WARNING")
        if event.output:
            self._say("testStdOut", flow, name=name, out=event.output)
        for each in event.attachments:
            self._say("testMetadata", flow, testName=name, name=each.name, value=each.file)
        self._say("testFinished", flow, name=name, duration=f"{event.seconds * 1000:.0f}")

    def passed(self, event: TestFinished, file: str) -> None:
        """Tell of it: what `test()` would, in one go."""
        name, flow = escaped(event.test), f"flowId='worker-{event.worker}'"
        self._output.write(
            f"##teamcity[testStarted timestamp='{_stamp(event.at)}' name='{name}' {flow}]\n"
            f"##teamcity[testFinished name='{name}' duration='{event.seconds * 1000:.0f}' {flow}]\n"
        )

    def _try(self, attempt: AttemptFailed) -> None:
        if not self._retries:
            self._retries = True
            self._say("testRetrySupport", None, enabled="true")
        self._started(attempt.test, attempt.at, attempt.worker)
        self._failed(attempt.test, attempt.problems, attempt.worker)
        self._say("testFinished", attempt.worker, name=attempt.test, duration=f"{attempt.seconds * 1000:.0f}")

    def _started(self, name: str, at: float, flow: int) -> None:
        self._say("testStarted", flow, timestamp=_stamp(at), name=name)

    def _failed(self, name: str, problems: tuple[Problem, ...], flow: int) -> None:
        self._say("testFailed", flow, name=name, message=headline(problems), details=details(problems))

    def fixture(self, event: FixtureFinished) -> None:
        """Tell of it as of a test: TeamCity knows nothing else that can fail."""
        self._started(event.fixture, event.at, event.worker)
        if event.outcome in FAILED_OUTCOMES:
            self._failed(event.fixture, event.problems, event.worker)
        else:
            self._say("testIgnored", event.worker, name=event.fixture, message=headline(event.problems))
        self._say("testFinished", event.worker, name=event.fixture, duration="0")

    def not_run(self, event: TestsNotRun) -> None:
        """Tell of them as ignored ones."""
        for test in event.tests:
            self._say("testIgnored", None, name=test, message=f"not run: {event.reason}")

    def end(self, event: RunFinished) -> None:
        """Tell why there is nothing, and of what is no test."""
        if event.aborted:
            self._say("buildProblem", None, description=event.aborted[:4000], identity="greenroom-aborted")
        elif event.interrupted:
            self._say("buildProblem", None, description="the tests were interrupted", identity="greenroom-interrupted")
        if event.flaky:
            self._say("buildStatisticValue", None, key="greenroomFlakyTests", value=str(event.flaky))

    def flush(self) -> None:
        """Write what was told."""
        self._output.flush()

    def close(self) -> None:
        """Close the file."""
        self._output.close()

    def _say(self, kind: str, flow: int | None, /, **values: str) -> None:
        flows = f" flowId='worker-{flow}'" if flow is not None else ""
        said = "".join(f" {name}='{escaped(value)}'" for name, value in values.items())
        self._output.write(f"##teamcity[{kind}{said}{flows}]\n")
