"""`--report gitlab[:FOLDER]`: what GitLab CI shows of a run.

In the folder are `junit.xml`, for `artifacts:reports:junit` ("Unit test reports" in GitLab's documentation), and
`code-quality.json`, for `artifacts:reports:codequality` ("Code Quality"), which marks the failing lines in a merge request.
In the log of the job each failure is a section that can be unfolded ("Custom collapsible sections").
"""

from __future__ import annotations

import hashlib
import json
import re

from greenroom.events import (
    ChecksFinished,
    FixtureFinished,
    Problem,
    RunFinished,
    TestFinished,
    TestPlanned,
    TestsNotRun,
)
from greenroom.hooks.context import ReporterContext
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.junitxml import JUnitDocument
from greenroom.reporters.output import Output, clean, one_line
from greenroom.reporters.story import BAD, Story, StoryReporter, details, failing_place, headline

MOST = 50
"""Sections in the log: a job's log has a limit."""
_SECTION_TEXT = 20_000


class GitLab(StoryReporter):
    """Writes the two files, and sections to standard output.

    Args:
        context: the path is that of the folder, `.greenroom/reports/gitlab` by default.

    Raises:
        GreenroomError: a file can't be opened.
    """

    def __init__(self, context: ReporterContext) -> None:
        super().__init__()
        self.wants = StoryReporter.wants | {TestPlanned}
        folder = context.path_or("gitlab")
        self._root = str(context.root)
        self._junit = Output(folder / "junit.xml", context.out)
        self._quality = Output(folder / "code-quality.json", context.out)
        self._log = Output(None, context.out)
        self._document = JUnitDocument(self._root, files=True)
        self._faults = 0
        self._sections = 0

    def test(self, story: Story) -> None:
        """Take it up."""
        self._document.test(story)
        event, verdict = story.event, story.verdict
        problems = story.tries[0].problems if verdict == "flaky" and story.tries else event.problems
        if verdict in BAD:
            self._fault("major", "test-failed", event.test, problems, story)
            self._section(event.at + event.seconds, event.test, problems)
        elif verdict == "flaky":
            self._fault("minor", "test-flaky", event.test, problems, story)
            self._section(event.at + event.seconds, f"flaky, passed at try {event.attempts}: {event.test}", problems)
        elif verdict == "quarantined":
            self._fault("info", "test-quarantined", event.test, problems, story)

    def passed(self, event: TestFinished, file: str) -> None:
        """Take it up."""
        self._document.passed(event, file)

    def fixture(self, event: FixtureFinished) -> None:
        """Take it up."""
        self._document.fixture(event)
        if event.outcome in FAILED_OUTCOMES:
            self._fault("major", "fixture-failed", event.fixture, event.problems, None)
            self._section(event.at, event.fixture, event.problems)

    def not_run(self, event: TestsNotRun) -> None:
        """Take them up."""
        self._document.not_run(event)

    def checks(self, event: ChecksFinished) -> None:
        """Take them up where they failed."""
        self._document.checks(event)

    def end(self, event: RunFinished) -> None:
        """Write the files."""
        self._finish(event)

    def flush(self) -> None:
        """Code quality is written as it comes, the log at the end: not between the dots of other reports."""
        self._quality.flush()
        if self.over:
            self._log.flush()

    def close(self) -> None:
        """Write the files also where the run was killed."""
        if not self.over and self.run is not None:
            self._finish(None)
        for output in (self._junit, self._quality, self._log):
            output.close()

    def _finish(self, event: RunFinished | None) -> None:
        self._document.finish(self._junit, self.run, self.execution, event)
        self._quality.write("\n]\n" if self._faults else "[]\n")

    def _fault(self, severity: str, check: str, test: str, problems: tuple[Problem, ...], story: Story | None) -> None:
        file, line = failing_place(problems, self._root, story.file if story else "", story.line if story else 0)
        if not file:
            return  # An issue without a place is refused.
        fault = {
            "description": f"{one_line(test)}: {headline(problems)}"[:1000],
            "check_name": check,
            # The same for the same failure in another pipeline, whatever lines were added above it.
            "fingerprint": hashlib.sha256(f"{check}\0{test}".encode("utf-8", "backslashreplace")).hexdigest(),
            "severity": severity,
            "location": {"path": file, "lines": {"begin": max(1, line)}},
        }
        self._quality.write(",\n" if self._faults else "[\n")
        self._quality.write(json.dumps(fault))
        self._faults += 1

    def _section(self, at: float, title: str, problems: tuple[Problem, ...]) -> None:
        self._sections += 1
        if self._sections > MOST:
            return
        name = re.sub(r"[^a-zA-Z0-9_.-]", "_", f"greenroom_{self._sections}")
        text = clean(details(problems))[-_SECTION_TEXT:].rstrip()
        self._log.write(
            f"\x1b[0Ksection_start:{at:.0f}:{name}[collapsed=true]\r\x1b[0K{one_line(title)}: {headline(problems)}\n"
            f"{text}\n\x1b[0Ksection_end:{at:.0f}:{name}\r\x1b[0K\n"
        )
