"""What pytest's reports have to say, in greenroom's terms."""

from __future__ import annotations

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
    return None if kind is None else Problem(kind, _text(report, kind), _subtest(report), raised)


def _kind(report: Any) -> ProblemKind | None:
    expected = hasattr(report, "wasxfail")
    if report.skipped:
        return "expected_failure" if expected else "skip"
    if not report.failed:
        return None
    if report.when != "call":
        return "error"
    text = report.longreprtext
    return "unexpected_success" if text.startswith(("[XPASS(strict)]", "Unexpected success")) else "failure"


def _text(report: Any, kind: ProblemKind) -> str:
    if kind == "expected_failure":
        return ""
    if kind == "skip":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        return bounded(str(reason).removeprefix("Skipped: "))
    return bounded(f"{report.longreprtext}\n")


def _subtest(report: Any) -> str:
    context = getattr(report, "context", None)
    if context is None:
        return ""
    named = ", ".join(f"{name}={value}" for name, value in dict(context.kwargs).items())
    return (
        " ".join(filter(None, [f"[{context.msg}]" if context.msg else "", f"({named})" if named else ""]))
        or "(<subtest>)"
    )
