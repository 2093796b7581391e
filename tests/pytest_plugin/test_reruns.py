"""The reruns of pytest-rerunfailures in the events.

The plugin itself is not installed here: each of its runs of pytest would have it, and the fast path goes by what is installed.
Its reports are: `rerun` is the outcome of the phase that failed, and the teardown of that try follows.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from greenroom.events import AttemptFailed, Event, TestFinished, TestStarted
from greenroom.pytest_plugin.reports import Merger


def report(when: str, outcome: str = "passed", start: float = 0.0) -> Any:
    """The report of a phase that took a second."""
    return SimpleNamespace(
        nodeid="t.py::test_x", when=when, outcome=outcome, duration=1.0, start=start, stop=start + 1.0,
        passed=outcome == "passed", failed=outcome == "failed", skipped=outcome == "skipped",
        longrepr="assert 0", longreprtext="assert 0",
    )  # fmt: skip


def told(*reports: Any) -> list[Event]:
    """The events that reports become."""
    events: list[Event] = []
    merger = Merger(events.append)
    for each in reports:
        merger.take(each)
    return events


def test_a_rerun_is_an_attempt() -> None:
    """One that passes then is flaky; its seconds are those of the last try."""
    first, failed, second, end = told(
        report("setup"), report("call", "rerun"), report("teardown"),
        report("setup", start=5.0), report("call"), report("teardown"),
    )  # fmt: skip
    assert isinstance(first, TestStarted)
    assert isinstance(second, TestStarted)
    assert isinstance(failed, AttemptFailed)
    assert (failed.attempt, failed.outcome, failed.seconds) == (1, "failed", 3.0)
    assert failed.problems[0].text == "assert 0\n"
    assert isinstance(end, TestFinished)
    assert (end.attempts, end.flaky, end.outcome, end.problems, end.seconds) == (2, True, "passed", (), 3.0)


def test_a_test_that_fails_to_the_end_is_not_flaky() -> None:
    """Each of its tries but the last is told."""
    try_ = [report("setup"), report("call", "rerun"), report("teardown")]
    events = told(*try_, *try_, report("setup"), report("call", "failed"), report("teardown"))
    assert [event.attempt for event in events if isinstance(event, AttemptFailed)] == [1, 2]
    end = events[-1]
    assert isinstance(end, TestFinished)
    assert (end.attempts, end.flaky, end.outcome) == (3, False, "failed")


def test_a_set_up_or_tear_down_that_fails_is_an_error() -> None:
    """Of that try."""
    events = told(
        report("setup", "rerun"), report("teardown"), report("setup"), report("call"), report("teardown", "rerun"),
        report("setup"), report("call"), report("teardown"),
    )  # fmt: skip
    assert [event.outcome for event in events if isinstance(event, AttemptFailed)] == ["error", "error"]
    assert isinstance(events[-1], TestFinished)
    assert events[-1].attempts == 3
