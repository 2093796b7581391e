"""A run on a page: what reports in Markdown say."""

from __future__ import annotations

import heapq
import re

from greenroom.events import AttemptFailed, FixtureFinished, Problem, RunFinished, TestFinished, TestsNotRun
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.output import clean, one_line
from greenroom.reporters.story import BAD, Story, details, headline
from greenroom.reporters.wording import count

MOST = 50
"""How many tests a list names at most; it says how many more there are."""
_SLOWEST = 10
_SLOW = 0.1
"""Seconds from which on a test may be worth a line."""
_TEXT = 6000
"""Characters of a traceback; the end of it, which says what was wrong, is kept whole."""
_LINE = 300
_HEAD = 1500


class Summary:
    """Takes what is over, keeps as much as a page needs, and gives the page."""

    def __init__(self) -> None:
        self._bad: list[tuple[str, str, str]] = []
        """The test, what was wrong in a line, and in full."""
        self._bad_count = 0
        self._flaky: list[tuple[str, str]] = []
        self._quarantined: list[tuple[str, str]] = []
        self._not_run: list[TestsNotRun] = []
        self._interrupted: list[str] = []
        self._slow: list[tuple[float, str]] = []

    def test(self, story: Story) -> None:
        """Take a test."""
        event = story.event
        self.passed(event)
        verdict = story.verdict
        if verdict in BAD:
            self._problem(event.test, event.problems, f" (tried {event.attempts} times)" if story.tries else "")
        elif verdict == "flaky":
            _put(self._flaky, (event.test, _flaky_words(story.tries, event.attempts)))
        elif verdict == "quarantined":
            _put(self._quarantined, (event.test, headline(event.problems)))
        elif verdict == "interrupted":
            _put(self._interrupted, event.test)

    def passed(self, event: TestFinished) -> None:
        """Take a test that has nothing to say but how long it took."""
        if event.seconds >= _SLOW:
            keep = heapq.heappush if len(self._slow) < _SLOWEST else heapq.heappushpop
            keep(self._slow, (event.seconds, event.test))

    def fixture(self, event: FixtureFinished) -> None:
        """Take a fixture that failed."""
        if event.outcome in FAILED_OUTCOMES:
            self._problem(event.fixture, event.problems, "")

    def _problem(self, name: str, problems: tuple[Problem, ...], more: str) -> None:
        self._bad_count += 1
        if len(self._bad) < MOST:
            self._bad.append((name, headline(problems) + more, _shortened(clean(details(problems)))))

    def not_run(self, event: TestsNotRun) -> None:
        """Take tests that never began."""
        self._not_run.append(
            TestsNotRun(event.at, event.tests[:MOST], f"{event.reason}: {count(len(event.tests), 'test')}")
        )

    def page(self, end: RunFinished | None, limit: int | None = None) -> str:
        """The page, in Markdown as GitHub and GitLab read it.

        Args:
            end: how the run ended; None where it was killed.
            limit: how many bytes it may have. Of a longer one, tracebacks are left out from the last on.
        """
        for shown in range(len(self._bad), -1, -max(1, len(self._bad) // 10)):
            page = "\n".join([_title(end), "", _table(end), *self._sections(shown)]) + "\n"
            if limit is None or len(page.encode()) <= limit:
                return page
        return "\n".join([_title(end), "", _table(end), ""])

    def _sections(self, shown: int) -> list[str]:
        parts: list[str] = []
        if self._bad:
            parts += ["", "### Failed", ""]
            for place, (name, line, text) in enumerate(self._bad):
                parts.append(_folded(name, line, text) if place < shown else f"- {code(name)}: {plain(line)}\n")
            parts += _more(self._bad_count - len(self._bad))
        for title, rows in (("Flaky", self._flaky), ("Quarantined", self._quarantined)):
            if rows:
                parts += ["", f"### {title}", "", *(f"- {code(name)}: {plain(words)}" for name, words in rows)]
        if self._interrupted:
            parts += ["", "### Interrupted", "", *(f"- {code(name)}" for name in self._interrupted)]
        for event in self._not_run:
            parts += ["", f"### Not run ({plain(event.reason)})", "", *(f"- {code(name)}" for name in event.tests)]
        if self._slow:
            parts += ["", "### Slowest", "", "| Seconds | Test |", "|---:|---|"]
            parts += [f"| {seconds:.2f} | {code(name)} |" for seconds, name in sorted(self._slow, reverse=True)]
        return parts


def code(value: str) -> str:
    """A name as code, whatever is in it, also in a cell of a table."""
    value = one_line(value).replace("|", "¦")[:_LINE]
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", value)), default=0))
    pad = " " if value.startswith("`") or value.endswith("`") else ""
    return f"{ticks}{pad}{value}{pad}{ticks}"


def plain(value: str) -> str:
    """A line of text in which nothing is taken for Markdown or HTML, nor for a mention of somebody."""
    value = (
        one_line(value)[:_LINE].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    )
    return re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", value)


def _put(rows: list[object] | list[str] | list[tuple[str, str]], row: object) -> None:
    if len(rows) < MOST:
        rows.append(row)  # type: ignore[arg-type]


def _flaky_words(tries: tuple[AttemptFailed, ...], attempts: int) -> str:
    first = headline(tries[0].problems) if tries else ""
    return f"passed at try {attempts}{' after ' if first else ''}{first}"


def _shortened(value: str) -> str:
    if len(value) <= _TEXT:
        return value
    return f"{value[:_HEAD]}\n… {len(value) - _TEXT} characters are left out …\n{value[-(_TEXT - _HEAD) :]}"


def _folded(name: str, line: str, value: str) -> str:
    if not value.strip():
        return f"- {code(name)}: {plain(line)}\n"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", value)), default=0))
    summary = f"<summary>{_html(name)}: {_html(line)}</summary>"
    return f"<details>{summary}\n\n{fence}text\n{value.rstrip()}\n{fence}\n\n</details>"


def _html(value: str) -> str:
    value = one_line(value)[:_LINE]
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")


def _more(number: int) -> list[str]:
    return [f"… and {number} more"] if number > 0 else []


def _title(end: RunFinished | None) -> str:
    if end is None:
        return "## Tests: not all of them"
    if end.aborted:
        return f"## Tests: {plain(end.aborted)}"
    if end.interrupted:
        return "## Tests: interrupted"
    bad = end.failures + end.errors + end.unexpected_successes
    verdict = "failed" if bad or end.exit_code else "passed"
    flaky = f", {count(end.flaky, 'flaky test')}" if end.flaky else ""
    return f"## Tests: {verdict}{flaky}"


def _table(end: RunFinished | None) -> str:
    if end is None:
        return "The run did not come to its end."
    cells = {
        "Tests": end.tests,
        "Failures": end.failures,
        "Errors": end.errors,
        "Unexpected successes": end.unexpected_successes,
        "Flaky": end.flaky,
        "Quarantined": end.quarantined,
        "Skipped": end.skipped,
        "Not run": end.not_run,
    }
    shown = {name: number for name, number in cells.items() if number or name in {"Tests", "Failures", "Errors"}}
    head = " | ".join([*shown, "Seconds"])
    return f"| {head} |\n|{'---:|' * (len(shown) + 1)}\n| {' | '.join(map(str, shown.values()))} | {end.seconds:.2f} |"
