"""The recordings that runs leave behind: what is written is what is read, and never too much of it."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.errors import RecordingError
from greenroom.events import Event, LogLine, Problem, RunStarted, TestFinished, TestPlanned, TestStarted
from greenroom.model import PlannedTests, TestSpec
from greenroom.reporters import runs
from greenroom.reporters.compact import together
from greenroom.reporters.recording import Recording, read_recording
from greenroom.reporters.runs import RunRecording, find_recording, prune, recordings
from greenroom.testing.sample_run import sample_run

MEGABYTE = 1_000_000
STARTED = RunStarted(1.0, 1, "0.1", "3", "6")


def write(folder: Path, events: Sequence[Event], **about: int) -> RunRecording:
    """Record these events."""
    recording = RunRecording(folder, about.get("keep", 10), about.get("size", MEGABYTE))
    for event in events:
        recording.handle(event)
        recording.flush()
    recording.close()
    return recording


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_written_is_read(tmp_path: Path, workers: int) -> None:
    """All events but the beginnings of tests, to the letter and in their order."""
    run = sample_run(workers=workers)
    recording = write(tmp_path, run)
    assert recording.path is not None
    assert list(read_recording(recording.path)) == [event for event in run if not isinstance(event, TestStarted)]


def test_tests_that_pass_are_written_together(tmp_path: Path) -> None:
    """Whether the dispatcher gives them in short, or somebody else as events, they are read as events."""
    plan = PlannedTests(0, "a.T.", ("x", "y", "z"), (1, 2, 3), "a.T", "unit")
    ids = ["a.T.x", "a.T.y", "a.T.z"]
    recording = RunRecording(tmp_path, 10, MEGABYTE)
    recording.handle(STARTED)
    recording.plan([plan], ids)
    recording.passes += [(0, 2.0, 0.1, 1), (1, 3.0, 0.2, 2)]
    recording.handle(TestFinished(4.0, "a.T.z", 2, 0.3, "passed"))
    failed = TestFinished(5.0, "a.T.x", 0, 0.3, "failed", problems=(Problem("failure", "no"),))
    recording.handle(failed)
    ids.append("a.T.made")
    recording.passes += [(1, 6.0, 0.2, 2), (3, 7.0, 0.1, 0)]
    recording.close()
    path = recording.path
    assert path is not None
    assert len(path.read_bytes().splitlines()) == 6
    events = [event for event in read_recording(path) if isinstance(event, TestFinished)]
    assert sorted(events, key=lambda event: event.at) == [
        TestFinished(2.0, "a.T.x", 0, 0.1, "passed", 1),
        TestFinished(3.0, "a.T.y", 1, 0.2, "passed", 2),
        TestFinished(4.0, "a.T.z", 2, 0.3, "passed", 0),
        failed,
        TestFinished(6.0, "a.T.y", 1, 0.2, "passed", 2),
        TestFinished(7.0, "a.T.made", 3, 0.1, "passed", 0),
    ]


_SPECS = st.builds(
    TestSpec,
    index=st.just(0),
    id=st.text("ab.:", max_size=6),
    kind=st.sampled_from(["unit", "database"]),
    group=st.text("ab", max_size=2),
    tags=st.lists(st.text("t", max_size=1), max_size=1).map(tuple),
    line=st.integers(0, 3),
)


@given(st.lists(_SPECS, max_size=12))
def test_any_plan_survives(tmp_path_factory: pytest.TempPathFactory, specs: list[TestSpec]) -> None:
    """However its tests are called and grouped."""
    numbered = [msgspec.structs.replace(spec, index=index) for index, spec in enumerate(specs)]
    events: list[Event] = [STARTED, *map(TestPlanned, numbered)]
    events += [TestFinished(2.0, spec.id, spec.index, 0.5, "passed", name=spec.id) for spec in numbered]
    recording = write(tmp_path_factory.mktemp("runs"), events)
    assert recording.path is not None
    assert list(read_recording(recording.path)) == events
    assert sum(len(planned.names) for planned in together(numbered)) == len(numbered)


def test_a_plan_of_one_class_is_one_line() -> None:
    """A large suite has many tests of a class."""
    specs = [TestSpec(index, f"a.T.test_{index}", "unit", "a.T", line=index) for index in range(5)]
    [planned] = together(specs)
    assert (planned.prefix, planned.names[4]) == ("a.T.", "test_4")


def test_a_long_recording_becomes_slim(tmp_path: Path) -> None:
    """From a quarter of the bound on logs and output are left out, and tracebacks are short; no outcome is lost."""
    logs = (LogLine(1.0, "INFO", "app", "said " * 100),)
    problems = (Problem("failure", "x" * 5000 + "the end", sql="SELECT"),)
    tests = [
        TestFinished(float(n), f"t{n}", n, 0.1, "failed", problems=problems, logs=logs, output="printed")
        for n in range(40)
    ]
    recording = write(tmp_path, [STARTED, *tests], size=80_000)
    assert recording.path is not None
    read = [event for event in read_recording(recording.path) if isinstance(event, TestFinished)]
    assert len(read) == 40
    assert read[0] == tests[0]
    assert (read[-1].logs, read[-1].output, read[-1].problems[0].sql) == ((), "", "")
    assert read[-1].problems[0].text.endswith("the end")
    assert len(read[-1].problems[0].text) == 2000


def test_the_folder_has_its_bounds(tmp_path: Path) -> None:
    """A number and a size; a recording that is being written stays, and so does whatever has another name."""
    for number in range(6):
        (tmp_path / f"2020010{number + 1}-000000-000-7.jsonl").write_bytes(b"x" * 1000)
    (tmp_path / "notes.txt").write_bytes(b"x" * 9000)
    (tmp_path / "20200101-000000-000-8.jsonl").symlink_to(tmp_path / "notes.txt")
    assert [path.name[7] for path in recordings(tmp_path)] == list("654321")
    prune(tmp_path, 5, MEGABYTE)
    assert [path.name[7] for path in recordings(tmp_path)] == list("65432")
    prune(tmp_path, 5, 3500)
    assert [path.name[7] for path in recordings(tmp_path)] == list("654")
    going_on = RunRecording(tmp_path, 2, MEGABYTE)
    assert len(recordings(tmp_path)) == 2
    prune(tmp_path, 0, 0)
    assert recordings(tmp_path) == [going_on.path]
    going_on.close()
    prune(tmp_path, 0, 0)
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "20200101-000000-000-8.jsonl"}


def test_names_do_not_collide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two recordings of one process in one millisecond."""
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    paths = [RunRecording(tmp_path, 10, MEGABYTE).path for _ in range(3)]
    assert len(set(paths)) == 3
    assert set(recordings(tmp_path)) == set(paths)


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on."""
    recording = RunRecording(tmp_path, 10, MEGABYTE)

    def full(_fd: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(runs, "_write", full)
    for event in sample_run():
        recording.handle(event)
        recording.flush()
    recording.close()
    assert recording.trouble == f"the recording of the run is incomplete: No space left on device ({recording.path})"


def test_which_recording_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path, last, a number, or a name in the folder."""
    folder = tmp_path / "runs"
    with pytest.raises(RecordingError, match="no run is recorded"):
        find_recording("last", folder)
    folder.mkdir()
    names = [f"2020010{number}-000000-000-7.jsonl" for number in (1, 2, 3)]
    for name in names:
        (folder / name).touch()
    assert find_recording("last", folder) == find_recording("1", folder) == folder / names[2]
    assert find_recording("3", folder) == folder / names[0]
    assert find_recording(names[1].removesuffix(".jsonl"), folder) == folder / names[1]
    for wrong in ("0", "4"):
        with pytest.raises(RecordingError, match="3 are recorded"):
            find_recording(wrong, folder)
    monkeypatch.chdir(tmp_path)
    assert find_recording("run.jsonl", folder) == Path("run.jsonl")


def test_a_recording_by_option_has_events_alone(tmp_path: Path) -> None:
    """`--events` is read by scripts."""
    path = tmp_path / "run.jsonl"
    recording = Recording(path)
    for event in sample_run():
        recording.handle(event)
    recording.close()
    assert list(read_recording(path)) == list(sample_run())
    assert b'"event":"P' not in path.read_bytes()
