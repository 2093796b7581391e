"""Journals that could not be delivered: they wait, are sent together, and do not become too many."""

from __future__ import annotations

import fcntl
import io
import os
import time
from typing import TYPE_CHECKING

import pytest

from greenroom.config import Config
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.kiwi.journal import Files
from greenroom.reporters.kiwi.leftovers import being_sent, tidy, waiting
from greenroom.reporters.kiwi.reporter import Kiwi
from tests.kiwi.support import BEGAN, Found, configured, ended, journal, over, planned, started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.testing import Project
    from tools.kiwi.server import KiwiServer

DAY = 86_400


def left(folder: Path, *, days: float = 0.0, number: int = 0, name: str = "test") -> Files:
    """A journal that was written so many days ago."""
    told = [started(BEGAN - days * DAY + number), planned(0, f"a.A.{name}"), ended(0, f"a.A.{name}"), over()]
    files = journal(folder, told, "shop")
    at = time.time() - days * DAY
    for path in (files.journal, files.target):
        os.utime(path, (at, at))
    return files


def test_those_that_are_too_old_or_too_many_go_and_the_rest_stays(tmp_path: Path) -> None:
    """With what stands beside them; one that is being sent stays, however old it is; what is no journal is nobody's."""
    old, taken, *newer = [left(tmp_path, days=days) for days in (40, 35, 3, 2, 1)]
    own = left(tmp_path)
    foreign = tmp_path / "notes.jsonl"
    foreign.write_text("mine")
    with taken.journal.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert waiting(tmp_path, own.journal) == [each.journal for each in (old, *newer)]
        assert being_sent(tmp_path) == 1
        assert tidy(tmp_path, 2, 30, own.journal) == [old.journal, newer[0].journal]
    kept = {each.journal for each in (taken, newer[1], newer[2], own)}
    assert set(tmp_path.glob("*.jsonl")) == {*kept, foreign}
    assert set(tmp_path.glob("*.target")) == {path.with_suffix(".target") for path in kept}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Has a run report itself that knows no server; gives what it says."""
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))

    def run(**about: int) -> str:
        err = io.StringIO()
        config = Config(**about)  # type: ignore[arg-type]
        reporter = Kiwi(
            ReporterContext(path=None, out=io.StringIO(), err=err, root=tmp_path, config=config, environ={})
        )
        for event in (started(time.time()), planned(0, "a.A.test"), ended(0, "a.A.test"), over()):
            reporter.handle(event)
        reporter.close()
        return err.getvalue()

    return run


def test_a_run_says_how_many_wait_and_what_was_given_up(tmp_path: Path, report: Callable[..., str]) -> None:
    """What is lost is never lost in silence; where nothing waits, nothing is said."""
    assert "earlier run" not in report()
    assert "greenroom: Kiwi TCMS: 1 earlier run is still to be sent: greenroom report kiwi\n" in report()
    for number in range(3):
        left(tmp_path / ".greenroom" / "kiwi", days=50, number=number)
    told = report(kiwi_keep=10)
    assert "3 runs that could not be sent are given up, of 2025-08-20 to 2025-08-20: 10 are kept, for 30 days" in told
    assert "2 earlier runs are still to be sent" in told
    assert "3 runs that could not be sent are given up" in report(kiwi_keep=0)


def test_all_that_is_left_is_sent_by_one_command(
    server: KiwiServer, make_project: Callable[..., Project], product: str
) -> None:
    """And then there is nothing left; one that can't be read keeps no other from being sent."""
    project = make_project(databases="none")
    env = configured(server, product)
    folder = project.root / ".greenroom" / "kiwi"
    none = project.greenroom("report", "kiwi", env=env)
    assert (none.returncode, none.stdout) == (0, f"greenroom: nothing is left to be sent in {folder}\n")
    for number, name in enumerate(("test_one", "test_two")):
        files = left(folder, number=number, name=name)
        files.target.unlink()
    broken = folder / "20200101-000000-0123456789abcdef.jsonl"
    broken.write_text("no event\n")
    ran = project.greenroom("report", "kiwi", env=env)
    assert ran.returncode == 6, ran.output
    assert f"{broken}:1 is no event" in ran.stderr
    found = Found(server, product)
    assert [found.statuses(run) for run in found.runs] == [{"test_one": "PASSED"}, {"test_two": "PASSED"}]
    broken.unlink()
    assert list(folder.iterdir()) == []
    assert project.greenroom("report", "kiwi", env=env).stdout == none.stdout
