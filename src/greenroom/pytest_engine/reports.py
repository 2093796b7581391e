"""What pytest's reports have to say, in greenroom's terms."""

from __future__ import annotations

import ast
import contextlib
from typing import Any

from greenroom.events import Problem, ProblemKind, Raised
from greenroom.execute.exceptions import bounded


def problem_of(report: Any, raised: Raised | None = None) -> Problem | None:
    """What the report of a phase of a test says other than "ok".

    Args:
        report: a `pytest.TestReport`, or that of a subtest.
        raised: what was raised in the phase, where that is known.
    """
    kind = _kind(report)
    return None if kind is None else Problem(kind, _text(report, kind), subtest_of(report), raised)


def text_of(report: Any) -> str:
    """What a report says, without the line in which pytest-xdist names the worker: the same failure has the same text."""
    text = str(report.longreprtext)
    if hasattr(report, "node") and text.startswith(f"[{report.node.gateway.id}]"):
        return text.partition("\n")[2]
    return text


def _kind(report: Any) -> ProblemKind | None:
    expected = hasattr(report, "wasxfail")
    if report.skipped:
        return "expected_failure" if expected else "skip"
    if not report.failed:
        return None
    if report.when != "call":
        return "error"
    text = text_of(report)
    return "unexpected_success" if text.startswith(("[XPASS(strict)]", "Unexpected success")) else "failure"


def _text(report: Any, kind: ProblemKind) -> str:
    if kind == "expected_failure":
        return bounded(str(report.wasxfail).removeprefix("reason: "))
    if kind == "skip":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else text_of(report)
        return bounded(str(reason).removeprefix("Skipped: "))
    return bounded(f"{text_of(report)}\n")


def subtest_of(report: Any) -> str:
    """What the subtest is called that a report is of; empty where it is of none."""
    context = getattr(report, "context", None)
    if context is None:
        return ""
    read = _unquoted if hasattr(report, "node") else str
    named = ", ".join(f"{name}={read(value)}" for name, value in dict(context.kwargs).items())
    return (
        " ".join(filter(None, [f"[{context.msg}]" if context.msg else "", f"({named})" if named else ""]))
        or "(<subtest>)"
    )


def _unquoted(value: str) -> str:
    """A value as pytest has it here: on its way from a worker of pytest-xdist's it is made text once more."""
    with contextlib.suppress(ValueError, SyntaxError):  # Where it was too long it has a gap.
        return str(ast.literal_eval(value))
    return value
