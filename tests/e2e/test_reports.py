"""`--report` and `--plugin` through the front doors: several reports at once, the same from a recording, and what goes wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from greenroom.testing import Project, Ran, read_events
from tests.e2e.reports_project import GOOD, PLUGINS, TESTS
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode

if TYPE_CHECKING:
    from collections.abc import Callable

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


class TestPytest:
    """The same under `pytest`."""

    def pytest(self, project: Project, *args: str) -> Ran:
        """Run it."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider", "shop/tests.py"]
        return project.start(*command, *args, env={"DJANGO_SETTINGS_MODULE": "settings"}).finish()

    def test_reports_of_pytest(self, project: Project, tmp_path: Path) -> None:
        """JUnit and the rest tell of what pytest ran."""
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
