"""A run as a JUnit XML document, as Jenkins, GitLab and most others read it.

Elements and attributes are those of the schema of Jenkins' xUnit plugin (junit-10.xsd), which knows tests that were run
again as Maven's Surefire writes them. A test is one `testcase`, however many problems it has, as readers look at the first
one alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    ExecutionStarted,
    FixtureFinished,
    LogLine,
    Problem,
    RunFinished,
    RunStarted,
    TestFinished,
    TestsNotRun,
)
from greenroom.reporters.output import Output, Spool, clean
from greenroom.reporters.story import Story, details, headline, kind_of, split_fixture, split_id, within

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
)
_MESSAGE = 1000
"""Characters of a message; the whole of it is in the text."""
_SPECIAL = re.compile(r'[&<>"\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]')


def text(value: str) -> str:
    """A text between tags."""
    return clean(value).translate(_TEXT)


def attribute(value: str) -> str:
    """A text between double quotes."""
    return clean(value).translate(_ATTRIBUTE) if _SPECIAL.search(value) is not None else value


class JUnitDocument:
    """Takes what is over, and writes the document when the run is.

    Args:
        root: of the project, for paths.
        files: whether a test names its file, as GitLab wants it and Jenkins' schema forbids.
    """

    def __init__(self, root: str, *, files: bool = False) -> None:
        self._root = root
        self._files = files
        self._body = Spool()
        self._counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}

    def passed(self, event: TestFinished, file: str) -> None:
        """Take a test that has nothing to say."""
        owner, name = split_id(event.test)
        self._case(owner, name, event.seconds, "", self._place(file))

    def _place(self, file: str) -> str:
        return within(file, self._root) or file if self._files else ""

    def test(self, story: Story) -> None:
        """Take a test."""
        event = story.event
        owner, name = story.names
        content = "".join([self._result(story), *self._reruns(story), _output(event.output, event.logs, story)])
        self._case(owner, name, event.seconds, content, self._place(story.file))

    def _result(self, story: Story) -> str:  # noqa: PLR0911 - one for each verdict
        event = story.event
        # The first try is the failure, as Surefire has it; those after it are reruns.
        problems = story.tries[0].problems if story.tries and event.problems else event.problems
        match story.verdict:
            case "failed" | "unexpected_success":
                return self._element("failure", problems)
            case "error":
                return self._element("error", problems)
            case "skipped":
                return self._skipped("", headline(event.problems), "")
            case "expected_failure":
                return self._skipped("expected_failure", headline(event.problems) or "expected failure", "")
            case "quarantined":
                return self._skipped("quarantined", f"quarantined: {headline(problems)}", details(problems))
            case "interrupted":
                return self._skipped("interrupted", "interrupted", details(problems))
            case _:
                return ""

    def _reruns(self, story: Story) -> list[str]:
        if not story.tries:
            return []
        if story.verdict == "flaky":
            return [_again("flaky", one, one.problems) for one in story.tries]
        if story.verdict not in {"failed", "error", "unexpected_success"}:
            return []
        return [
            *[_again("rerun", one, one.problems) for one in story.tries[1:]],
            _again("rerun", None, story.event.problems),
        ]

    def fixture(self, event: FixtureFinished) -> None:
        """Take a fixture that failed or skipped."""
        owner, name = split_fixture(event.fixture)
        if event.outcome == "skipped":
            content = self._skipped("", headline(event.problems), "")
        else:
            content = self._element("failure" if event.outcome == "failed" else "error", event.problems)
        self._case(owner, name, 0.0, content)

    def not_run(self, event: TestsNotRun) -> None:
        """Take tests that never began."""
        for test in event.tests:
            owner, name = split_id(test)
            self._case(owner, name, 0.0, self._skipped("not_run", f"not run: {event.reason}", ""))

    def checks(self, event: ChecksFinished) -> None:
        """Take system checks that failed."""
        if not event.ok:
            self._case("django", "system checks", event.seconds, self._element("error", [Problem("error", event.text)]))

    def finish(
        self, output: Output, run: RunStarted | None, execution: ExecutionStarted | None, end: RunFinished | None
    ) -> None:
        """Write the document.

        Args:
            output: takes it.
            run: how the run began.
            execution: how its tests began; None where they did not.
            end: how it ended; None where it was killed.
        """
        why = end.aborted if end is not None else "the run did not come to its end: what is here is not all of it"
        if why:
            self._case("greenroom", "run", 0.0, self._element("error", [Problem("error", why)]))
        counts = self._counts
        totals = "".join(f' {name}="{counts[name]}"' for name in ("tests", "failures", "errors"))
        time = f' time="{end.seconds:.3f}"' if end is not None else ""
        began = execution.at if execution is not None else run.at if run is not None else 0.0
        stamp = datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds")
        output.write('<?xml version="1.0" encoding="utf-8"?>\n')
        output.write(f'<testsuites name="greenroom"{totals}{time}>\n')
        output.write(f'<testsuite name="greenroom"{totals} skipped="{counts["skipped"]}"{time} timestamp="{stamp}">\n')
        output.write(_properties(run, execution, end))
        self._body.pour(output)
        output.write("</testsuite>\n</testsuites>\n")

    # Elements ---------------------------------------------------------------------------------------------------------

    def _case(self, owner: str, name: str, seconds: float, content: str, file: str = "") -> None:
        self._counts["tests"] += 1
        where = f' file="{attribute(file)}"' if file else ""
        head = f'<testcase classname="{attribute(owner)}" name="{attribute(name)}"{where} time="{seconds:.6f}"'
        self._body.write(f"{head}>{content}</testcase>\n" if content else f"{head}/>\n")

    def _element(self, tag: str, problems: Sequence[Problem]) -> str:
        self._counts[f"{tag}s"] += 1
        return f"<{tag}{_said(problems)}>{text(details(problems))}</{tag}>"

    def _skipped(self, kind: str, message: str, content: str) -> str:
        self._counts["skipped"] += 1
        head = f"<skipped{f' type={_quoted(kind)}' if kind else ''} message={_quoted(message[:_MESSAGE])}"
        return f"{head}>{text(content)}</skipped>" if content else f"{head}/>"


def _quoted(value: str) -> str:
    return f'"{attribute(value)}"'


def _said(problems: Sequence[Problem]) -> str:
    return f" message={_quoted(headline(problems)[:_MESSAGE])} type={_quoted(kind_of(problems))}"


def _again(word: str, attempt: AttemptFailed | None, problems: Sequence[Problem]) -> str:
    """A try that was not the first (`rerun`), or any of those that failed before the one that passed (`flaky`)."""
    failed = attempt is not None and attempt.outcome != "error"
    if attempt is None:
        failed = any(problem.kind != "error" for problem in problems)
    tag = f"{word}{'Failure' if failed else 'Error'}"
    said = _output(attempt.output, attempt.logs, None) if attempt is not None else ""
    return f"<{tag}{_said(problems)}><stackTrace>{text(details(problems))}</stackTrace>{said}</{tag}>"


def _output(output: str, logs: Sequence[LogLine], story: Story | None) -> str:
    """What a test printed and logged, and where its attachments are, in the notation of Jenkins' plugin and GitLab."""
    parts = [output] if output else []
    parts += [f"{line.level} {line.logger}: {line.message}" for line in logs]
    if story is not None:
        attempts = [each for one in story.tries for each in one.attachments]
        parts += [f"[[ATTACHMENT|{each.file}]]" for each in (*attempts, *story.event.attachments)]
    return f"<system-out>{text(chr(10).join(parts))}</system-out>" if parts else ""


def _properties(run: RunStarted | None, execution: ExecutionStarted | None, end: RunFinished | None) -> str:
    values: dict[str, object] = {}
    if run is not None:
        values |= {"greenroom": run.greenroom, "python": run.python, "django": run.django}
    if execution is not None:
        values["workers"] = execution.workers
    if end is not None:
        values |= {
            "flaky": end.flaky,
            "quarantined": end.quarantined,
            "not_run": end.not_run,
            "exit_code": end.exit_code,
        }
        if end.seed is not None:
            values["seed"] = end.seed
    found = "".join(f'<property name="{name}" value={_quoted(str(value))}/>' for name, value in values.items())
    return f"<properties>{found}</properties>\n"
