"""Reporters and plugins that fail, and plugins by `--plugin`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import Project
from tests.e2e.reports_project import GOOD, PLUGINS, TESTS
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """A project with one test of each kind, and plugins of its own."""
    return make_shared_project(databases="none", files={"shop/tests.py": TESTS, "greenroom_plugins.py": PLUGINS})


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
