"""Files that tests keep, and what others know of a failure, through `manage.py test`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from greenroom.config import Config
from greenroom.events import TestFinished
from greenroom.running import attachments, ending, place, witnesses
from greenroom.testing import Project
from tests.e2e.support import Mode, in_main_modes

TESTS = """\
    import unittest
    from pathlib import Path

    import greenroom
    from django.test import SimpleTestCase
    from greenroom.running import witnesses

    class Keeping(SimpleTestCase):
        def test_a_kept(self):
            greenroom.attach("../page one.html", "<p>\u00e9")

        def test_b_none(self): pass

        def test_c_failing(self):
            self.addCleanup(lambda: greenroom.attach("late.bin", b"\\x00\\x01"))
            greenroom.attach("copy.py", Path(__file__))
            self.fail("as it should")

    class Watched(SimpleTestCase):
        def setUp(self):
            witnesses.add(self.tell)
            self.addCleanup(witnesses.remove, self.tell)
            self.closed = False

        def tell(self, test):
            if "raising" in test.id():
                raise OSError("no more")
            return f"seen with closed={self.closed}"

        def tearDown(self): self.closed = True

        def test_seen(self): self.fail("for a reason")
        def test_raising(self): self.fail("for another")

        def test_sub(self):
            with self.subTest(n=1): self.fail("below")

        @unittest.expectedFailure
        def test_expected(self): self.fail("expected")
"""


@in_main_modes
def test_what_a_test_keeps_is_in_its_account(make_project: Callable[..., Project], mode: Mode) -> None:
    """Of a passed test as well as of a failed one; the report of the failure names the files."""
    project = make_project()
    project.write("shop/tests.py", TESTS)
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    ended = {event.test.rpartition(".")[2]: event for event in ran.events if isinstance(event, TestFinished)}
    kept = {name: [(one.name, one.type) for one in event.attachments] for name, event in ended.items()}
    assert kept["test_a_kept"] == [("../page one.html", "text/html")]
    assert kept["test_b_none"] == []
    assert kept["test_c_failing"] == [("copy.py", "text/x-python"), ("late.bin", "application/octet-stream")]
    assert ended["test_a_kept"].outcome == "passed"
    (page,) = ended["test_a_kept"].attachments
    assert (project.root / page.file).read_text(encoding="utf-8") == "<p>\u00e9"
    assert (project.root / page.file).parent.parent == project.root / ".greenroom" / "attachments"
    for one in ended["test_c_failing"].attachments:
        assert (project.root / one.file).stat().st_size == one.size
        assert f"  {one.name}: {one.file}\n" in ran.stderr


@in_main_modes
def test_witnesses_are_asked_when_a_test_fails(make_project: Callable[..., Project], mode: Mode) -> None:
    """Before its `tearDown()`; what they say stands below the traceback, and nothing that they raise hurts."""
    project = make_project()
    project.write("shop/tests.py", TESTS)
    ran = project.manage_test("shop.tests.Watched", *mode.args, start_method=mode.start_method)
    ended = {event.test.rpartition(".")[2]: event for event in ran.events if isinstance(event, TestFinished)}
    for name in ("test_seen", "test_sub"):
        (problem,) = ended[name].problems
        assert problem.text.rstrip().endswith("seen with closed=False")
        assert problem.raised is not None
        assert problem.raised.notes == ("seen with closed=False",)
    (problem,) = ended["test_raising"].problems
    assert "could not find out more: OSError: no more" in problem.text
    assert ended["test_raising"].outcome == "failed"
    assert ended["test_expected"].outcome == "expected_failure"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """This process, as one that runs tests of a project in a folder."""
    place.enter(place.Place(tmp_path, Config(), "20260101-000000-1"))
    yield tmp_path / ".greenroom" / "attachments"
    place.leave()
    attachments.taken()


def test_those_of_the_last_runs_are_kept(here: Path) -> None:
    """The oldest go when a new run keeps its first."""
    for number in range(attachments.KEPT_RUNS + 3):
        (here / f"2025010{number:02}-1").mkdir(parents=True)
    file = attachments.attach("new.txt", "text")
    assert file is not None
    left = sorted(path.name for path in here.iterdir())
    assert len(left) == attachments.KEPT_RUNS
    assert left[-1] == file.parent.name
    assert left[0] == "202501004-1"


def test_a_worker_that_replaces_another_one_overwrites_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the same number, and counts its files anew."""
    for text in ("of the first", "of the second"):
        monkeypatch.setattr(attachments, "_numbers", itertools.count(1))
        attachments.attach("same.txt", text)
    kept = [here.parent.parent / one.file for one in attachments.taken()]
    assert [path.read_text(encoding="utf-8") for path in kept] == ["of the first", "of the second"]


def test_outside_of_a_run_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that attaches runs under any runner."""
    monkeypatch.chdir(tmp_path)
    assert attachments.attach("name.txt", "text") is None
    assert list(tmp_path.iterdir()) == []


def test_all_is_closed_at_the_end_the_last_one_first() -> None:
    """What raises does not keep the others open, and is told of."""
    closed = []

    def broken() -> None:
        raise OSError("stuck\nin two lines")

    ending.at_end(lambda: closed.append("first"))
    ending.at_end(broken)
    ending.at_end(lambda: closed.append("last"))
    assert ending.close_all() == ["OSError: stuck"]
    assert closed == ["last", "first"]
    assert ending.close_all() == []


def test_a_note_is_added_once() -> None:
    """However often an exception is reported."""

    def witness(test: object) -> str:
        return "known"

    error = ValueError("x")
    witnesses.add(witness)
    witnesses.add(witness)
    try:
        witnesses.testify(error, None)
        witnesses.testify(error, None)
    finally:
        witnesses.remove(witness)
    assert error.__notes__ == ["known"]
