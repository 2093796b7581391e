"""What may become of a journal: cut off, sent by two at once, no space for it; and runs that share a server at once."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from greenroom.reporters.kiwi.journal import Files, Journal, State, files_of
from greenroom.reporters.kiwi.sender import Sender
from greenroom.reporters.recording import read_recording
from tests.kiwi.support import BEGAN, Found, Told, accounted, configured, ended, journal, story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.testing import Project, Ran, Started
    from tools.kiwi.server import KiwiServer

TESTS = """\
    from django.test import SimpleTestCase


    class Some(SimpleTestCase):
        def test_7(self):
            self.fail("as it must")


    for number in range(7):
        setattr(Some, f"test_{number}", lambda self: None)
    """
MANY = 8
FULL = """\
    import errno
    import os

    from greenroom.reporters.kiwi import journal

    write = journal._write
    results = 0


    def write_some(fd, data):
        global results
        if results > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        results += data.count(b'"event":"TestFinished"')
        return write(fd, data if results <= 2 else data[:-10])


    journal._write = write_some
    """
"""A disk that is full in the middle of the third result. One that is can't be had without the rights to make a file system."""


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """Eight tests, of which the last one fails."""
    return make_project(files={"shop/tests.py": TESTS}, databases="none")


def folder(project: Project) -> Path:
    """Where journals are."""
    return project.root / ".greenroom" / "kiwi"


def send(project: Project, env: dict[str, str], *files: str) -> Ran:
    """Send a recording, by default the last one."""
    return project.greenroom("report", "kiwi", *files, env=env)


def test_one_that_ends_in_the_middle_of_a_line(told: Told) -> None:
    """A machine may lose its power: what is whole is delivered, wherever the cut is; a whole one completes it."""
    tests = [ended(number, f"a.A.test_{number}", "failed", f"why {number}") for number in range(3)]
    whole = story(*tests)
    files = journal(told.folder, [msgspec.structs.replace(whole[0], django=told.product), *whole[1:]], told.product)
    content = files.journal.read_bytes()
    lines = content.splitlines(keepends=True)
    told.configure()
    for kept, extra, results in ((4, 0, 0), (5, 40, 1), (6, len(lines[6]) - 1, 2), (7, 12, 3)):
        files.journal.write_bytes(b"".join(lines[:kept]) + lines[kept][:extra])
        assert Sender(files, told.folder).run().done
        assert len(told.found.ended()) == results
        assert len(told.found.statuses()) == 3
    files.journal.write_bytes(content)
    assert Sender(files, told.folder).run().done
    assert accounted(told.found, told.folder, 3) == (3, 3)
    assert len(told.found.comments("test_2")) == 1


def test_one_with_nothing_in_it(told: Told) -> None:
    """Is done with; so is what a crash of the machine may leave, zeros."""
    for content in (b"", b"\0" * 4096, b'{"event":"RunSta'):
        files = Files(told.folder / "some.jsonl")
        files.journal.write_bytes(content)
        told.configure()
        assert Sender(files, told.folder).run().done
    assert told.found.runs == []


def test_shards_at_once(told: Told, tmp_path_factory: pytest.TempPathFactory) -> None:
    """On machines of their own, without a lock that they could share: no product, plan or case is made twice.

    Each has three tests that the others have, too, as reruns do, and runs of their own; then they share one.
    """
    common = [ended(number, f"a.A.test_{number}", "failed", "why") for number in range(3)]
    told.configure()

    def deliver(name: str, at: float, run: int, states: list[State]) -> None:
        own = [*common, ended(3, f"a.A.test_of_{name}")] if not run else [ended(0, f"a.A.test_shared_by_{name}")]
        home = tmp_path_factory.mktemp(name) / "kiwi"
        first, *rest = story(*own, at=at)
        events = [msgspec.structs.replace(first, django=told.product), *rest]
        states.append(Sender(journal(home, events, told.product, run=run), home).run())

    def at_once(at: float, run: int = 0) -> None:
        states: list[State] = []
        about = [(name, at + number, run, states) for number, name in enumerate(("one", "two", "three"))]
        threads = [threading.Thread(target=deliver, args=args) for args in about]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [(state.done, state.refused) for state in states] == [(True, {})] * 3

    at_once(BEGAN)
    at_once(BEGAN + 10, told.found.runs[0])
    assert told.server.query("select count(*) from management_product where name = ?", told.product) == [(1,)]
    assert sorted(told.found.cases) == sorted(
        f"test_{name} (a.A.test_{name})"
        for name in (
            "0",
            "1",
            "2",
            *(f"{kind}_{name}" for kind in ("of", "shared_by") for name in ("one", "two", "three")),
        )
    )
    first, *others = told.found.runs
    assert len(others) == 2
    assert accounted(told.found, told.folder, 7, first) == (7, 0)
    assert [accounted(told.found, told.folder, 4, run) for run in others] == [(4, 0)] * 2


def test_two_that_send_the_same_at_once(server: KiwiServer, project: Project, product: str) -> None:
    """Recordings and journals: both end well, and all of it is there once."""
    nobody = configured(server, product, TCMS_API_URL="http://127.0.0.1:1/", GREENROOM_KIWI_WAIT="60")
    ran = project.manage_test("--report", "kiwi", env=nobody)
    assert "0 of 8 results are delivered" in ran.stderr
    (left,) = folder(project).glob("*.jsonl")
    env = configured(server, product)

    def at_once(file: str) -> None:
        command = (sys.executable, "-m", "greenroom", "report", "kiwi", file)
        both: list[Started] = [
            project.start(*command, env={**env, "DJANGO_SETTINGS_MODULE": "settings"}) for _ in range(2)
        ]
        for one in both:
            sent = one.finish()
            assert sent.returncode == 0, sent.stderr
            assert "8 results are at " in sent.stderr or "another process has sent them" in sent.stderr
        assert list(folder(project).iterdir()) == []
        assert accounted(Found(server, product), folder(project), MANY) == (MANY, 0)

    at_once(str(left))
    at_once("last")


def test_a_disk_that_is_full(server: KiwiServer, project: Project, product: str) -> None:
    """One line, and the run is as ever; what was written is delivered, and the recording has the rest."""
    project.write("greenroom_plugins.py", FULL)
    env = configured(server, product)
    ran = project.manage_test("--report", "kiwi", env=env)
    assert ran.returncode == 1
    assert "FAILED (failures=1)" in ran.stderr
    (told,) = [line for line in ran.stderr.splitlines() if "Kiwi TCMS" in line or "No space" in line]
    assert ".jsonl can't be written: No space left on device; " in told
    assert told.endswith("To send what is left: greenroom report kiwi last")
    found = Found(server, product)
    there = found.ended().total()
    assert "; what came after that is not delivered. " in told
    assert 0 < there < MANY
    passing = [arg for number in range(MANY - 1) for arg in ("-k", f"test_{number}")]
    strict = project.manage_test("--report", "kiwi", "--kiwi-strict", *passing, env=env)
    assert strict.returncode == 6, strict.stderr
    project.write("greenroom_plugins.py", "")
    recordings = sorted((project.root / ".greenroom" / "runs").glob("*.jsonl"))
    sent = send(project, env, str(recordings[0]))
    assert sent.returncode == 0, sent.stderr
    assert found.ended(found.runs[0]).total() == MANY
    assert found.doubled() == []


def test_a_folder_that_can_not_be_made(server: KiwiServer, project: Project, product: str) -> None:
    """One line, and the run is as ever; who is strict is told by the exit code; the recording has it all."""
    (project.root / ".greenroom").mkdir()
    folder(project).write_text("somebody's file")
    env = configured(server, product)
    ran = project.manage_test("--report", "kiwi", env=env)
    assert ran.returncode == 1
    assert "FAILED (failures=1)" in ran.stderr
    (told,) = [line for line in ran.stderr.splitlines() if "Kiwi TCMS" in line]
    assert f"the journal {folder(project)}/" in told
    strict = project.manage_test("--report", "kiwi", "--kiwi-strict", "-k", "test_1", env=env)
    assert strict.returncode == 6
    recordings = sorted((project.root / ".greenroom" / "runs").glob("*.jsonl"))
    assert send(project, env, str(recordings[0])).returncode == 6
    folder(project).unlink()
    assert send(project, env, str(recordings[0])).returncode == 0
    assert accounted(Found(server, product), folder(project), MANY) == (MANY, 0)


def test_one_that_is_taken_away_while_the_run_goes_on(tmp_path: Path) -> None:
    """By somebody who took it for one that is left over: it is written again at the end."""
    run = story(ended(0, "a.A.test_one"), ended(1, "a.A.test_two"))
    files = files_of(tmp_path / "kiwi", run[0])
    written = Journal(files)
    for number, event in enumerate(run):
        written.add(event)
        written.flush()
        if number == 3:
            files.journal.unlink()
    assert not files.journal.exists()
    written.restore()
    written.close()
    assert list(read_recording(files.journal)) == run
