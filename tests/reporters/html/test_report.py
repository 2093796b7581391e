"""From events to the data of the page."""

from __future__ import annotations

import errno
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from greenroom.config import Config
from greenroom.errors import ConfigError, GreenroomError
from greenroom.events import (
    Attachment,
    AttemptFailed,
    ChecksFinished,
    DatabaseStep,
    Event,
    FixtureFinished,
    Frame,
    LogLine,
    Note,
    Problem,
    Query,
    Raised,
    TestPlanned,
    TestsNotRun,
    WorkerLost,
    WorkerStarted,
)
from greenroom.hooks import ReporterContext
from greenroom.model import TestSpec
from greenroom.reporters.html import HtmlReport, PastRun, report, spool
from greenroom.reporters.html.making import html_report
from greenroom.reporters.recording import Recording, read_recording
from tests.reporters.html.pages import page_of, read, write
from tests.reporters.streams import (
    BEGAN,
    ERROR,
    FAILURE,
    execution_started,
    finished,
    run_finished,
    run_started,
)

CASE = "app.tests.Case."


def planned(method: str, index: int, **about: Any) -> TestPlanned:
    """A test of `app.tests.Case` is planned."""
    return TestPlanned(TestSpec(index, f"{CASE}{method}", about.pop("kind", "unit"), "app.tests.Case", **about))


RAISED = Raised(
    "AssertionError",
    "builtins",
    "1 != 2\n\n- a\n+ b",
    (Frame("/p/app/tests.py", 3, "test_b"),),
    notes=("see above",),
    cause=Raised("KeyError", "builtins", "'x'"),
)
RICH: list[Event] = [
    run_started(seed=7),
    Note(at=BEGAN, text="Found 9 tests."),
    planned("test_a", 0, kind="database", tags=("slow",), file="/p/app/tests.py", line=3),
    *(planned(f"test_{name}", index) for index, name in enumerate("bcdefghi", 1)),
    DatabaseStep(at=BEGAN, alias="default", deed="restored", seconds=0.2),
    ChecksFinished(at=BEGAN, ok=True, seconds=0.1),
    execution_started(9, 2, start_method="fork"),
    WorkerStarted(at=BEGAN, worker=1, pid=11),
    finished("test_a", 0, worker=1, doc="What it does."),
    finished(
        "test_b",
        1,
        Problem("failure", "Traceback\nAssertionError: 1 != 2\n", "(n=3)", RAISED),
        logs=(LogLine(BEGAN + 0.1, "WARNING", "app", "careful", "/p/app/x.py", 4),),
        output="printed",
        queries=(Query(BEGAN, 0.1, "default", "SELECT 1", "/p/app/x.py", 5, "get"), Query(BEGAN, 0.2, "other", "SELECT 1")),
        attachments=(Attachment("a.txt", "kept/a.txt", "text/plain", 3),),
    ),
    AttemptFailed(BEGAN, f"{CASE}test_c", 2, 1, 3, 0.25, "failed", 1, (FAILURE,)),
    finished("test_c", 2, attempts=2, flaky=True),
    finished("test_d", 3, ERROR, quarantined=True),
    finished("test_e", 4, Problem("skip", "not today")),
    finished("test_f", 5, ERROR, interrupted=True),
    finished("test_g", 6, Problem("unexpected_success")),
    WorkerLost(at=BEGAN + 1, worker=1, pid=11, reason="killed", test=f"{CASE}test_g"),
    FixtureFinished(at=BEGAN, fixture="setUpClass (app.tests.Other)", outcome="error", problems=(ERROR,)),
    finished("test_made_on_the_way", 99, FAILURE),
    TestsNotRun(at=BEGAN, tests=(f"{CASE}test_h", f"{CASE}test_unplanned"), reason="failfast"),
    run_finished(7, failures=2, errors=2, skipped=1),
]  # fmt: skip


def test_each_test_stands_with_its_verdict(tmp_path: Path) -> None:
    """Planned or not, run or not; no test is missing and none is there twice."""
    rows = page_of(tmp_path / "report.html", RICH).rows
    assert {test.removeprefix(CASE): row["verdict"] for test, row in rows.items()} == {
        "test_a": "passed",
        "test_b": "failed",
        "test_c": "flaky",
        "test_d": "quarantined",
        "test_e": "skipped",
        "test_f": "interrupted",
        "test_g": "unexpected_success",
        "test_h": "not_run",
        "test_i": "not_run",
        "setUpClass (app.tests.Other)": "error",
        "test_made_on_the_way": "failed",
        "test_unplanned": "not_run",
    }
    assert rows[f"{CASE}test_e"]["said"] == "not today"
    assert rows[f"{CASE}test_h"]["said"] == "failfast"
    assert rows[f"{CASE}test_b"]["said"] == "AssertionError: 1 != 2"
    assert rows[f"{CASE}test_c"]["said"] == "AssertionError: 1 != 2"


def test_all_that_a_test_said_is_there(tmp_path: Path) -> None:
    """Traceback, log, output, SQL, files, tries."""
    rows = page_of(tmp_path / "report.html", RICH).rows
    shown = rows[f"{CASE}test_b"]["shown"]
    (problem,) = shown["problems"]
    assert problem["subtest"] == "(n=3)"
    assert problem["raised"]["frames"] == [["/p/app/tests.py", 3, "test_b"]]
    assert problem["raised"]["notes"] == ["see above"]
    assert problem["raised"]["cause"]["type"] == "KeyError"
    assert shown["logs"] == [[0.1, "WARNING", "app", "careful", "/p/app/x.py", 4]]
    assert shown["output"] == "printed"
    assert shown["statements"] == ["SELECT 1"]
    assert [query[:3] for query in shown["queries"]] == [[0, 0.1, "default"], [0, 0.2, "other"]]
    assert shown["attachments"] == [{"name": "a.txt", "type": "text/plain", "size": 3, "href": "./kept/a.txt"}]
    (tried,) = rows[f"{CASE}test_c"]["shown"]["tries"]
    assert (tried["attempt"], tried["of"], tried["outcome"]) == (1, 3, "failed")
    assert tried["problems"][0]["text"] == FAILURE.text
    assert rows[f"{CASE}test_a"]["shown"] == {"doc": "What it does."}
    assert rows[f"{CASE}test_i"]["detail"] == -1
    assert rows[f"{CASE}test_g"]["said"] == "it was expected to fail"


def test_the_run_itself(tmp_path: Path) -> None:
    """Versions, seed, databases, workers, notes."""
    page = page_of(tmp_path / "report.html", RICH)
    run = page.data["run"]
    assert dict(run["environment"])["Seed of the order"] == "7"
    assert run["steps"] == [[0.0, 0.2, "default", "restored", 1, 0, ""]]
    assert run["lost"] == [[1.0, 1, 11, "killed", f"{CASE}test_g"]]
    assert run["notes"] == [[0.0, "info", "Found 9 tests."]]
    assert run["not_run"] == [["failfast", 2]]
    assert "5 of 7 failed" in page.text


def test_a_recording_gives_the_same_page(tmp_path: Path) -> None:
    """Byte for byte: whatever the page says is in the events."""
    recording = Recording(tmp_path / "run.jsonl")
    for event in RICH:
        recording.handle(event)
    recording.close()
    write(tmp_path / "live.html", RICH, past=_past)
    write(tmp_path / "replayed.html", read_recording(tmp_path / "run.jsonl"), past=_past)
    assert (tmp_path / "live.html").read_bytes() == (tmp_path / "replayed.html").read_bytes()


def test_a_test_that_runs_twice_has_two_rows(tmp_path: Path) -> None:
    """The second outcome does not take the place of the first one."""
    events: list[Event] = [
        run_started(),
        planned("test_a", 0),
        finished("test_a", 0, FAILURE),
        finished("test_a", 0),
        run_finished(2),
    ]
    columns = page_of(tmp_path / "report.html", events).data["tests"]["columns"]
    assert columns["name"] == ["test_a", "test_a"]
    assert columns["code"][0] < columns["code"][1]


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([finished("test_a", 0), finished("test_b", 1), run_finished(2)], "All passed"),
        ([finished("test_a", 0, flaky=True), run_finished(1)], "Passed, 1 flaky"),
        ([finished("test_a", 0)], "The run was cut off"),
        ([run_finished(0, aborted="ValueError: no")], "The run did not begin"),
        ([finished("test_a", 0, ERROR), run_finished(1, errors=1)], "1 of 1 failed"),
        ([finished("test_a", 0), run_finished(1, interrupted=True)], "Interrupted"),
        ([finished("test_a", 0, ERROR, quarantined=True), run_finished(1)], "Passed"),
        ([run_finished(0)], "No tests ran"),
    ],
)  # fmt: skip
def test_the_headline(events: list[Event], words: str, tmp_path: Path) -> None:
    """It says how the run ended."""
    assert f"<h1>{words}</h1>" in page_of(tmp_path / "report.html", [run_started(), *events]).text


def _past(_ids: object) -> dict[str, list[PastRun]]:
    runs = [PastRun(BEGAN - 50 + number, "passed", 0.1) for number in range(30)]
    failed = [PastRun(BEGAN - 70, "failed", 0.1), *runs, PastRun(BEGAN + 1, "failed", 9.0)]
    return {f"{CASE}test_a": runs, f"{CASE}test_b": failed, "another": runs}


def test_the_history_of_a_test(tmp_path: Path) -> None:
    """The last runs, fewer of a test that always passed; what came later than this run is no history of it."""
    page = page_of(tmp_path / "report.html", RICH, past=_past)
    past = page.data["past"]
    assert {test: len(runs) for test, runs in past["tests"].items()} == {"0": 5, "1": 20}
    assert max(past["runs"]) < BEGAN
    assert page_of(tmp_path / "given.html", RICH, past=_past(())).data["past"] == past
    assert page_of(tmp_path / "none.html", RICH).data["past"] is None


def test_long_texts_are_cut_in_the_middle(tmp_path: Path) -> None:
    """Beginning and end stay, and it is said how much is gone."""
    events: list[Event] = [run_started(), finished("test_a", 0, output=f"begin{'x' * 300_000}end"), run_finished(1)]
    (row,) = page_of(tmp_path / "report.html", events).rows.values()
    output = row["shown"]["output"]
    assert output.startswith("begin")
    assert output.endswith("end")
    assert "200008 characters are left out here" in output
    assert len(output) < 101_000


def test_a_page_does_not_grow_without_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the details of what passed are left out, then the length of what failed; each test and its message stay."""
    monkeypatch.setattr(report, "PLENTY", 3_000)
    monkeypatch.setattr(report, "MOST", 6_000)
    text = "Traceback\n" + "y" * 4_000 + "\nValueError: no"
    events = [
        finished(f"test_{n}", n, *([Problem("error", text)] if n % 2 else []), output="z" * 1000) for n in range(20)
    ]
    page = page_of(tmp_path / "report.html", [run_started(), *events, run_finished(20, errors=10)])
    assert len(page.block("details")) < 25_000
    assert [row["said"] for row in page.rows.values()] == ["", "ValueError: no"] * 10
    assert "left out or short" in page.data["run"]["troubles"][0]


def test_odd_text_is_kept(tmp_path: Path) -> None:
    """Lone surrogates, NUL, line separators: the page is UTF-8 and its data is JSON."""
    odd = "\ud800 \x00 \u2028 \x1b[31m é 漢"
    page = page_of(
        tmp_path / "report.html", [run_started(), finished("test_a", 0, Problem("error", odd)), run_finished(1)]
    )
    (row,) = page.rows.values()
    assert row["shown"]["problems"][0]["text"] == odd


def test_an_older_page_stays_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is one line; no part of a page is left behind."""
    from greenroom.reporters.html import page

    path = tmp_path / "report.html"
    path.write_text("old")

    def full(_fd: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(page, "_write", full)
    made = write(path, RICH)
    assert made.trouble == f"the HTML report {path} can't be written: No space left on device"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text() == "old"


def test_a_full_temporary_folder_costs_the_details_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is written, and says what it lacks."""
    calls = []

    def full_later(fd: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) > 2:
            os.write(fd, data[:3])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(fd, data)

    monkeypatch.setattr(spool, "_write", full_later)
    made = write(tmp_path / "report.html", RICH)
    assert re.fullmatch(r"the HTML report lacks the details of tests: No space left on device in \S+", made.trouble)
    page = read(tmp_path / "report.html")
    assert page.data["run"]["troubles"] == [made.trouble]
    rows = page.rows
    assert rows[f"{CASE}test_b"]["shown"]["output"] == "printed"
    assert rows[f"{CASE}test_d"]["shown"] == {}
    assert rows[f"{CASE}test_d"]["said"] == "ValueError: no"


def test_a_place_that_can_t_be_written_is_told_at_once(tmp_path: Path) -> None:
    """Before any test runs, in one line that says what to do."""
    (tmp_path / "file").write_text("")
    for path, why in ((tmp_path / "file/report.html", "Not a directory|File exists"), (tmp_path, "it is a folder")):
        with pytest.raises(GreenroomError, match=f"can't be written: ({why})") as raised:
            HtmlReport(path, tmp_path)
        assert raised.value.hint == "Give another path with --report html:PATH."


def test_closing_twice_writes_once(tmp_path: Path) -> None:
    """A run that breaks off closes its reporters, and so does its end."""
    made = write(tmp_path / "new/folder/report.html", RICH)
    (tmp_path / "new/folder/report.html").unlink()
    made.close()
    assert not (tmp_path / "new/folder/report.html").exists()


@pytest.mark.parametrize(
    ("editor", "link"),
    [
        ("", ""),
        ("vscode", "vscode://file/{path}:{line}"),
        ("my+editor://open?{path}#{line}", "my+editor://open?{path}#{line}"),
    ],
)
def test_editors(editor: str, link: str, tmp_path: Path) -> None:
    """By name or by pattern."""
    assert page_of(tmp_path / "report.html", RICH, editor=editor).data["run"]["editor"] == link


@pytest.mark.parametrize(
    ("editor", "message"),
    [
        ("vscod", "Did you mean vscode"),
        ("javascript:alert(1)//{path}", "is no link to a line"),
        ("https://example.com/", "is no link to a line"),
    ],
)
def test_what_is_no_editor(editor: str, message: str, tmp_path: Path) -> None:
    """A pattern must lead to a file, and may not be a script."""
    with pytest.raises(ConfigError, match=message):
        HtmlReport(tmp_path / "report.html", tmp_path, editor=editor)


def test_what_the_configuration_says(tmp_path: Path) -> None:
    """Where the page goes, which editor opens its lines, and whether it asks for SQL."""

    def make(path: Path | None, config: Config) -> HtmlReport:
        return html_report(
            ReporterContext(path=path, out=sys.stdout, err=sys.stderr, root=tmp_path, config=config, environ={})
        )  # fmt: skip

    plain = make(None, Config(directory="kept"))
    assert plain.path == tmp_path / "kept/report.html"
    assert plain.needs == {"logs", "output"}
    chosen = make(tmp_path / "a.html", Config(html_sql=True, editor="zed"))
    assert chosen.path == tmp_path / "a.html"
    assert chosen.needs == {"logs", "output", "queries"}
    with pytest.raises(ConfigError, match="there is no editor 'word'"):
        make(None, Config(editor="word"))


def test_many_lines_of_one_test_are_cut(tmp_path: Path) -> None:
    """It is said how many are missing, those among them that were left out before."""
    logs = tuple(LogLine(BEGAN, "INFO", "app", str(number)) for number in range(2_100))
    queries = tuple(Query(BEGAN, 0.1, "default", f"SELECT {number}") for number in range(2_001))
    events: list[Event] = [run_started(), finished("test_a", 0, logs=logs, queries=queries, more_queries=7)]
    (row,) = page_of(tmp_path / "report.html", events).rows.values()
    shown = row["shown"]
    assert (len(shown["logs"]), shown["more_logs"]) == (2_000, 100)
    assert (len(shown["queries"]), shown["more_queries"]) == (2_000, 8)
