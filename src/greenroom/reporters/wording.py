"""The words that terminal reporters share."""

from __future__ import annotations

import inspect
import sys
import unittest
from collections.abc import Iterator, Mapping, Sequence

from greenroom.events import (
    Attachment,
    AttemptFailed,
    LogLine,
    Problem,
    Raised,
    RunFinished,
    TestFinished,
    TestsNotRun,
)

_DEEP = 12
"""Causes of causes whose variables are shown."""
_SHOWN = 20
"""Tests that did not run are named one by one up to this number."""


def default_name(test_id: str) -> str:
    """What `str(test)` is for nearly every test, given its id."""
    return f"{test_id.rpartition('.')[2]} ({test_id})"


def description(test_id: str, name: str, doc: str, subtest: str = "") -> str:
    """A test as unittest describes it: its name, the subtest, and on a second line its docstring."""
    whole = name or default_name(test_id)
    if subtest:
        whole = f"{whole} {subtest}"
    return f"{whole}\n{doc}" if doc else whole


def attachment_lines(attachments: Sequence[Attachment]) -> str:
    """What was kept with a test, a line each, below its traceback; empty where nothing was."""
    if not attachments:
        return ""
    return "\nKept with this test:\n" + "".join(f"  {each.name}: {each.file}\n" for each in attachments)


def locals_lines(raised: Raised | None) -> str:
    """The local variables of an exception's frames, below its traceback; empty where none are told."""
    lines = []
    seen = 0
    while raised is not None and seen < _DEEP:
        for frame in raised.frames:
            if frame.locals:
                lines.append(f"  {frame.file}:{frame.line} in {frame.function}\n")
                lines += [f"    {name} = {text}".replace("\n", "\n      ") + "\n" for name, text in frame.locals]
        raised, seen = raised.cause or (None if raised.suppress_context else raised.context), seen + 1
    return f"\nLocal variables:\n{''.join(lines)}" if lines else ""


def full_text(problem: Problem) -> str:
    """What a problem has to say, with local variables where they are told."""
    return problem.text + locals_lines(problem.raised)


def log_lines(logs: Sequence[LogLine]) -> str:
    """What was logged, a line each, below a traceback; empty where nothing was."""
    if not logs:
        return ""
    lines = [f"  {line.level:8} {line.logger}: {line.message}".replace("\n", "\n    ") for line in logs]
    return "\nLogged meanwhile:\n" + "\n".join(lines) + "\n"


def tried_again(event: AttemptFailed) -> str:
    """What becomes of a test that failed, e.g. `try 1 of 3`."""
    return f"try {event.attempt} of {event.of}"


def flaky_words(event: TestFinished) -> str:
    """How a test came to be flaky."""
    return f"flaky: passed at try {event.attempts}"


def result_words(event: RunFinished) -> str:
    """`OK`, `FAILED (failures=1)` and so on, as `TextTestRunner.run()` writes it."""
    good = not (event.failures or event.errors or event.unexpected_successes)
    parts = [f"{what}={number}" for what, number in _counts(event).items() if number]
    if event.interrupted:
        word = "INTERRUPTED"
    elif good and event.tests == 0 and _stock_says_nothing_ran(event.skipped):
        word = "NO TESTS RAN"
    elif event.exit_code == 0 or (good and not event.exit_code):
        word = "OK"
    else:
        word = "FAILED"
    return f"{word} ({', '.join(parts)})" if parts else word


def _counts(event: RunFinished) -> dict[str, int]:
    return {
        "failures": event.failures,
        "errors": event.errors,
        "skipped": event.skipped,
        "expected failures": event.expected_failures,
        "unexpected successes": event.unexpected_successes,
        "flaky": event.flaky,
        "quarantined": event.quarantined,
    }


def _stock_says_nothing_ran(skipped: int) -> bool:
    """Whether this Python's unittest words a run of no test so; from 3.12 on it does, in two ways."""
    if sys.version_info < (3, 12):
        return False
    return not skipped or "and not skipped" not in inspect.getsource(unittest.TextTestRunner.run)


def count(number: int, noun: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def summary_line(event: RunFinished, databases: Mapping[str, float] | None = None) -> str:
    """The one line that ends every report.

    Args:
        event: the end of the run.
        databases: the seconds of what was done to databases, by what.
    """
    parts = [
        count(event.tests, "test"),
        count(event.failures, "failure"),
        count(event.errors, "error"),
        f"{event.skipped} skipped",
    ]
    if event.unexpected_successes:
        parts.append(f"{event.unexpected_successes} unexpectedly passed")
    if event.flaky:
        parts.append(f"{event.flaky} flaky")
    if event.quarantined:
        parts.append(f"{event.quarantined} failed in quarantine")
    if event.not_run:
        parts.append(f"{event.not_run} not run")
    details = []
    if event.workers:
        details.append(count(event.workers, "worker"))
    if event.seed is not None:
        details.append(f"seed {event.seed}")
    done = [f"{deed} {seconds:.2f} s" for deed, seconds in (databases or {}).items()]
    if done:
        details.append(f"databases {', '.join(done)}")
    suffix = f" ({'; '.join(details)})" if details else ""
    return f"greenroom: {', '.join(parts)} in {event.seconds:.2f} s{suffix}"


def not_run_lines(interrupted: list[str], not_run: list[TestsNotRun]) -> Iterator[str]:
    """Which tests were cut off, and which never began and why."""
    for test in interrupted:
        yield f"was running: {test}"
    for event in not_run:
        yield f"not run ({event.reason}): {count(len(event.tests), 'test')}"
        for test in event.tests[:_SHOWN]:
            yield f"  {test}"
        if len(event.tests) > _SHOWN:
            yield f"  … and {len(event.tests) - _SHOWN} more"
