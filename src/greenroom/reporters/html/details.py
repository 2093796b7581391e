"""What a test has to show, as plain data for the page, each text within bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from greenroom.events import (
    Attachment,
    AttemptFailed,
    FixtureFinished,
    Frame,
    LogLine,
    Problem,
    Query,
    Raised,
    TestFinished,
)
from greenroom.reporters.wording import default_name

TEXT = 100_000
"""Characters of one text; of a longer one the middle is left out. Recordings have it whole."""
LINES = 2_000
"""Lines of a log, and statements of SQL, of one test."""
_SAID = 160

Shown = Callable[[Attachment], dict[str, Any]]
"""How an attachment is shown."""


def cut(text: str, limit: int = TEXT) -> str:
    """A text, or its beginning and end."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters are left out here …\n{text[-half:]}"


def said(problems: Sequence[Problem]) -> str:
    """In one line what was wrong with a test."""
    if not problems:
        return ""
    problem = problems[0]
    raised = problem.raised
    if problem.kind == "unexpected_success" and not problem.text:
        return "it was expected to fail"
    if raised is not None:
        name = raised.type if raised.module == "builtins" else raised.type.rpartition(".")[2]
        first = next((line for line in raised.message[:TEXT].splitlines() if line.strip()), "")
        text = f"{name}: {first}" if first else name
    else:
        lines = [line for line in problem.text[-TEXT:].splitlines() if line.strip()]
        text = "" if not lines else lines[0] if problem.kind == "skip" else lines[-1]
    text = " ".join(text.split())
    return text if len(text) <= _SAID else f"{text[: _SAID - 1]}…"


def of_test(event: TestFinished, tries: Sequence[dict[str, Any]], shown: Shown) -> dict[str, Any]:
    """The details of a test; empty where there is nothing that its row does not say."""
    found = _told(event, shown)
    if event.name and event.name not in (event.test, default_name(event.test)):
        found["title"] = cut(event.name, 1000)
    if event.doc:
        found["doc"] = cut(event.doc, 1000)
    if event.sql:
        found["sql"] = cut(event.sql)
    if event.queries:
        found.update(_queries(event.queries, event.more_queries))
    if event.quarantined:
        found["quarantine"] = cut(event.quarantine, 1000)
    if tries:
        found["tries"] = list(tries)
    return found


def of_try(event: AttemptFailed, began: float, shown: Shown) -> dict[str, Any]:
    """The details of a try that failed.

    Args:
        event: the try.
        began: the second that times count from.
        shown: gives what is shown of an attachment.
    """
    about: dict[str, Any] = {"attempt": event.attempt, "of": event.of, "outcome": event.outcome, "worker": event.worker}
    about["said"] = said(event.problems)
    times = {"at": round(event.at - began, 4), "seconds": round(event.seconds, 4)}
    return {**about, **times, **_told(event, shown)}


def of_fixture(event: FixtureFinished) -> dict[str, Any]:
    """The details of a class or module fixture."""
    found: dict[str, Any] = {"problems": [_problem(problem) for problem in event.problems]}
    if event.queries:
        found.update(_queries(event.queries, event.more_queries))
    return found


def _told(event: TestFinished | AttemptFailed, shown: Shown) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if event.problems:
        found["problems"] = [_problem(problem) for problem in event.problems]
    if event.logs:
        found["logs"] = [_log(line, event.at) for line in event.logs[:LINES]]
        if len(event.logs) > LINES:
            found["more_logs"] = len(event.logs) - LINES
    if event.output:
        found["output"] = cut(event.output)
    if event.attachments:
        found["attachments"] = [shown(each) for each in event.attachments]
    return found


def _problem(problem: Problem) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": problem.kind, "text": cut(problem.text)}
    if problem.subtest:
        found["subtest"] = cut(problem.subtest, 1000)
    if problem.raised is not None:
        found["raised"] = _raised(problem.raised)
    if problem.sql:
        found["sql"] = cut(problem.sql)
    if problem.late:
        found["late"] = True
    return found


def _raised(raised: Raised) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": raised.type if raised.module == "builtins" else f"{raised.module}.{raised.type}",
        "message": cut(raised.message),
        "frames": [_frame(frame) for frame in raised.frames],
    }
    if raised.notes:
        found["notes"] = [cut(note) for note in raised.notes]
    if raised.cause is not None:
        found["cause"] = _raised(raised.cause)
    elif raised.context is not None and not raised.suppress_context:
        found["context"] = _raised(raised.context)
    if raised.exceptions:
        found["members"] = [_raised(member) for member in raised.exceptions]
    return found


def _frame(frame: Frame) -> list[Any]:
    found: list[Any] = [frame.file, frame.line, frame.function]
    return [*found, [[name, cut(text)] for name, text in frame.locals]] if frame.locals else found


def _log(line: LogLine, began: float) -> list[Any]:
    return [round(line.at - began, 4), line.level, line.logger, cut(line.message), line.file, line.line]


def _queries(queries: Sequence[Query], more: int) -> dict[str, Any]:
    """A statement that came a hundred times is written once."""
    texts: dict[str, int] = {}
    rows = [
        [texts.setdefault(cut(query.sql, 10_000), len(texts)), round(query.seconds, 5), query.alias,
         query.file, query.line, query.function]
        for query in queries[:LINES]
    ]  # fmt: skip
    found: dict[str, Any] = {"statements": list(texts), "queries": rows}
    more += max(0, len(queries) - LINES)
    if more:
        found["more_queries"] = more
    return found
