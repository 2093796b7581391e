"""`greenroom list` and `greenroom replay`: what would run, and what ran, told again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.events import TestPlanned
from greenroom.testing import (
    MODEL,
    Project,
    Ran,
    TerminalReport,
    check_stream,
    masked,
    parse_report,
    read_events,
    section_differences,
    write_model_project,
)
from tests.e2e.options_project import FILES, write_options_project
from tests.e2e.support import FORK, MODES, SERIAL, SPAWN, Mode, Runs, in_every_mode, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of the options' project."""
    runs = make_runs(write_options_project(make_shared_project()))
    for args in RECORDED:
        for mode in MODES:
            runs.plan(*args, *recording(runs, mode, *args), mode=mode)
    return runs


def listed(project: Project, *args: str) -> dict[str, dict[str, Any]]:
    """What `greenroom list --json` says of each test, by id, in its order."""
    ran = project.greenroom("list", "--json", *args)
    assert ran.returncode == 0, ran
    found = json.loads(ran.stdout)
    tests = found["tests"] if isinstance(found, dict) else found
    return {test["id"]: test for test in tests}


def test_list_names_what_would_run(runs: Runs) -> None:
    """`greenroom list` names each test once, in the order of a run, and runs none."""
    ran = runs.project.greenroom("list")
    assert ran.returncode == 0, ran
    assert "printed before the failure" not in ran.output
    assert "Creating test database" not in ran.output
    positions = [ran.stdout.index(test) for test in runs.stock().order]
    assert positions == sorted(positions)


def test_list_in_json(runs: Runs) -> None:
    """`greenroom list --json` gives each test's kind, databases, tags and place."""
    tests = listed(runs.project)
    assert list(tests) == runs.stock().order
    rows = tests["shop.tests.test_rows.Rows.test_count"]
    assert rows["kind"] == "database"
    assert rows["databases"] == ["default"]
    assert tests["shop.tests.test_rows.Commits.test_commit"]["kind"] == "destructive"
    unit = tests["shop.tests.test_unit.Tagged.test_c"]
    assert unit["kind"] == "unit"
    assert sorted(unit["tags"]) == ["core", "fast", "slow"]
    assert Path(unit["file"]).name == "test_unit.py"
    lines = FILES["shop/tests/test_unit.py"].splitlines()
    assert unit["line"] in {number for number, line in enumerate(lines, 1) if "test_c" in line or number == 25}


@pytest.mark.parametrize(
    "args",
    [
        ["shop.tests.test_unit"],
        ["shop/tests/test_unit.py::Fast"],
        ["--tag", "core"],
        ["-k", "test_a"],
        ["--shuffle", "7"],
        ["--reverse", "shop.tests.test_rows"],
    ],
    ids=" ".join,
)
def test_list_honours_labels_and_options(runs: Runs, args: list[str]) -> None:
    """What is listed for some labels and options is what they would run, in that order."""
    assert list(listed(runs.project, *args)) == runs(*args).order


def test_list_knows_durations(make_project: Callable[..., Project]) -> None:
    """After a run the list says how long each test is expected to take."""
    project = write_options_project(make_project())
    assert not listed(project, "shop.tests.test_slow")["shop.tests.test_slow.Slow.test_three"].get("seconds")
    project.manage_test("shop.tests.test_slow")
    seconds = {test: about["seconds"] for test, about in listed(project, "shop.tests.test_slow").items()}
    assert 0.3 < seconds["shop.tests.test_slow.Slow.test_three"] < 1
    assert seconds["shop.tests.test_slow.Slow.test_one"] < seconds["shop.tests.test_slow.Slow.test_two"]


def test_list_of_an_unknown_label(runs: Runs) -> None:
    """A label that matches nothing ends `list` as it ends a run."""
    ran = runs.project.greenroom("list", "shop/tests/test_unitt.py")
    assert ran.returncode == 4
    assert "test_unit.py" in ran.stderr


RECORDED: list[list[str]] = [[], ["-v", "2"], ["--buffer"], ["--debug-sql"]]


def recording(runs: Runs, mode: Mode, *args: str) -> tuple[str, str]:
    """The option that records a run."""
    return "--events", str(runs.project.root.parent / f"replayed-{mode}{''.join(args)}.jsonl")


def replay(runs: Runs, mode: Mode, *args: str) -> tuple[Ran, Ran]:
    """A run, and the replay of its events."""
    events = recording(runs, mode, *args)
    return runs(*args, *events, mode=mode), runs.project.greenroom("replay", events[1])


def report_of(again: Ran) -> TerminalReport:
    """The report of a replay, on whichever output."""
    return parse_report(again.stderr or again.stdout)


@in_every_mode
@pytest.mark.parametrize("args", RECORDED, ids=lambda args: " ".join(args) or "plain")
def test_replay_prints_the_same_report(runs: Runs, mode: Mode, args: list[str]) -> None:
    """`greenroom replay` prints, from the events alone, the report that the run printed: failures and summary."""
    ran, again = replay(runs, mode, *args)
    assert not section_differences(report_of(again), ran.report)
    assert [section.title for section in report_of(again).sections] == [
        section.title for section in ran.report.sections
    ]
    assert report_of(again).verdict == ran.report.verdict
    assert report_of(again).ran == ran.report.ran
    assert last_line(again) == last_line(ran)


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_replay_prints_the_same_dots(runs: Runs, mode: Mode) -> None:
    """The dots of a replay are those of the run, in its order."""
    ran, again = replay(runs, mode)
    assert marks(report_of(again)) == marks(ran.report)


def marks(report: TerminalReport) -> str:
    """The line of dots and letters."""
    return "".join(line for line in report.progress.splitlines() if line and set(line) <= set(".FEsxu"))


def last_line(ran: Ran) -> str:
    """The line that greenroom ends its report with."""
    [line] = [line for line in ran.output.splitlines() if line.startswith("greenroom: ")]
    return line


def test_replay_of_the_model(make_project: Callable[..., Project]) -> None:
    """Whatever a test can come to survives being recorded: the model's failures replay to the letter."""
    project = make_project()
    write_model_project(project, [sample for sample in MODEL if not sample.bounded])
    path = project.root / "events.jsonl"
    ran = project.manage_test("--events", str(path), *FORK.args, start_method="fork")
    again = project.greenroom("replay", str(path))
    assert not section_differences(report_of(again), ran.report)


@in_main_modes
def test_events_option(runs: Runs, mode: Mode) -> None:
    """`--events FILE` writes the same events as the variable that the harness sets, whole and in order."""
    path = runs.project.root.parent / f"events-{mode}.jsonl"
    ran = runs("--events", str(path), mode=mode)
    log = read_events(path)
    check_stream(log)
    assert log.outcomes == ran_outcomes(runs)
    assert {event.spec.id for event in log.of(TestPlanned)} == set(ran_outcomes(runs))
    assert ran.returncode == 1


def ran_outcomes(runs: Runs) -> dict[str, str]:
    """The outcomes of a serial run of stock."""
    return dict(runs.stock().outcomes)


def test_replay_of_a_recording_cut_short(runs: Runs) -> None:
    """A recording that ends in the middle is replayed as far as it goes, says that it is not whole, and exits with 3."""
    path = runs.project.root.parent / "cut.jsonl"
    runs("--events", str(path), mode=SPAWN)
    whole = path.read_bytes()
    for name, cut in {
        "between": whole[: whole.rindex(b"\n", 0, len(whole) * 2 // 3) + 1],
        "inside": whole[: whole.rindex(b"\n", 0, len(whole) * 2 // 3) + 20],
    }.items():
        path.write_bytes(cut)
        again = runs.project.greenroom("replay", str(path))
        assert again.returncode == 3, f"{name}: {again}"
        assert "cut.jsonl" in again.output
        assert "Traceback (most recent call last):\n  File" not in again.stderr.split("greenroom")[-1]


@pytest.mark.parametrize(
    ("name", "content"),
    [("missing", None), ("empty", b""), ("garbage", b"no events at all\n"), ("binary", b"\xff\xfe\x00")],
    ids=["missing", "empty", "garbage", "binary"],
)
def test_replay_of_what_is_no_recording(runs: Runs, name: str, content: bytes | None) -> None:
    """A file that is missing or no recording is one clear line that names it, and exit code 3."""
    path = runs.project.root.parent / f"{name}.jsonl"
    if content is not None:
        path.write_bytes(content)
    again = runs.project.greenroom("replay", str(path))
    assert again.returncode == 3, again
    assert path.name in again.stderr
    assert "Traceback" not in again.stderr


def test_replay_of_a_newer_schema(runs: Runs) -> None:
    """A recording of a newer greenroom is refused by name of its schema, not misread."""
    path = runs.project.root.parent / "newer.jsonl"
    path.write_text('{"event":"RunStarted","at":1.0,"schema":999,"greenroom":"99","python":"4","django":"9"}\n')
    again = runs.project.greenroom("replay", str(path))
    assert again.returncode == 3
    assert "999" in again.stderr
    assert "Traceback" not in again.stderr


def test_replay_needs_no_project(runs: Runs, tmp_path: Path) -> None:
    """A recording can be replayed elsewhere: without the project, its settings or its modules."""
    path = runs.project.root.parent / "elsewhere.jsonl"
    ran = runs("--events", str(path))
    again = runs.project.greenroom("replay", str(path), folder=tmp_path, env={"DJANGO_SETTINGS_MODULE": ""})
    assert masked(ran.report.verdict) in masked(again.output)
