"""Both recordings are read into the same words, and a file that broke off is seen to have done so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from greenroom.model import FAILED_OUTCOMES, Outcome
from parity.recording import FAILING, OUTCOMES, Result, read_greenroom, read_stock

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, *lines: dict[str, Any]) -> Path:
    """A file of JSON lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_the_outcomes_are_called_as_in_greenroom() -> None:
    """Two lists, since parity's recorder must not import greenroom, of one vocabulary."""
    assert set(OUTCOMES) == set(get_args(Outcome))
    assert FAILING == FAILED_OUTCOMES


def test_stock_recordings(tmp_path: Path) -> None:
    """Tests, fixtures, and the runner's own count at the end."""
    file = written(
        tmp_path / "stock.jsonl",
        {"test": "m.C.test_a", "outcome": "failed", "text": "boom", "seconds": 0.5},
        {"fixture": "setUpClass (m.D)", "outcome": "error", "text": "no"},
        {"ran": 1},
    )
    recording = read_stock(file)
    assert recording.results == (
        Result("m.C.test_a", "failed", "boom", seconds=0.5),
        Result("setUpClass (m.D)", "error", "no", fixture=True),
    )
    assert (recording.ran, recording.tests, recording.failing) == (1, 1, True)


def test_greenroom_streams(tmp_path: Path) -> None:
    """Of the event stream, what has an outcome; an interrupted test has none."""
    file = written(
        tmp_path / "events.jsonl",
        {"event": "RunStarted", "at": 1.0, "schema": 1},
        {"event": "TestStarted", "at": 1.0, "test": "m.C.test_a", "index": 0},
        {
            "event": "TestFinished",
            "at": 1.0,
            "test": "m.C.test_a",
            "index": 0,
            "seconds": 0.5,
            "outcome": "error",
            "problems": [{"kind": "failure", "text": "one"}, {"kind": "error", "text": "two"}],
        },
        {
            "event": "TestFinished",
            "at": 1.0,
            "test": "m.C.test_b",
            "index": 1,
            "seconds": 0.5,
            "outcome": "error",
            "interrupted": True,
        },
        {"event": "FixtureFinished", "at": 1.0, "fixture": "setUpClass (m.D)", "outcome": "skipped"},
        {"event": "RunFinished", "at": 2.0, "seconds": 1.0, "exit_code": 1, "tests": 1},
    )
    recording = read_greenroom(file)
    assert recording.results == (
        Result("m.C.test_a", "error", "one\ntwo", seconds=0.5),
        Result("setUpClass (m.D)", "skipped", fixture=True),
    )
    assert recording.ran == 1


def test_a_file_that_is_missing_is_a_run_that_broke_off(tmp_path: Path) -> None:
    """A run that could not start has recorded nothing, and has not come to its end."""
    for read in (read_stock, read_greenroom):
        recording = read(tmp_path / "none")
        assert (recording.results, recording.ran) == ((), None)


def test_a_line_that_broke_off_ends_the_recording(tmp_path: Path) -> None:
    """What was written before a crash is still evidence; the end is missing, and seen to be."""
    file = tmp_path / "stock.jsonl"
    file.write_text('{"test": "m.C.test_a", "outcome": "passed"}\n{"test": "m.C.te')
    recording = read_stock(file)
    assert [result.id for result in recording.results] == ["m.C.test_a"]
    assert recording.ran is None
