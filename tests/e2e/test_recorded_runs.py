"""Every run leaves a recording; replay, report, rerun, diff and history are told of them by number."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greenroom.events import RunFinished, TestFinished, TestPlanned
from greenroom.reporters.recording import read_recording
from greenroom.testing import Project, Ran
from tests.reporters.html.pages import read

TESTS = """
    import os
    from django.test import SimpleTestCase, TestCase, tag

    class A(SimpleTestCase):
        def test_good(self):
            pass

        def test_bad(self):
            self.assertTrue(os.environ.get("MENDED"), "mend me")

        @tag("slow")
        def test_tagged(self):
            pass

    class B(TestCase):
        @classmethod
        def setUpTestData(cls):
            if not os.environ.get("MENDED"):
                raise LookupError("no data")

        def test_never(self):
            pass

    class C(TestCase):
        def test_last(self):
            pass
    """
PYTEST = """
    import os, pytest

    @pytest.mark.parametrize("n", [1, 2])
    def test_function(n):
        assert n == 1 or os.environ.get("MENDED")

    class TestMany:
        def test_method(self):
            pass
    """
INI = """
    [pytest]
    DJANGO_SETTINGS_MODULE = settings
    asyncio_default_fixture_loop_scope = function
    """
MENDED = {"MENDED": "1"}


def recordings(project: Project) -> list[Path]:
    """What is in the folder, oldest first."""
    return sorted((project.root / ".greenroom/runs").iterdir())


def outcomes(path: Path) -> dict[str, str]:
    """How each test of a recording ended."""
    return {event.test: event.outcome for event in read_recording(path) if isinstance(event, TestFinished)}


def run(project: Project, *args: str, env: dict[str, str] | None = None) -> Ran:
    """A run by manage.py, which writes its events nowhere but to its recording."""
    return project.manage_test(*args, env={"GREENROOM_EVENTS": "", **(env or {})})


@pytest.mark.parametrize("args", [(), ("-v", "2"), ("--parallel", "2"), ("--report", "junit:out.xml")], ids=" ".join)
def test_a_run_and_its_recording_say_the_same(make_project: Callable[..., Project], args: tuple[str, ...]) -> None:
    """The recording that is left behind replays to the letter, and has the plan that `--events` has."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = project.manage_test("--events", "whole.jsonl", *args)
    [recorded] = recordings(project)
    assert outcomes(recorded) == outcomes(project.root / "whole.jsonl")
    alone = run(project, *args)
    second = recordings(project)[1]
    plans = [
        [event.spec for event in read_recording(path) if isinstance(event, TestPlanned)]
        for path in (project.root / "whole.jsonl", recorded, second)
    ]
    assert [[(s.id, s.kind, s.tags, s.group, s.file) for s in plan] for plan in plans[1:]] == [
        [(s.id, s.kind, s.tags, s.group, s.file) for s in plans[0]]
    ] * 2
    assert plans[0] == plans[1]
    again = project.greenroom("replay")
    assert again.returncode == ran.returncode == alone.returncode == 1
    assert again.report.verdict == alone.report.verdict
    assert [section.title for section in again.report.sections] == [section.title for section in alone.report.sections]
    assert project.greenroom("replay", "3").returncode == 3


def test_only_so_many_are_kept_and_nothing_else_is_removed(make_project: Callable[..., Project]) -> None:
    """The oldest go; what greenroom has not named is not touched. With 0 none is made."""
    project = make_project(files={"shop/tests.py": TESTS})
    folder = project.root / ".greenroom/runs"
    folder.mkdir(parents=True)
    (folder / "mine.jsonl").write_text("mine")
    (folder / "20200101-000000-000-1.jsonl").write_text("")
    (folder / "20200101-000000-000-1.txt").write_text("mine")
    for _ in range(3):
        run(project, "shop.tests.C", env={"GREENROOM_KEEP_RUNS": "2"})
    names = [path.name for path in recordings(project)]
    assert len(names) == 4
    assert {"mine.jsonl", "20200101-000000-000-1.txt"} < set(names)
    assert "20200101-000000-000-1.jsonl" not in names
    run(project, "shop.tests.C", env={"GREENROOM_KEEP_RUNS": "0"})
    assert [path.name for path in recordings(project)] == names


def test_a_killed_run_leaves_what_it_did(make_project: Callable[..., Project]) -> None:
    """Tests that were over before the kill are in the recording, and it says that it ends in the middle."""
    slow = """
        import os, signal, time
        from django.test import SimpleTestCase

        class A(SimpleTestCase):
            def test_1(self): pass
            def test_2(self): self.fail("first")
            def test_3(self): pass
            def test_4(self): time.sleep(0.2)
            def test_5(self): os.kill(os.getpid(), signal.SIGKILL)
        """
    project = make_project(files={"shop/tests.py": slow})
    assert run(project).returncode == -signal.SIGKILL
    [path] = recordings(project)
    assert [test[-1] for test in outcomes(path)] == ["1", "2", "3", "4"]
    again = project.greenroom("replay")
    assert again.returncode == 3
    assert "ends in the middle" in again.stderr
    assert ".F.." in again.stderr


def test_runs_beside_each_other_do_not_meet(make_project: Callable[..., Project]) -> None:
    """Each has a recording of its own, also where only one is to be kept."""
    waits = "import time\nfrom django.test import SimpleTestCase\nclass A(SimpleTestCase):\n    def test_a(self): time.sleep(2)\n"
    project = make_project(files={"shop/tests.py": waits})
    started = [project.start_manage_test(env={"GREENROOM_KEEP_RUNS": "1"}) for _ in range(2)]
    deadline = time.monotonic() + 60
    while len(list(project.root.glob(".greenroom/runs/*"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [each.finish().returncode for each in started] == [0, 0]
    found = recordings(project)
    assert found
    for path in found:
        assert isinstance(list(read_recording(path))[-1], RunFinished)


def test_rerun(make_project: Callable[..., Project]) -> None:
    """All of a run, or what failed or never ran; what is not there any more is named."""
    project = make_project(files={"shop/tests.py": TESTS})
    run(project)
    failed = project.greenroom("rerun", "last", "--failed")
    assert failed.returncode == 1
    assert list(outcomes(recordings(project)[-1])) == ["shop.tests.A.test_bad"]
    for args in ((), ("--parallel", "2")):
        mended = project.greenroom("rerun", "2", "--failed", *args, env=MENDED)
        assert mended.returncode == 0, mended
        assert set(outcomes(recordings(project)[-1])) == {"shop.tests.A.test_bad", "shop.tests.B.test_never"}
        recordings(project)[-1].unlink()
    ran = project.greenroom("rerun", "2", env=MENDED)
    assert ran.returncode == 0
    assert len(outcomes(recordings(project)[-1])) == 5
    nothing = project.greenroom("rerun", "--failed")
    assert nothing.returncode == 0
    assert "no test failed" in nothing.stderr
    project.write("shop/tests.py", TESTS.replace("test_bad", "test_better").replace("class C", "class D"))
    other = project.greenroom("rerun", env=MENDED)
    assert other.returncode == 0
    [line] = [line for line in other.stderr.splitlines() if "not here" in line]
    assert line.startswith("greenroom: 2 tests of the recording are not here: shop.tests.")
    assert {"shop.tests.A.test_bad", "shop.tests.C.test_last"} == set(line.partition("here: ")[2].split(", "))
    assert len(outcomes(recordings(project)[-1])) == 3


def test_rerun_of_a_shuffled_run(make_project: Callable[..., Project]) -> None:
    """It has its seed, and so its order."""
    project = make_project(files={"shop/tests.py": TESTS})
    run(project, "--shuffle", "7", env=MENDED)
    project.greenroom("rerun", env=MENDED)
    first, second = map(outcomes, recordings(project))
    assert list(first) == list(second)


def test_rerun_where_a_module_could_not_be_loaded(make_project: Callable[..., Project]) -> None:
    """All of that module runs, once it can be."""
    project = make_project(files={"shop/tests/__init__.py": "", "shop/tests/test_x.py": "import nothing_like_that\n"})
    assert run(project).returncode == 1
    assert project.greenroom("rerun", "--failed").returncode != 0
    project.write("shop/tests/test_x.py", TESTS)
    mended = project.greenroom("rerun", "2", "--failed", env=MENDED)
    assert mended.returncode == 0, mended
    assert len(outcomes(recordings(project)[-1])) == 5


def test_rerun_of_a_run_that_came_to_no_test(make_project: Callable[..., Project]) -> None:
    """It says why, with the exit code of that run."""
    project = make_project(files={"shop/tests.py": TESTS})
    code = run(project, "shop.nothing").returncode
    again = project.greenroom("rerun", "--failed")
    assert again.returncode == code == 4
    assert "before its first test" in again.stderr


@pytest.mark.parametrize("args", [(), ("--workers", "2")], ids=["serial", "workers"])
def test_runs_of_pytest(make_project: Callable[..., Project], args: tuple[str, ...]) -> None:
    """They are recorded, and run again by pytest."""
    files = {"pytest.ini": INI, "shop/test_cases.py": TESTS, "shop/test_functions.py": PYTEST}
    project = make_project(files=files)
    ran = project.start(sys.executable, "-m", "pytest", "-q", *args, env={"GREENROOM_EVENTS": ""}).finish()
    assert ran.returncode == 1, ran
    [path] = recordings(project)
    found = outcomes(path)
    assert found["shop/test_functions.py::test_function[2]"] == "failed"
    assert found["shop.test_cases.A.test_bad"] == "failed"
    assert found["shop/test_functions.py::TestMany::test_method"] == "passed"
    assert project.greenroom("replay").returncode == 1
    again = project.greenroom("rerun", "--failed", *args)
    assert again.returncode == 1, again
    assert set(outcomes(recordings(project)[-1])) == {test for test, how in found.items() if how in ("failed", "error")}
    mended = project.greenroom("rerun", "1", *args, env=MENDED)
    assert mended.returncode == 0, mended


def test_report_of_shards(make_project: Callable[..., Project]) -> None:
    """One report of several recordings, with the tests of each."""
    project = make_project(files={"shop/tests.py": TESTS})
    run(project, "shop.tests.A")
    run(project, "shop.tests.B", "shop.tests.C", "--parallel", "2", env=MENDED)
    ran = project.greenroom("report", "html:both.html", "2", "1")
    assert ran.returncode == 1, ran
    rows = read(project.root / "both.html").rows
    assert {test.removeprefix("shop.tests."): row["verdict"] for test, row in rows.items()} == {
        "A.test_good": "passed",
        "A.test_bad": "failed",
        "A.test_tagged": "passed",
        "B.test_never": "passed",
        "C.test_last": "passed",
    }
    wrong = project.greenroom("report", "jnuit:x", "1")
    assert wrong.returncode == 2
    assert "junit" in wrong.stderr


def test_diff(make_project: Callable[..., Project]) -> None:
    """What fails anew, what passes again, what is gone and what is new; the exit code says whether it is worse."""
    project = make_project(files={"shop/tests.py": TESTS})
    run(project, env=MENDED)
    project.write("shop/tests.py", TESTS.replace("test_good", "test_other"))
    run(project)
    worse = project.greenroom("diff", "2", "1", "--json")
    assert worse.returncode == 1, worse
    found: dict[str, Any] = json.loads(worse.stdout)
    assert {
        name: [each["test"] for each in found[name]] for name in ("failing", "not_run", "vanished", "new", "passing")
    } == {
        "failing": ["shop.tests.A.test_bad", "setUpClass (shop.tests.B)"],
        "not_run": ["shop.tests.B.test_never"],
        "vanished": ["shop.tests.A.test_good"],
        "new": ["shop.tests.A.test_other"],
        "passing": [],
    }
    better = project.greenroom("diff", "1", "2")
    assert better.returncode == 0
    assert "Newly passing (2)\n  shop.tests.A.test_bad  failed, now passed" in better.stdout
    same = project.greenroom("diff", "1", "1")
    assert (same.returncode, "Still failing (2)" in same.stdout) == (0, True)


def test_history_and_the_page(make_project: Callable[..., Project]) -> None:
    """The runs of a test are known to `greenroom history` and to the HTML report, live and from the recording."""
    project = make_project(files={"shop/tests.py": TESTS})
    assert "Nothing is known" in project.greenroom("history").stdout
    for env in ({}, MENDED, {}, MENDED):
        run(project, env=env)
    found = json.loads(project.greenroom("history", "--json").stdout)
    bad = found["tests"]["shop.tests.A.test_bad"]
    assert (bad["runs"], bad["failed"], bad["changes"]) == (4, 2, 3)
    assert [run["exit_code"] for run in found["runs"]] == [0, 1, 0, 1]
    shown = project.greenroom("history", "shop.tests.A")
    assert "F.F.  2 failed of 4, 3 changes" in shown.stdout
    unknown = project.greenroom("history", "shop.tests.A.test_bda")
    assert unknown.returncode == 4
    assert "shop.tests.A.test_bad" in unknown.stderr
    run(project, "--report", "html:live.html", env=MENDED)
    project.greenroom("report", "html:replayed.html")
    live, replayed = (read(project.root / name) for name in ("live.html", "replayed.html"))
    assert live.text == replayed.text
    assert len(live.data["past"]["runs"]) == 4
    assert {len(runs) for runs in live.data["past"]["tests"].values()} <= {1, 2, 3, 4}


def test_a_folder_that_cannot_be_made(make_project: Callable[..., Project]) -> None:
    """One line, and the run goes on. Nobody may make a folder in this place, not even root."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = run(project, env={**MENDED, "GREENROOM_DIRECTORY": "/proc/greenroom"})
    assert ran.returncode == 0
    assert ran.stderr.count("the run is not recorded") == 1


def test_a_folder_that_is_none(make_project: Callable[..., Project]) -> None:
    """One line, and the run goes on."""
    project = make_project(files={"shop/tests.py": TESTS})
    (project.root / ".greenroom").mkdir()
    (project.root / ".greenroom/runs").write_text("a file")
    ran = run(project, env=MENDED)
    assert ran.returncode == 0
    assert ran.stderr.count("the run is not recorded") == 1
