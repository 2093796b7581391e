"""What of a run's events is remembered."""

from __future__ import annotations

from greenroom.events import (
    ChecksFinished,
    Event,
    GroupFinished,
    TestFinished,
    TestPlanned,
    TestsNotRun,
    WorkerLost,
)
from greenroom.history import History, HistoryRecorder
from greenroom.model import Outcome, TestSpec

Groups = dict[str, tuple[int, float, float]]


def ended(
    test: str, seconds: float = 1.0, index: int = 0, outcome: Outcome = "passed", *, interrupted: bool = False
) -> TestFinished:
    """A test that ended."""
    return TestFinished(at=0.0, test=test, index=index, seconds=seconds, outcome=outcome, interrupted=interrupted)


def group(key: str, tests: int, fixture: float = 0.0) -> GroupFinished:
    """A group that ended."""
    return GroupFinished(at=0.0, group=key, tests=tests, seconds=0.0, fixture_seconds=fixture)


def groups_after(history: History, *events: Event, specs: tuple[TestSpec, ...] = ()) -> Groups:
    """The groups that are known after a run with these events."""
    recorder = HistoryRecorder(specs)
    for event in events:
        recorder.handle(event)
    recorder.flush(history)
    return history.times()[1]


def test_tests_groups_and_checks_are_recorded(history: History) -> None:
    """A group's time is that of its tests and its fixtures."""
    checks = ChecksFinished(at=0.0, ok=True, seconds=0.75)
    groups = groups_after(history, ended("m.A.test_a", 1.0), ended("m.A.test_b", 2.0), group("m.A", 2, 0.5), checks)
    assert groups == {"m.A": (2, 3.5, 0.5)}
    assert history.times()[0] == {"m.A.test_a": 1.0, "m.A.test_b": 2.0}
    assert history.fact("checks") == 0.75


def test_the_pieces_of_a_split_class_add_up(history: History) -> None:
    """Its fixtures count once, as the dearest; pieces of two workers may be mixed up in the stream."""
    events: list[Event] = [
        ended("m.A.test_a"),
        ended("m.A.test_c"),
        ended("m.A.test_b"),
        group("m.A", 2, 0.25),
        ended("m.A.test_d"),
        group("m.A", 2, 0.5),
    ]
    assert groups_after(history, *events) == {"m.A": (4, 4.5, 0.5)}


def test_a_group_that_a_crash_cut_is_not_recorded(history: History) -> None:
    """The rest ran in another worker; the total of a whole class is not known."""
    events: list[Event] = [
        ended("m.A.test_a"),
        ended("m.A.test_b", 0.0, outcome="error"),
        WorkerLost(at=0.0, worker=1, pid=1, reason="", test="m.A.test_b"),
        ended("m.A.test_c"),
        group("m.A", 1),
        ended("m.B.test_a"),
        group("m.B", 1),
    ]
    assert groups_after(history, *events) == {"m.B": (1, 1.0, 0.0)}


def test_an_interrupted_test_is_not_recorded_and_neither_is_its_group(history: History) -> None:
    """It was not given the time that it takes."""
    events: list[Event] = [ended("m.A.test_a"), ended("m.A.test_b", 9.0, interrupted=True), group("m.A", 1)]
    assert groups_after(history, *events) == {}
    assert history.times()[0] == {"m.A.test_a": 1.0}


def test_a_group_of_which_tests_were_not_run_is_not_recorded(history: History) -> None:
    """As after --failfast."""
    not_run = TestsNotRun(at=0.0, tests=("m.A.test_b",), reason="failfast")
    assert groups_after(history, ended("m.A.test_a"), group("m.A", 1), not_run) == {}


def test_an_unfinished_group_is_not_recorded(history: History) -> None:
    """Nothing says that it came to its end."""
    assert groups_after(history, ended("m.A.test_a")) == {}


def test_a_group_whose_set_up_failed_is_not_recorded(history: History) -> None:
    """No test ran, so there is no time to tell of."""
    assert groups_after(history, group("m.A", 0, 3.0)) == {}


def test_specs_say_which_tests_a_group_has(history: History) -> None:
    """Where the key is no part of the id; given beforehand or as events. A group must be whole."""
    specs = tuple(TestSpec(n, f"test_{n}", "unit", "file.py" if n < 2 else "other.py") for n in range(4))
    events: list[Event] = [ended("test_0", index=0), ended("test_1", index=1), ended("test_2", index=2)]
    events_and_groups: list[Event] = [*events, group("file.py", 2), group("other.py", 1)]
    assert groups_after(history, *events_and_groups, specs=specs) == {"file.py": (2, 2.0, 0.0)}
    planned = [TestPlanned(spec) for spec in specs]
    assert groups_after(history, *planned, *events_and_groups) == {"file.py": (2, 2.0, 0.0)}


def test_nothing_is_recorded_twice(history: History) -> None:
    """After a flush the recorder is as new."""
    recorder = HistoryRecorder()
    recorder.handle(ended("m.A.test_a", 1.0))
    recorder.flush(history)
    recorder.handle(ended("m.A.test_a", 3.0))
    recorder.flush(history)
    assert history.times()[0] == {"m.A.test_a": 2.0}
