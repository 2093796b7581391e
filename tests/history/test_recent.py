"""How tests ended in their last runs."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from greenroom.history import History, RunRow, open_history, recent, schema
from greenroom.history.database import KEPT_RUNS
from greenroom.history.store import NAME
from greenroom.model import PastRun

if TYPE_CHECKING:
    from pathlib import Path

BEGAN = 1_700_000_000.0
_OUTCOMES = ("passed", "failed", "error", "skipped", "expected_failure", "unexpected_success", "flaky")


def a_run(at: float, tests: int = 1) -> RunRow:
    """A run that began then."""
    return RunRow(at, 1.5, 0, tests, 0, 0, 0, 0, 0, 2)


@given(st.lists(st.tuples(st.floats(0, 4e9), st.sampled_from(_OUTCOMES), st.floats(0, 1e9)), max_size=30))
def test_what_was_written_is_read(runs: list[tuple[float, str, float]]) -> None:
    """To the millisecond, never before the run itself, in order of time."""
    text = "".join(recent.entry(recent.stamp(at), outcome, seconds) for at, outcome, seconds in runs)
    assert len(text) == recent.WIDTH * len(runs)
    found = recent.read(text)
    assert [run.at for run in found] == sorted(run.at for run in found)
    for run, (at, outcome, seconds) in zip(found, sorted(runs, key=lambda run: recent.stamp(run[0])), strict=True):
        assert at <= run.at <= at + 0.0011
        assert (run.outcome, run.flaky) == (("passed", True) if outcome == "flaky" else (outcome, False))
        assert abs(run.seconds - min(seconds, 26843.5455)) <= 0.0001


def test_the_last_runs_of_a_test(history: History, folder: Path, warnings: list[str]) -> None:
    """So many of them, oldest first; of a test that is quick and always passes none."""
    assert history.past(["a.test"]) == {}
    for number in range(recent.KEPT + 5):
        outcome = "failed" if number == 7 else "flaky" if number == 8 else "passed"
        tests = [("a.test", 0.5, outcome), ("quick", 0.0001, "passed")]
        history.record(tests, [], {}, a_run(BEGAN + number, 2))
    for names in (["a.test", "quick", "other"], None, ["a.test", *(f"x{n}" for n in range(700))]):
        past = open_history(folder, warnings.append).past(names)
        assert list(past) == ["a.test"]
        assert [run.at for run in past["a.test"]] == [BEGAN + number for number in range(5, recent.KEPT + 5)]
        assert past["a.test"][2:4] == [PastRun(BEGAN + 7, "failed", 0.5), PastRun(BEGAN + 8, "passed", 0.5, flaky=True)]
    assert warnings == []


def test_the_last_runs(history: History, warnings: list[str]) -> None:
    """Newest first, and not without bound."""
    assert history.runs() == []
    for number in range(KEPT_RUNS + 3):
        history.record([], [], {}, a_run(BEGAN + number))
    assert history.runs(2) == [a_run(BEGAN + KEPT_RUNS + 2), a_run(BEGAN + KEPT_RUNS + 1)]
    assert len(history.runs(1000)) == KEPT_RUNS
    assert warnings == []


def test_a_file_of_the_first_version_keeps_what_it_knows(folder: Path, warnings: list[str]) -> None:
    """It gets what is new."""
    folder.mkdir()
    connection = sqlite3.connect(folder / NAME)
    for statement in schema.MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("INSERT INTO tests VALUES ('a.test', 2.0, 3, 'passed', 1.0)")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    history = open_history(folder, warnings.append)
    assert history.past() == {}
    assert history.runs() == []
    history.record([("a.test", 4.0, "failed")], [], {}, a_run(BEGAN))
    assert history.times()[0] == {"a.test": 3.0}
    assert history.past() == {"a.test": [PastRun(BEGAN, "failed", 4.0)]}
    assert warnings == []


def test_runs_that_are_malformed_are_told_and_set_aside(history: History, folder: Path, warnings: list[str]) -> None:
    """As any other damage: the file is renamed, and a new one begun."""
    history.record([("a.test", 4.0, "failed")], [], {}, a_run(BEGAN))
    connection = sqlite3.connect(folder / NAME)
    connection.execute("UPDATE tests SET recent = 'nonsense'")
    connection.commit()
    connection.close()
    assert history.past() == {}
    assert len(warnings) == 1
    assert "malformed" in warnings[0]
    assert (folder / f"{NAME}.broken-1").exists()
