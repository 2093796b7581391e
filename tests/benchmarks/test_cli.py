"""The command line, with benchmarks that take no time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import cli
from benchmarks.model import BenchmarkError, Contender, ContenderFailed, Report
from benchmarks.page import begin
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison
from benchmarks.toolbox import Toolbox

if TYPE_CHECKING:
    from benchmarks.model import Sample

VERSIONS = {
    "python": "3.99.1",
    "implementation": "CPython",
    "django": "5.2.1",
    "sqlite": "3.40.1",
    "pytest": "9.0",
    "pytest-django": "4.0",
    "pytest-xdist": "3.0",
}


def report(session: Session) -> Report:
    """One contender that is always as fast."""
    results = session.measure("part", [Contender("one", lambda: {"wall": 2.0})])
    return Report((comparison(results, (("wall", "wall, s"),), "one", ()),), results={"part": results})


def failing(session: Session) -> Report:
    """One contender that never does its work."""

    def fail() -> Sample:
        raise ContenderFailed("no good")

    return Report(results={"part": session.measure("part", [Contender("one", fail)])})


def impossible(session: Session) -> Report:
    """Nothing to be measured."""
    raise BenchmarkError("can't, because")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    benchmarks = {
        "quick": Benchmark("quick", "A quick one", "What it is.", report),
        "failing": Benchmark("failing", "A failing one", "What it is.", failing, by_default=False),
        "impossible": Benchmark("impossible", "An impossible one", "What it is.", impossible, by_default=False),
    }
    monkeypatch.setattr(cli, "CATALOG", benchmarks)
    monkeypatch.setattr(cli, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(cli, "open_toolbox", lambda django, refresh: Toolbox(Path("python"), VERSIONS))


def test_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The tables on standard output, how far it is on standard error."""
    assert cli.main(["quick", "--rounds", "2"]) == 0

    out, err = capsys.readouterr()
    assert "| one | 2 | 2 (2, 0) |" in out
    assert "round 2  one: wall 2" in err


def test_without_names_those_that_run_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """The others only by name."""
    assert cli.main([]) == 0

    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("## ")] == ["## A quick one"]


def test_where_figures_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    """Rounds, command, versions and the class of the machine."""
    cli.main(["quick", "--quick"])

    out = capsys.readouterr().out
    assert "3 rounds, `python -m benchmarks quick --quick`" in out
    assert "CPython 3.99.1, Django 5.2.1" in out


def test_the_page_is_written_and_the_rest_of_it_is_kept(tmp_path: Path) -> None:
    """And it names no place on a disk."""
    page = tmp_path / "page.md"
    page.write_text("# Ours\n", encoding="utf-8")

    cli.main(["quick", "--write", "--page", str(page)])

    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Ours\n\n## A quick one\n\nWhat it is.\n\n" + begin("quick"))
    assert "| one | 5 | 2 (2, 0) |" in text
    assert str(tmp_path) not in text


def test_without_write_no_page_is_touched(tmp_path: Path) -> None:
    """Trying things out leaves the documentation alone."""
    cli.main(["quick", "--page", str(tmp_path / "page.md")])

    assert not (tmp_path / "page.md").exists()


def test_a_part_of_the_tests_is_never_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its figures would stand for what they are not."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["quick", "--scale", "0.1", "--write", "--page", str(tmp_path / "page.md")])

    assert caught.value.code == 2
    assert "mislead" in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()


def test_a_contender_that_failed_fails_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason."""
    assert cli.main(["failing"]) == 1

    assert "failed: failing: part, one: no good" in capsys.readouterr().err


def test_a_benchmark_that_can_not_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Says why, without a traceback."""
    assert cli.main(["impossible"]) == 3

    assert "benchmarks: can't, because" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["nope"], ["--rounds", "0"], ["--scale", "2"], ["--scale", "0"]])
def test_mistakes_are_refused(arguments: list[str]) -> None:
    """Before anything is run."""
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize("arguments", [["a", "--page", "/tmp/x.md", "--write"], ["a", "--page=/tmp/x.md", "--write"]])
def test_the_command_on_the_page_names_no_place(arguments: list[str]) -> None:
    """The page's own path says something of a machine and nothing of the figures."""
    assert cli.told(arguments) == "python -m benchmarks a --write"
