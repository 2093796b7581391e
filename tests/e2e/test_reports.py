"""`--report` and `--plugin` through the front doors: several reports at once, the same from a recording, and what goes wrong."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from greenroom.testing import Project, Ran, read_events
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = """\
    import os
    from pathlib import Path
    from unittest import TestCase, skip

    class Shop(TestCase):
        def test_good(self):
            pass

        def test_bad(self):
            self.fail("::error::%0A ]]> \\x1b[31mred\\x1b[0m \\x00 <b> | 'q' #")

        @skip("no # need")
        def test_skipped(self):
            pass

        def test_flaky(self):
            tried = Path(os.environ["TRIED"])
            if not tried.exists():
                tried.touch()
                raise ValueError("the first time")

        def test_allowed(self):
            self.assertEqual(1, 2)

        def test_parts(self):
            for n in range(3):
                with self.subTest(n=n):
                    self.assertNotEqual(n, 1)

    class Broken(TestCase):
        @classmethod
        def setUpClass(cls):
            raise RuntimeError("no class")

        def test_never(self):
            pass
    """
PLUGINS = """\
    import os
    import time

    from greenroom.events import TestFinished
    from greenroom.reporters.api import BaseReporter

    class Plain(BaseReporter):
        def __init__(self, context):
            self.context = context

    class Raises(Plain):
        def handle(self, event):
            if isinstance(event, TestFinished):
                raise KeyError("never")

    class RaisesAtTheTerminal(Raises):
        terminal = True

    class NoUse(Plain):
        def __init__(self, context):
            raise ZeroDivisionError

    class Hangs(Plain):
        def handle(self, event):
            time.sleep(600)

    class Budget(Plain):
        failure = "the budget is spent"

    def greenroom_reporters():
        return {"raises": Raises, "terminal-raises": RaisesAtTheTerminal, "no-use": NoUse, "hangs": Hangs,
                "budget": Budget}

    def greenroom_verdict(finished):
        return os.environ.get("WHY")

    def greenroom_test_started(test):
        if os.environ.get("RAISE_IN") and os.environ["RAISE_IN"] in test:
            raise LookupError("in a test")
    """
NAMES = [
    "junit",
    "json",
    "github",
    "gitlab",
    "teamcity",
    "tap",
    "slow",
    "markdown",
    "dots",
    "verbose",
    "progress",
    "emoji",
]
GOOD = "shop.tests.Shop.test_good"


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """A project with one test of each kind, and plugins of its own."""
    return make_shared_project(databases="none", files={"shop/tests.py": TESTS, "greenroom_plugins.py": PLUGINS})


def reports(folder: Path) -> list[str]:
    """All reporters at once, each into a file."""
    return [option for name in NAMES for option in ("--report", f"{name}:{folder / name}")]


def files(folder: Path) -> dict[str, bytes]:
    """What was written."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
def test_all_at_once_and_the_same_from_the_recording(project: Project, mode: Mode, tmp_path: Path) -> None:
    """Twelve reports of one run, byte for byte those of its replay; the terminal has its own besides."""
    recording, summary = tmp_path / "run.jsonl", tmp_path / "summary.md"
    options = [*reports(tmp_path / "live"), "--retries", "1", "--quarantine", "shop.tests.Shop.test_allowed"]
    ran = project.manage_test(
        *options, *mode.args, "--events", str(recording), start_method=mode.start_method,
        env={"GITHUB_STEP_SUMMARY": str(summary), "TRIED": str(tmp_path / "tried")},
    )  # fmt: skip
    assert ran.returncode == 1, ran
    assert "flaky=1, quarantined=1" in ran.stderr
    again = project.greenroom(
        "replay", str(recording), *reports(tmp_path / "again"), env={"GITHUB_STEP_SUMMARY": str(tmp_path / "again.md")}
    )
    assert again.returncode == 1, again
    live = files(tmp_path / "live")
    assert len(live) == len(NAMES) + 1
    assert files(tmp_path / "again") == live
    assert (tmp_path / "again.md").read_bytes() == summary.read_bytes()
    tests = {f"{case.get('classname')}.{case.get('name')}" for case in ET.fromstring(live["junit"]).iter("testcase")}
    assert tests == {*read_events(recording).outcomes, "shop.tests.Broken.setUpClass", "shop.tests.Broken.test_never"}
    # Each of those that has a word for it tells that a test is flaky.
    for name in ("json", "github", "teamcity", "tap", "markdown", "dots", "verbose", "progress", "emoji"):
        assert b"flaky" in live[name].lower(), name
    assert b"flakyError" in live["junit"]


def test_annotations_are_at_the_right_lines(project: Project, tmp_path: Path) -> None:
    """The file as GitHub knows it, below the root of the repository, and the line of the assertion."""
    ran = project.manage_test(
        "shop.tests.Shop.test_bad", "--report", "github", env={"GITHUB_WORKSPACE": str(project.root.parent)}
    )
    [line] = [line for line in ran.stdout.splitlines() if line.startswith("::error")]
    number = next(n for n, text in enumerate(TESTS.splitlines(), 1) if "self.fail" in text)
    assert line.startswith(
        f"::error file={project.root.name}/shop/tests.py,line={number},title=shop.tests.Shop.test_bad::"
    )
    assert "AssertionError: ::error::%250A ]]> red" in line


def test_a_terminal_reporter_takes_the_place_of_the_dots(project: Project) -> None:
    """Pictures instead, and what follows them."""
    ran = project.manage_test(GOOD, "--report", "emoji", env={"PYTHONIOENCODING": "utf-8"})
    assert ran.returncode == 0
    assert "✅\n" in ran.stderr
    assert ".\n---" not in ran.stderr
    assert ran.stderr.count("Ran 1 test") == 1


def test_two_for_the_terminal(project: Project) -> None:
    """One of them has to go to a file."""
    ran = project.manage_test(GOOD, "--report", "emoji", "--report", "dots")
    assert ran.returncode == 2
    assert "the reporters emoji and dots are both for the terminal" in ran.stderr


@pytest.mark.parametrize("door", ["manage", "greenroom", "replay"])
def test_an_unknown_reporter(project: Project, tmp_path: Path, door: str) -> None:
    """One line with the nearest names, before anything runs."""
    recording = tmp_path / "run.jsonl"
    recording.write_text('{"event":"RunStarted","at":1.0,"schema":1,"greenroom":"1","python":"3","django":"6"}\n')
    option = ("--report", "junitt")
    match door:
        case "manage":
            ran = project.manage_test(GOOD, *option)
        case "greenroom":
            ran = project.greenroom_test(GOOD, *option)
        case _:
            ran = project.greenroom("replay", str(recording), *option)
    assert ran.returncode == 2, ran
    assert "there is no reporter 'junitt'" in ran.stderr
    assert "Did you mean junit?" in ran.stderr
    assert "Traceback" not in ran.output
    assert "Ran " not in ran.stderr


def test_from_the_configuration(make_project: Callable[..., Project], tmp_path: Path) -> None:
    """Paths are from the root there, from where one is on the command line; a default is in `.greenroom/reports`."""
    project = make_project(databases="none", files={"shop/tests.py": TESTS})
    project.write("pyproject.toml", '[tool.greenroom]\nreport = ["junit:out/a.xml", "tap:b.tap"]\n')
    assert project.manage_test(GOOD).returncode == 0
    assert (project.root / "out/a.xml").exists()
    assert (project.root / "b.tap").read_text() == f"TAP version 14\nok 1 - {GOOD}\n1..1\n"
    here = project.root / "shop"
    command = [sys.executable, "../manage.py", "test", GOOD, "--report", "tap:c.tap", "--report", "junit"]
    started = project.start(*command, folder=here)
    assert started.finish().returncode == 0
    assert (here / "c.tap").exists()
    assert (project.root / ".greenroom/reports/junit.xml").exists()


def test_an_interrupted_run_is_reported(make_project: Callable[..., Project], tmp_path: Path) -> None:
    """Ctrl-C in the middle: what ran, what was cut off and what never began are all in the report."""
    tests = """\
        import os
        import signal
        from unittest import TestCase

        class Cut(TestCase):
            def test_a(self):
                pass

            def test_b(self):
                os.kill(os.getpid(), signal.SIGINT)
                signal.pause()

            def test_c(self):
                pass
        """
    project = make_project(databases="none", files={"shop/tests.py": tests})
    path = tmp_path / "junit.xml"
    ran = project.manage_test("--report", f"junit:{path}", "--report", f"tap:{tmp_path / 'tap'}")
    assert ran.returncode == 130, ran
    cases = {
        case.get("name"): [(each.tag, each.get("type")) for each in case]
        for case in ET.parse(path).getroot().iter("testcase")
    }
    assert cases == {"test_a": [], "test_b": [("skipped", "interrupted")], "test_c": [("skipped", "not_run")]}
    assert "Bail out! interrupted\n" in (tmp_path / "tap").read_text()


class TestFaults:
    """A reporter or a plugin that fails never stops a run."""

    @pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
    def test_one_that_raises(self, project: Project, mode: Mode, tmp_path: Path) -> None:
        """It is named in one line, the others are whole, and the exit code says so."""
        path = tmp_path / "t.tap"
        ran = project.manage_test(GOOD, "--report", "raises", "--report", f"tap:{path}", *mode.args)
        assert ran.returncode == 6, ran
        assert "greenroom: the report raises is incomplete: its reporter raised KeyError: 'never'" in ran.stderr
        assert "Traceback" not in ran.stderr
        assert "\nOK\n" in ran.stderr
        assert f"ok 1 - {GOOD}" in path.read_text()

    def test_one_that_raises_at_the_terminal(self, project: Project) -> None:
        """The classic report goes on in its place: no failure is lost."""
        ran = project.manage_test("shop.tests.Shop.test_bad", "--report", "terminal-raises")
        assert ran.returncode == 1
        assert "the report terminal-raises is incomplete" in ran.stderr
        assert "FAIL: test_bad" in ran.stderr
        assert "FAILED (failures=1)" in ran.stderr

    def test_one_that_cannot_be_made(self, project: Project) -> None:
        """A fault of its own; the tests run."""
        ran = project.manage_test(GOOD, "--report", "no-use")
        assert ran.returncode == 6
        assert "ZeroDivisionError" in ran.stderr
        assert "Ran 1 test" in ran.stderr

    @pytest.mark.slow
    @pytest.mark.one_pair
    def test_one_that_hangs(self, project: Project) -> None:
        """It is left behind after some seconds."""
        ran = project.manage_test(GOOD, "--report", "hangs")
        assert ran.returncode == 6
        assert "greenroom: the report hangs is left out: its reporter hangs" in ran.stderr
        assert "\nOK\n" in ran.stderr

    @pytest.mark.slow
    @pytest.mark.one_pair
    def test_a_pipe_that_nobody_reads(self, project: Project, tmp_path: Path) -> None:
        """Opening it would wait for ever."""
        os.mkfifo(tmp_path / "pipe")
        ran = project.manage_test(GOOD, "--report", f"junit:{tmp_path / 'pipe'}")
        assert ran.returncode == 6, ran
        assert "the report junit is left out: its reporter hangs" in ran.stderr
        assert "Ran 1 test" in ran.stderr

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
    @pytest.mark.parametrize("name", ["junit", "tap", "json", "markdown", "slow", "teamcity", "dots"])
    def test_a_full_disk(self, project: Project, name: str) -> None:
        """One clear line that names the report and the file."""
        ran = project.manage_test(GOOD, "--report", f"{name}:/dev/full")
        assert ran.returncode == 6, ran
        assert f"greenroom: the report {name} is incomplete: No space left on device (/dev/full)" in ran.stderr
        assert ran.stderr.count("No space left") == 1
        assert "Traceback" not in ran.stderr

    def test_a_path_that_cannot_be_written(self, project: Project, tmp_path: Path) -> None:
        """A mistake that is told before anything runs."""
        (tmp_path / "file").write_text("")
        ran = project.manage_test(GOOD, "--report", f"junit:{tmp_path / 'file' / 'x.xml'}")
        assert ran.returncode == 3
        assert "x.xml can't be written" in ran.stderr
        assert "Ran " not in ran.stderr

    def test_a_reporter_may_fail_the_run(self, project: Project) -> None:
        """As a budget does; and so may a plugin."""
        ran = project.manage_test(GOOD, "--report", "budget")
        assert ran.returncode == 1
        assert "greenroom: the budget is spent" in ran.stderr
        ran = project.greenroom_test(GOOD, env={"WHY": "coverage is 12 %"})
        assert ran.returncode == 1
        assert "greenroom: coverage is 12 %" in ran.stderr

    @pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
    def test_a_hook_that_raises_where_a_test_runs(self, project: Project, mode: Mode) -> None:
        """The test has its own result; the plugin is named, also where it was in a worker."""
        ran = project.manage_test(
            GOOD, *mode.args, start_method=mode.start_method, env={"RAISE_IN": "test_good"}
        )  # fmt: skip
        assert ran.returncode == 6, ran
        assert "the plugin greenroom_plugins failed in greenroom_test_started: LookupError: in a test" in ran.stderr
        assert ran.outcomes == {GOOD: "passed"}


class TestPlugins:
    """`--plugin`."""

    def test_a_misspelt_hook_stops_the_run(self, make_project: Callable[..., Project]) -> None:
        """Before it begins, with the nearest name."""
        project = make_project(databases="none", files={"shop/tests.py": TESTS})
        project.write("greenroom_plugins.py", "def greenroom_run_finish(exit_code): pass\n")
        ran = project.manage_test(GOOD)
        assert ran.returncode == 2
        assert "the plugin greenroom_plugins has a hook greenroom_run_finish, which there is not" in ran.stderr
        assert "Did you mean greenroom_run_finished" in ran.stderr
        assert project.manage_test(GOOD, "--plugin", "no:greenroom_plugins").returncode == 0

    def test_named_ones_add_to_those_of_the_file(self, make_project: Callable[..., Project]) -> None:
        """By file and by dotted path."""
        project = make_project(databases="none", files={"shop/tests.py": TESTS})
        project.write("tools/one.py", "def greenroom_run_finished(): print('one was here')\n")
        project.write("shop/two.py", "def greenroom_run_finished(): print('two was here')\n")
        project.write("pyproject.toml", '[tool.greenroom]\nplugins = ["tools/one.py"]\n')
        ran = project.manage_test(GOOD, "--plugin", "shop.two")
        assert ran.returncode == 0
        assert "one was here" in ran.stdout
        assert "two was here" in ran.stdout
        assert "one was here" not in project.manage_test(GOOD, "--plugin", "no:tools/one.py").stdout

    def test_a_default_run_imports_no_pluggy(self, make_project: Callable[..., Project]) -> None:
        """Nor anything else of what reports and plugins need."""
        project = make_project(databases="none", files={"shop/tests.py": TESTS})
        ran = project.start(sys.executable, "-X", "importtime", "manage.py", "test", GOOD).finish()
        imported = {
            line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")
        }
        assert "greenroom.reporters.choosing" in imported
        assert not imported & {
            "pluggy",
            "greenroom.hooks.plugins",
            "greenroom.reporters.guard",
            "greenroom.reporters.story",
        }


class TestPytest:
    """The same under `pytest`."""

    def pytest(self, project: Project, *args: str) -> Ran:
        """Run it."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider", "shop/tests.py"]
        return project.start(*command, *args, env={"DJANGO_SETTINGS_MODULE": "settings"}).finish()

    def test_reports_of_pytest(self, project: Project, tmp_path: Path) -> None:
        """JUnit and the rest tell of what pytest ran."""
        pytest.importorskip("pytest_django")
        ran = self.pytest(project, "-k", "test_good or test_bad", "--report", f"junit:{tmp_path / 'j.xml'}",
                          "--greenroom-report", f"json:{tmp_path / 'e.jsonl'}")  # fmt: skip
        assert ran.returncode == 1, ran
        cases = {case.get("name"): case for case in ET.parse(tmp_path / "j.xml").getroot().iter("testcase")}
        assert set(cases) == {"test_good", "test_bad"}
        assert cases["test_bad"][0].tag == "failure"
        lines = (tmp_path / "e.jsonl").read_text().splitlines()
        assert json.loads(lines[0])["event"] == "RunStarted"
        assert json.loads(lines[-1])["event"] == "RunFinished"

    def test_faults_under_pytest(self, project: Project) -> None:
        """A reporter that raises, one that fails the run, one that wants the terminal, one that is unknown."""
        pytest.importorskip("pytest_django")
        ran = self.pytest(project, "-k", "test_good", "--report", "raises")
        assert ran.returncode == 6, ran
        assert "the report raises is incomplete" in ran.output
        assert self.pytest(project, "-k", "test_good", "--report", "budget").returncode == 1
        ran = self.pytest(project, "--report", "emoji")
        assert ran.returncode == 4
        assert "the reporter emoji is for the terminal" in ran.output
        ran = self.pytest(project, "--report", "junitt")
        assert ran.returncode == 4
        assert "Did you mean junit?" in ran.output
