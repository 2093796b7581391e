"""How terminal reports end: problems, durations, `Ran N tests`, the verdict, and greenroom's own line.

What tools parse stays as unittest's `TextTestResult` and `TextTestRunner` write it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from greenroom.events import (
    AttemptFailed,
    DatabaseStep,
    FixtureFinished,
    Problem,
    ProblemKind,
    RunFinished,
    RunStarted,
    TestFinished,
    TestsNotRun,
)
from greenroom.model import FAILED_OUTCOMES
from greenroom.reporters.ansi import Paint, plain
from greenroom.reporters.wording import (
    attachment_lines,
    description,
    full_text,
    log_lines,
    not_run_lines,
    result_words,
    summary_line,
    tried_again,
)

SEPARATOR1 = "=" * 70
SEPARATOR2 = "-" * 70
HEADINGS: dict[ProblemKind, str] = {
    "error": "ERROR",
    "failure": "FAIL",
    "unexpected_success": "UNEXPECTED SUCCESS",
}
"""The problems that make a run fail, in the order in which they are listed."""

DATABASE_DEEDS = frozenset({"server started", "migrated", "restored", "cloned", "reset"})
"""What the last line tells of databases."""

Told = tuple[str, Problem]
"""What had a problem, as unittest describes it, and the problem."""


class Closing:
    """Keeps what the end of the report tells of."""

    def __init__(self) -> None:
        self.verbosity = 1
        self.durations: int | None = None
        self.debug_sql = False
        self._problems: list[Told] = []
        self._apart: list[tuple[str, str, str]] = []
        """What does not make the run fail and must not be overlooked: a heading, the test, what happened."""
        self._attempts: dict[int, list[AttemptFailed]] = {}
        """The failed tries of each test that was tried again."""
        self._slow: list[tuple[float, str]] = []
        self._not_run: list[TestsNotRun] = []
        self._interrupted: list[str] = []
        self._databases: dict[str, float] = {}

    def begin(self, event: RunStarted) -> None:
        """How much the report tells."""
        self.verbosity, self.durations, self.debug_sql = event.verbosity, event.durations, event.debug_sql

    def keep(self, event: TestsNotRun | DatabaseStep) -> None:
        """Keep which tests never began, and what was done to a database, as far as it costs time."""
        if isinstance(event, TestsNotRun):
            self._not_run.append(event)
        elif event.deed in DATABASE_DEEDS:
            self._databases[event.deed] = self._databases.get(event.deed, 0.0) + event.seconds

    def test(self, event: TestFinished) -> list[Told]:
        """Keep what there is to say of a test; the problems that make the run fail are given back."""
        if event.interrupted:
            self._interrupted.append(event.test)
        elif self.durations is not None:
            self._slow.append((event.seconds, description(event.test, event.name, "")))
        if event.flaky:
            self._keep_flaky(event)
        if not event.problems:
            return []
        told = [
            (description(event.test, event.name, event.doc, problem.subtest), problem)
            for problem in event.problems
            if problem.kind in HEADINGS
        ]
        if told and (more := log_lines(event.logs) + attachment_lines(event.attachments)):
            whole, last = told[-1]
            told[-1] = whole, msgspec.structs.replace(last, text=full_text(last) + more, raised=None)
        if event.quarantined and event.outcome in FAILED_OUTCOMES:
            texts = [f"Does not count: {event.quarantine}\n", *(full_text(problem) for _, problem in told)]
            self._apart.append(("IN QUARANTINE", description(event.test, event.name, event.doc), "\n".join(texts)))
            return []
        self._problems += told
        return told

    def attempt(self, event: AttemptFailed) -> None:
        """Keep the failed try of a test that will be tried again."""
        self._attempts.setdefault(event.index, []).append(event)

    def _keep_flaky(self, event: TestFinished) -> None:
        texts = [
            f"Failed at {tried_again(attempt)}:\n\n{told}"
            for attempt in self._attempts.pop(event.index, ())
            for told in [
                "\n".join(full_text(problem) for problem in attempt.problems if problem.kind in HEADINGS)
                + log_lines(attempt.logs)
                + attachment_lines(attempt.attachments)
            ]
        ]
        whole = f"{description(event.test, event.name, event.doc)}\nPassed at try {event.attempts}."
        self._apart.append(("FLAKY", whole, "\n".join(texts)))

    def fixture(self, event: FixtureFinished) -> list[Told]:
        """Keep what there is to say of a fixture; the problems that make the run fail are given back."""
        told = [(event.fixture, problem) for problem in event.problems if problem.kind in HEADINGS]
        self._problems += told
        return told

    def block(self, whole: str, problem: Problem, paint: Paint = plain) -> str:
        """One problem in full."""
        heading = paint(f"{HEADINGS[problem.kind]}: {whole}", "bad")
        if problem.kind == "unexpected_success":
            return f"{SEPARATOR1}\n{heading}\n"
        sql = f"{SEPARATOR2}\n{problem.sql}\n" if self.debug_sql else ""
        return f"{SEPARATOR1}\n{heading}\n{SEPARATOR2}\n{full_text(problem)}\n{sql}"

    def text(self, event: RunFinished, *, names_only: bool = False, paint: Paint = plain) -> str:
        """The end of the report.

        Args:
            event: how the run ended.
            names_only: whether problems are listed by their names alone, as they were told in full before.
            paint: puts colours on.
        """
        parts = list(self._names(paint) if names_only else self._blocks(paint))
        for heading, whole, text in self._apart:
            parts.append(f"{SEPARATOR1}\n{paint(f'{heading}: {whole}', 'warn')}\n{SEPARATOR2}\n{text}\n")
        if self.durations is not None:
            parts += self._slowest(self.durations)
        parts.append(f"{SEPARATOR2}\n")
        parts.append(f"Ran {event.tests} test{'s' if event.tests != 1 else ''} in {event.seconds:.3f}s\n\n")
        words = result_words(event)
        parts.append(f"{paint(words, 'good' if words.startswith('OK') else 'bad')}\n")
        parts += [f"{line}\n" for line in not_run_lines(self._interrupted, self._not_run)]
        parts.append(f"{summary_line(event, self._databases)}\n")
        return "".join(parts)

    def _of_kind(self, kind: ProblemKind) -> list[Told]:
        return [(whole, problem) for whole, problem in self._problems if problem.kind == kind]

    def _blocks(self, paint: Paint) -> Iterator[str]:
        for kind in ("error", "failure"):
            for whole, problem in self._of_kind(kind):
                yield self.block(whole, problem, paint)
        unexpected = self._of_kind("unexpected_success")
        if unexpected:
            yield f"{SEPARATOR1}\n"
        for whole, problem in unexpected:
            yield f"{paint(f'{HEADINGS[problem.kind]}: {whole}', 'bad')}\n"

    def _names(self, paint: Paint) -> Iterator[str]:
        if self._problems:
            yield f"{SEPARATOR1}\n"
        for kind, word in HEADINGS.items():
            for whole, _ in self._of_kind(kind):
                name, *_ = whole.splitlines()
                yield f"{paint(word, 'bad')}: {name}\n"

    def _slowest(self, count: int) -> Iterator[str]:
        # As TextTestRunner._printDurations() of Python 3.12 and up.
        slowest = sorted(self._slow, key=lambda item: item[0], reverse=True)
        if count > 0:
            slowest = slowest[:count]
        if not slowest:
            return
        yield f"Slowest test durations\n{SEPARATOR2}\n"
        hidden = False
        for seconds, name in slowest:
            if self.verbosity < 2 and seconds < 0.001:
                hidden = True
                continue
            yield f"{f'{seconds:.3f}s':<10} {name}\n"
        yield "\n(durations < 0.001s were hidden; use -v to show these durations)\n" if hidden else "\n"
