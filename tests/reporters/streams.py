"""Events for reporters under test; the run begins at second 1000."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenroom.events import ExecutionStarted, Problem, RunFinished, RunStarted, TestFinished, TestStarted

if TYPE_CHECKING:
    from greenroom.model import Outcome

BEGAN = 1000.0
FAILURE = Problem("failure", "Traceback (most recent call last):\nAssertionError: 1 != 2\n")
ERROR = Problem("error", "Traceback (most recent call last):\nValueError: no\n")


def run_started(**about: Any) -> RunStarted:
    """The first event."""
    return RunStarted(at=BEGAN, schema=1, greenroom="1", python="3.13", django="6.1", **about)


def execution_started(tests: int, workers: int = 0, **about: Any) -> ExecutionStarted:
    """Tests begin."""
    return ExecutionStarted(at=BEGAN, tests=tests, workers=workers, **about)


def started(method: str, index: int, worker: int = 0, at: float = BEGAN) -> TestStarted:
    """A test of `app.tests.Case` begins."""
    return TestStarted(at=at, test=f"app.tests.Case.{method}", index=index, worker=worker)


def finished(method: str, index: int, *problems: Problem, worker: int = 0, **about: Any) -> TestFinished:
    """It ends."""
    outcomes: dict[str, Outcome] = {"error": "error", "failure": "failed", "skip": "skipped"}
    outcome: Outcome = outcomes.get(problems[0].kind, "unexpected_success") if problems else "passed"
    return TestFinished(
        at=BEGAN,
        test=f"app.tests.Case.{method}",
        index=index,
        seconds=about.pop("seconds", 0.5),
        outcome=outcome,
        worker=worker,
        problems=problems,
        **about,
    )


def run_finished(tests: int, **about: Any) -> RunFinished:
    """The last event."""
    bad = bool(about.get("failures") or about.get("errors") or about.get("unexpected_successes"))
    return RunFinished(at=BEGAN + 2, seconds=2.0, exit_code=int(bad), tests=tests, **about)
