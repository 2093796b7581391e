"""The invariants of a stream of events: each broken one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from greenroom.events import (
    SCHEMA,
    Event,
    ExecutionStarted,
    FixtureFinished,
    Problem,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
    TestStarted,
    WorkerLost,
    WorkerStarted,
)
from greenroom.model import TestSpec
from greenroom.testing import EventLog, check_stream, problem_counts, read_events

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = RunStarted(1.0, SCHEMA, "0", "3.13", "6.1")
EXECUTE = ExecutionStarted(1.0, tests=1, workers=0)


def plan(*tests: str) -> list[Event]:
    """Tests planned under the indexes 0, 1, …"""
    return [TestPlanned(TestSpec(index, test, "unit", test.rpartition(".")[0])) for index, test in enumerate(tests)]


def start(test: str, index: int = 0, worker: int = 0) -> TestStarted:
    """A test begins."""
    return TestStarted(1.0, test, index, worker)


def finish(test: str, index: int = 0, worker: int = 0, *problems: Problem) -> TestFinished:
    """A test ends."""
    return TestFinished(1.0, test, index, 0.1, "failed" if problems else "passed", worker, problems)


def end(tests: int = 1, *, exit_code: int = 0, failures: int = 0, not_run: int = 0) -> RunFinished:
    """The run ends."""
    return RunFinished(2.0, 1.0, exit_code, tests, failures=failures, not_run=not_run)


GOOD: list[Event] = [BEGIN, *plan("m.C.test"), EXECUTE, start("m.C.test"), finish("m.C.test"), end()]


def test_a_sound_stream_is_accepted() -> None:
    """A run of one test that passes breaks no rule."""
    check_stream(EventLog(GOOD))


BROKEN: dict[str, list[Event]] = {
    "it is empty": [],
    "the first event is TestPlanned": GOOD[1:],
    "the last event is TestFinished": GOOD[:-1],
    "RunStarted comes 2 times": [BEGIN, *GOOD],
    "starts before ExecutionStarted": [BEGIN, start("m.C.test"), EXECUTE, finish("m.C.test"), end()],
    "is planned after ExecutionStarted": [BEGIN, EXECUTE, *plan("m.C.test"), end(0)],
    "two planned tests share an index": [BEGIN, *plan("m.C.a"), *plan("m.C.b"), EXECUTE, end(0)],
    "started and never finished": [BEGIN, EXECUTE, start("m.C.test"), end(0)],
    "finishes without having started": [BEGIN, EXECUTE, finish("m.C.test"), end()],
    "starts twice": [*GOOD[:-1], start("m.C.test"), finish("m.C.test"), end(2)],
    "planned as m.C.test": [*GOOD[:3], start("m.C.other"), finish("m.C.other"), end()],
    "is still at another test": [BEGIN, EXECUTE, start("a.A.a"), start("b.B.b", 1), finish("a.A.a"), finish("b.B.b", 1), end(2)],
    "or elsewhere": [BEGIN, EXECUTE, start("a.A.a"), finish("a.A.b"), end()],
    "nowhere accounted for": [BEGIN, *plan("m.C.test"), EXECUTE, end(0)],
    "is named as not run, but it ran": [*GOOD[:-1], TestsNotRun(1.0, ("m.C.test",), "why"), end(not_run=1)],
    "RunFinished says 3 tests": [*GOOD[:-1], end(3)],
    "RunFinished says 1 failures": [*GOOD[:-1], end(failures=1, exit_code=1)],
    "RunFinished says 0 failures": [
        *GOOD[:-2], finish("m.C.test", 0, 0, Problem("failure")), end(exit_code=1)
    ],
    "RunFinished says 1 not run": [*GOOD[:-1], end(not_run=1)],
    "exit code 0 in spite of failures": [
        *GOOD[:-2], finish("m.C.test", 0, 0, Problem("failure")), end(failures=1)
    ],
    "which never did": [BEGIN, ExecutionStarted(1.0, 1, 2), start("m.C.test", 0, 1), finish("m.C.test", 0, 1), end()],
}  # fmt: skip


@pytest.mark.parametrize("says", BROKEN)
def test_each_broken_rule_is_named(says: str) -> None:
    """A stream that breaks a rule is refused, and the message says which."""
    with pytest.raises(AssertionError, match=says):
        check_stream(EventLog(BROKEN[says]))


def test_a_failed_fixture_covers_its_tests() -> None:
    """Tests that a failed setUpClass or setUpModule kept from starting are accounted for; others are not."""
    failed = FixtureFinished(1.0, "setUpClass (m.C)", "error", problems=(Problem("error"),))
    finished = RunFinished(2.0, 1.0, 1, 0, errors=1)
    check_stream(EventLog([BEGIN, *plan("m.C.a", "m.C.b"), EXECUTE, failed, finished]))
    with pytest.raises(AssertionError, match=r"m\.CC\.a .*nowhere accounted for"):
        check_stream(EventLog([BEGIN, *plan("m.CC.a"), EXECUTE, failed, finished]))
    module = FixtureFinished(1.0, "setUpModule (m)", "skipped", problems=(Problem("skip"),))
    check_stream(EventLog([BEGIN, *plan("m.C.a"), EXECUTE, module, RunFinished(2.0, 1.0, 0, 0, skipped=1)]))
    after = FixtureFinished(1.0, "tearDownClass (m.C)", "error", problems=(Problem("error"),))
    with pytest.raises(AssertionError, match="nowhere accounted for"):
        check_stream(EventLog([BEGIN, *plan("m.C.a"), EXECUTE, after, finished]))


def test_tests_not_run_are_accounted_for() -> None:
    """Tests that `TestsNotRun` names count as accounted for, each as often as it is named."""
    check_stream(EventLog([BEGIN, *plan("m.C.a"), EXECUTE, TestsNotRun(1.0, ("m.C.a",), "why"), end(0, not_run=1)]))


def test_a_lost_worker_starts_no_test() -> None:
    """After it is lost a worker starts tests only when another has taken its number."""
    lost: list[Event] = [
        BEGIN, ExecutionStarted(1.0, 2, 2), WorkerStarted(1.0, 1, 11), start("m.C.a", 0, 1),
        WorkerLost(1.0, 1, 11, "SIGKILL", "m.C.a"), finish("m.C.a", 0, 1, Problem("error")),
    ]  # fmt: skip
    rest: list[Event] = [start("m.C.b", 1, 1), finish("m.C.b", 1, 1), RunFinished(2.0, 1.0, 1, 2, errors=1)]
    check_stream(EventLog([*lost, WorkerStarted(1.0, 1, 12), *rest]))
    with pytest.raises(AssertionError, match="which never did"):
        check_stream(EventLog([*lost, *rest]))


def test_a_recording_cut_short_is_held_to_its_beginning() -> None:
    """The recording of a run that was killed may end anywhere, but must be sound until there."""
    check_stream(EventLog(GOOD[:4]), complete=False)
    with pytest.raises(AssertionError, match="starts twice"):
        check_stream(EventLog([*GOOD[:4], start("m.C.test")]), complete=False)


def test_questions() -> None:
    """A log answers what ran, in which order, and how it ended."""
    log = EventLog(
        [
            BEGIN, EXECUTE, start("m.C.b"), finish("m.C.b", 0, 0, Problem("failure", "why", "(n=1)")),
            start("m.C.a", 1), finish("m.C.a", 1), end(2, failures=1, exit_code=1),
        ]
    )  # fmt: skip
    assert log.order == ["m.C.b", "m.C.a"]
    assert log.outcomes == {"m.C.b": "failed", "m.C.a": "passed"}
    assert log.problems("m.C.b") == (Problem("failure", "why", "(n=1)"),)
    assert problem_counts(log) == {"failure": 1}
    assert log.end.tests == 2
    assert len(log) == 7


def test_reading(tmp_path: Path) -> None:
    """A file of JSON lines is read back; a line that is no event is shown with its number."""
    path = tmp_path / "events.jsonl"
    lines = [msgspec.json.encode(event) for event in GOOD]
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert read_events(path).events == tuple(GOOD)
    path.write_bytes(lines[0] + b"\nnonsense\n")
    with pytest.raises(AssertionError, match=r"events.jsonl:2 is not an event"):
        read_events(path)


def test_reading_what_is_still_written(tmp_path: Path) -> None:
    """While a run writes, a missing file is an empty log and half a line is left for later."""
    path = tmp_path / "events.jsonl"
    assert len(read_events(path, growing=True)) == 0
    path.write_bytes(msgspec.json.encode(BEGIN) + b'\n{"event":"Exec')
    assert len(read_events(path, growing=True)) == 1
    with pytest.raises(AssertionError):
        read_events(path)
