"""`--report github[:PATH]`: annotations and a job summary for GitHub Actions.

Commands are escaped as GitHub's own toolkit does ("Workflow commands for GitHub Actions" in its documentation). GitHub
shows ten annotations of a kind for each step; all failures are in the job summary, which may have one megabyte.
"""

from __future__ import annotations

from pathlib import Path

from greenroom.events import FixtureFinished, Problem, RunFinished, TestFinished, TestPlanned, TestsNotRun
from greenroom.hooks.context import ReporterContext
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.output import Output, clean, one_line
from greenroom.reporters.story import BAD, Story, StoryReporter, details, failing_place, headline
from greenroom.reporters.summary import Summary

MOST = 50
"""Annotations of a kind; GitHub shows fewer, and the log need not be flooded."""
SUMMARY_LIMIT = 1_000_000
"""Bytes of a summary: a little less than GitHub takes."""
_MESSAGE = 4000
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


class GitHub(StoryReporter):
    """Writes annotations to standard output, or to a file, and the summary to the file that GitHub names.

    Args:
        context: the variables `GITHUB_STEP_SUMMARY` and `GITHUB_WORKSPACE` are looked at.

    Raises:
        GreenroomError: a file can't be opened.
    """

    def __init__(self, context: ReporterContext) -> None:
        super().__init__()
        self.wants = StoryReporter.wants | {TestPlanned}
        self._root = str(context.root)
        self._folder = _below(context.root, context.environ.get("GITHUB_WORKSPACE", ""))
        self._output = Output(context.path, context.out)
        file = context.environ.get("GITHUB_STEP_SUMMARY")
        self._page = Output(Path(file), context.out, append=True) if file else None
        self._summary = Summary()
        self._said = {"error": 0, "warning": 0}

    def test(self, story: Story) -> None:
        """Annotate it where it failed, is flaky or in quarantine."""
        self._summary.test(story)
        event, verdict = story.event, story.verdict
        if verdict in BAD:
            self._annotate("error", event.test, event.problems, story)
        elif verdict == "quarantined":
            self._annotate("warning", f"quarantined: {event.test}", event.problems, story)
        elif verdict == "flaky":
            title = f"flaky, passed at try {event.attempts}: {event.test}"
            self._annotate("warning", title, story.tries[0].problems if story.tries else (), story)

    def passed(self, event: TestFinished, file: str) -> None:
        """Take up how long it took."""
        self._summary.passed(event)

    def fixture(self, event: FixtureFinished) -> None:
        """Annotate it where it failed."""
        self._summary.fixture(event)
        if event.outcome in FAILED_OUTCOMES:
            self._annotate("error", event.fixture, event.problems, None)

    def not_run(self, event: TestsNotRun) -> None:
        """They are in the summary."""
        self._summary.not_run(event)

    def end(self, event: RunFinished) -> None:
        """Write the summary."""
        if event.aborted:
            self._output.write(f"::error title=greenroom::{data(event.aborted)}\n")
        if self._page is not None:
            self._page.write(self._summary.page(event, SUMMARY_LIMIT))

    def flush(self) -> None:
        """Nothing is written between the dots of other reports: annotations come at the end."""
        if self.over:
            self._output.flush()

    def close(self) -> None:
        """Close both files."""
        self._output.close()
        if self._page is not None:
            self._page.close()

    def _annotate(self, kind: str, title: str, problems: tuple[Problem, ...], story: Story | None) -> None:
        self._said[kind] += 1
        if self._said[kind] > MOST:
            return
        file, line = failing_place(problems, self._root, story.file if story else "", story.line if story else 0)
        values = {"file": f"{self._folder}{file}", "line": str(line)} if file and line else {}
        values["title"] = one_line(title)
        properties = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in values.items())
        self._output.write(f"::{kind} {properties}::{data(_message(problems))}\n")


def data(text: str) -> str:
    """A text as the message of a command."""
    return clean(text).translate(_DATA)


def _message(problems: tuple[Problem, ...]) -> str:
    said, text = headline(problems), details(problems).strip()
    return f"{said}\n\n{text[-_MESSAGE:]}" if text and text != said else said or "failed"


def _below(root: Path, workspace: str) -> str:
    """What stands before the path of a file of the project, from the root of the repository."""
    try:
        folder = root.relative_to(workspace).as_posix() if workspace else "."
    except ValueError:
        folder = "."
    return "" if folder == "." else f"{folder}/"
