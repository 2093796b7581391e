"""Each built-in reporter keeps the contract, and writes to the letter what it wrote before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from greenroom.hooks import ReporterFactory
from greenroom.reporters.builtin import greenroom_reporters
from greenroom.testing import Report, check_reporter, report_of, sample_run

GOLDEN = Path(__file__).parent / "golden"
MAKERS: dict[str, ReporterFactory] = greenroom_reporters()
ENVIRON = {"GITHUB_WORKSPACE": "/srv"}
# A page of scripts is looked at in a browser, and the words of an exception are Python's.
GOLDEN_ONES = sorted(MAKERS.keys() - {"html", "sql", "trace", "json", "kiwi"})

# These have tests of their own: the page in HTML in a browser, what Kiwi TCMS is told with a real server. Without one the live
# run and the replay differ by what is said of that.
each_reporter = pytest.mark.parametrize("name", sorted(MAKERS.keys() - {"html", "kiwi"}))


@each_reporter
def test_the_contract(name: str, tmp_path: Path) -> None:
    """What `greenroom.testing.check_reporter` says, for a report that goes to a file."""
    check_reporter(MAKERS[name], tmp_path)


@pytest.mark.parametrize("name", GOLDEN_ONES)
def test_the_golden_report(name: str, tmp_path: Path) -> None:
    """Compared with a file; `UPDATE_GOLDEN=1` writes it anew, to be looked at before it is kept."""
    wrote = shown(report_of(MAKERS[name], sample_run(), tmp_path, environ=ENVIRON))
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(wrote, encoding="utf-8", newline="")
    assert wrote == file.read_bytes().decode()


def shown(report: Report) -> str:
    """A report as one text."""
    parts = {"standard output": report.out, "standard error": report.err, **report.files}
    return "".join(f"=== {name}\n{text}\n" for name, text in parts.items() if text)


@pytest.mark.parametrize("name", ["tap", "teamcity", "github", "markdown", "slow", "json"])
def test_a_file_or_a_stream(name: str, tmp_path: Path) -> None:
    """What goes to standard output goes to a file where one is given, and nothing else then."""
    stream = report_of(MAKERS[name], sample_run(), tmp_path / "a")
    file = report_of(MAKERS[name], sample_run(), tmp_path / "b", path="deep/er/file")
    assert file.files == {"deep/er/file": stream.out}
    assert not file.out


def test_an_ascii_terminal_gets_letters(tmp_path: Path) -> None:
    """`emoji` falls back where the terminal has no pictures."""
    import io

    from greenroom.config.schema import Config
    from greenroom.hooks.context import ReporterContext

    err = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    context = ReporterContext(path=None, out=err, err=err, root=tmp_path, config=Config(), environ={})
    reporter = MAKERS["emoji"](context)
    for event in sample_run(workers=0)[:30]:
        reporter.handle(event)
    reporter.close()
