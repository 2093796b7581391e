"""`--coverage` measures what `coverage run` measures in one process, and more of what happens in others."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.errors import ExitCode
from greenroom.events import WorkerLost
from greenroom.testing.process import Running
from tests.e2e.coverage_project import APART, MEASURED
from tests.e2e.support import FORK, FORKSERVER, SERIAL, SPAWN, Mode, in_every_mode, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.testing import Project


@pytest.fixture(scope="module")
def measured(make_shared_project: Callable[..., Project]) -> Project:
    """A project with a configuration of coverage.py."""
    return make_shared_project(files=MEASURED)


@pytest.fixture(scope="module")
def stock(measured: Project) -> dict[str, Any]:
    """What `coverage run manage.py test` finds."""
    command = (sys.executable, "-m", "coverage", "run", "manage.py", "test", "--fresh-db")
    ran = measured.start(*command).finish()
    assert ran.returncode == 0, ran
    return covered(measured)


def covered(project: Project) -> dict[str, Any]:
    """Lines and branches by file, as coverage.py has them in its data file."""
    report = project.root / "found" / "report.json"
    ran = project.start(sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)).finish()
    assert ran.returncode == 0, ran
    keys = ("executed_lines", "missing_lines", "executed_branches", "missing_branches")
    files = json.loads(report.read_text())["files"]
    return {name: {key: value.get(key) for key in keys} for name, value in files.items()}


def test_the_measure_is_worth_something(stock: dict[str, Any]) -> None:
    """What is compared below has lines that ran and lines that did not, from before the runner was there, too."""
    assert stock["shop/sums.py"]["missing_lines"] == [4, 26]
    assert stock["shop/sums.py"]["missing_branches"] == [[2, 4]]
    assert stock["shop/unused.py"]["missing_lines"] == [1]
    for name in ("manage.py", "settings.py", "shop/models.py", "shop/migrations/0001_initial.py"):
        assert not stock[name]["missing_lines"]


@in_every_mode
def test_each_line_and_branch_is_that_of_coverage_run(measured: Project, stock: dict[str, Any], mode: Mode) -> None:
    """In this process and in workers, however they are started."""
    ran = measured.manage_test("--coverage", *mode.args, start_method=mode.start_method)
    assert ran.returncode == 0, ran
    found = covered(measured)
    if mode in {FORKSERVER, SPAWN}:
        # Workers import manage.py for their part, under another name than "__main__": one branch more.
        assert found["manage.py"].pop("executed_branches") == [[4, -1], [4, 5]]
        found["manage.py"] = {**stock["manage.py"], **found["manage.py"], "missing_branches": [[4, -1]]}
    assert found == stock
    assert "shop/sums.py" in ran.stdout
    assert "TOTAL" in ran.stdout.splitlines()[-1]
    assert sorted(path.name for path in (measured.root / "found").iterdir()) == [".coverage", "README", "report.json"]


def test_a_kept_snapshot_makes_no_difference(measured: Project, stock: dict[str, Any]) -> None:
    """Migrations run although the database could be had without."""
    assert measured.manage_test().returncode == 0
    assert measured.manage_test("--coverage").returncode == 0
    assert covered(measured) == stock


def test_the_greenroom_command(measured: Project, stock: dict[str, Any]) -> None:
    """It has no manage.py."""
    ran = measured.greenroom_test("--coverage")
    assert ran.returncode == 0, ran
    found = covered(measured)
    assert {**found, "manage.py": None} == {**stock, "manage.py": None}


def test_coverage_run_goes_on_as_it_was(measured: Project, stock: dict[str, Any]) -> None:
    """Beside it `--coverage` does nothing, and says so."""
    command = (sys.executable, "-m", "coverage", "run", "manage.py", "test", "--fresh-db", "--coverage")
    ran = measured.start(*command).finish()
    assert ran.returncode == 0, ran
    assert "measured already" in ran.stderr
    assert "TOTAL" not in ran.stdout
    assert covered(measured) == stock


@pytest.fixture(scope="module")
def apart(make_shared_project: Callable[..., Project]) -> Project:
    """A project whose tests start processes."""
    return make_shared_project(files={**MEASURED, "shop/tests.py": APART})


@in_main_modes
def test_processes_that_tests_start_are_measured(apart: Project, mode: Mode) -> None:
    """A program, a fork that ends by os._exit(), and a program that is ended by a signal."""
    ran = apart.manage_test("--coverage", *mode.args, start_method=mode.start_method)
    assert ran.returncode == 0, ran
    assert covered(apart)["shop/apart.py"]["missing_lines"] == [21]


DEADLY = """\
    import os
    import signal
    import time
    import unittest

    from shop import sums


    class Deadly(unittest.TestCase):
        def test_1(self):
            sums.first(1)
            time.sleep(0.4)

        def test_2(self):
            os.kill(os.getpid(), signal.SIGKILL)


    class Leaving(unittest.TestCase):
        def test_1(self):
            sums.first(0)

        def test_2(self):
            sums.second(0)
            os._exit(3)
    """


@pytest.mark.parametrize("mode", [FORK, SPAWN], ids=str)
def test_what_a_worker_measured_before_it_died_counts(make_project: Callable[..., Project], mode: Mode) -> None:
    """What its tests before the deadly one ran was written down."""
    project = make_project(files={**MEASURED, "shop/tests.py": DEADLY})
    ran = project.manage_test("--coverage", *mode.args, start_method=mode.start_method)
    assert ran.returncode == ExitCode.FAILED, ran
    assert sum(isinstance(event, WorkerLost) for event in ran.events) == 2
    assert {2, 3, 4, 8} <= set(covered(project)["shop/sums.py"]["executed_lines"])


@pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
def test_contexts(measured: Project, mode: Mode) -> None:
    """Each line has the tests that ran it."""
    report = measured.root / "found" / "report.json"
    args = ("--coverage", "--coverage-contexts", "--coverage-report", "json:found/report.json")
    measured.write("contexts.ini", MEASURED[".coveragerc"] + "[json]\n        show_contexts = true\n")
    where = {"COVERAGE_RCFILE": "contexts.ini"}
    ran = measured.manage_test(*args, *mode.args, start_method=mode.start_method, env=where)
    assert ran.returncode == 0, ran
    contexts = json.loads(report.read_text())["files"]["shop/sums.py"]["contexts"]
    report.unlink()
    assert contexts["3"] == ["shop.tests.Plain.test_first"]
    assert contexts["22"] == ["shop.tests.Plain.test_total"]
    assert sorted(contexts["23"]) == ["shop.tests.Other.test_zero", "shop.tests.Plain.test_total"]
    assert contexts["12"] == ["shop.tests.Rows.test_async"]
    assert contexts["1"] == [""]


@pytest.mark.parametrize(
    ("limit", "code"), [("50", ExitCode.OK), ("99.5", ExitCode.NOT_COVERED)], ids=["met", "missed"]
)
def test_a_limit(measured: Project, limit: str, code: ExitCode) -> None:
    """Less than is asked for fails a run that passed."""
    ran = measured.manage_test("--coverage", "--fail-under", limit)
    assert ran.returncode == code, ran
    assert ("Coverage failure: total of" in ran.stdout) is (code is not ExitCode.OK)


def test_failed_tests_come_before_a_limit(make_project: Callable[..., Project]) -> None:
    """The exit code is that of the tests; the limit in the file counts, and the table is printed all the same."""
    files = {
        **MEASURED,
        "pyproject.toml": "[tool.greenroom]\ncoverage = true\ncoverage-fail-under = 100\ncoverage-report = ['xml:out.xml']\n",
        "shop/tests.py": "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.fail()\n",
    }
    project = make_project(files=files)
    ran = project.manage_test()
    assert ran.returncode == ExitCode.FAILED, ran
    assert "is less than fail-under=100" in ran.stdout
    assert "<coverage" in (project.root / "out.xml").read_text()


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--fail-under", "50"), ExitCode.USAGE, "--coverage-fail-under says nothing where nothing is measured"),
        (("--coverage", "--fail-under", "101"), ExitCode.USAGE, "must be a percentage, from 0 to 100, not 101.0"),
        (("--coverage", "--coverage-report", "htm"), ExitCode.USAGE, "there is no coverage report 'htm'\nDid you mean html?"),
        (("--coverage", "shop.nothing"), ExitCode.NO_TESTS, "no test matches the label 'shop.nothing'"),
    ],
    ids=["alone", "101", "htm", "no tests"],
)  # fmt: skip
def test_mistakes(measured: Project, args: tuple[str, ...], code: ExitCode, said: str) -> None:
    """Nothing is reported that would be nothing, and what an earlier run has found stays."""
    before = _bytes(measured.root / "found/.coverage")
    ran = measured.manage_test(*args)
    assert (ran.returncode, said in ran.stderr) == (code, True), ran
    assert "TOTAL" not in ran.stdout
    assert "Traceback" not in ran.stderr
    assert _bytes(measured.root / "found/.coverage") == before


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def test_without_coverage_installed(measured: Project, tmp_path: Path) -> None:
    """One line says what to install."""
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text("import importlib.util as u, sys\nold = u.find_spec\n"
                      "u.find_spec = lambda name, *more: None if name == 'coverage' else old(name, *more)\n")  # fmt: skip
    path = measured.environment("stock", None, tmp_path / "none")["PYTHONPATH"]
    ran = measured.manage_test("--coverage", env={"PYTHONPATH": f"{tmp_path}:{path}"})
    assert ran.returncode == ExitCode.USAGE, ran
    assert "--coverage needs coverage.py, which is not installed\nInstall greenroom[coverage]." in ran.stderr


SLOW = """\
    import time
    import unittest
    from pathlib import Path

    from shop import sums


    class Slow(unittest.TestCase):
        def test_1(self):
            sums.first(1)

        def test_2(self):
            Path("began").touch()
            time.sleep(50)
    """


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("group", [False, True], ids=["one", "group"])
@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_ctrl_c(make_project: Callable[..., Project], mode: Mode, group: bool, times: int) -> None:
    """The run is told, ends as it does, and what it measured is reported; two in no time are one."""
    project = make_project(files={**MEASURED, "shop/tests.py": SLOW})
    started = project.start_manage_test("--coverage", *mode.args, start_method=mode.start_method)
    process: Running = started.process
    process.wait_for_file(project.root / "began")
    for _ in range(times):
        process.send(signal.SIGINT, group=group)
        time.sleep(0.02)
    ran = started.finish()
    assert ran.returncode == ExitCode.INTERRUPTED, ran
    assert "TOTAL" in ran.stdout
    assert not ran.left_behind
    assert 3 in covered(project)["shop/sums.py"]["executed_lines"]


def test_a_cov_of_pytests_is_refused(make_project: Callable[..., Project]) -> None:
    """In workers it would measure nothing."""
    files = {**MEASURED, "shop/tests.py": "", "shop/test_it.py": "def test_it():\n    import pytest\n"}
    project = make_project(files=files)
    ran = project.manage_test("--parallel", "2", "--", "--cov=shop")
    assert ran.returncode == ExitCode.USAGE, ran
    assert "measures nothing in the workers of --parallel: --coverage does" in ran.stderr
    ran = project.manage_test("--coverage", "--", "--cov=shop")
    assert ran.returncode == ExitCode.USAGE, ran
    assert "pytest-cov's --cov can't measure what --coverage measures" in ran.stderr


def test_pytests_tests_are_measured_like_all_others(make_project: Callable[..., Project]) -> None:
    """In workers and in one process alike."""
    tests = """\
        import pytest
        from shop import sums


        @pytest.mark.parametrize("number", [1, 0])
        def test_first(number):
            assert sums.first(number) in {1, 2}
        """
    project = make_project(files={**MEASURED, "shop/tests.py": "", "shop/test_it.py": tests})
    assert project.start(sys.executable, "-m", "coverage", "run", "manage.py", "test").finish().returncode == 0
    expected = covered(project)
    assert expected["shop/sums.py"]["executed_lines"][:4] == [1, 2, 3, 4]
    for mode in (SERIAL, FORK, SPAWN):
        ran = project.manage_test("--coverage", *mode.args, start_method=mode.start_method)
        assert ran.returncode == 0, ran
        found = covered(project)
        del found["shop/migrations/0001_initial.py"]
        assert found == {name: found[name] and lines for name, lines in expected.items() if name in found}


def test_pytest_cov_finds_the_same_with_pytests_workers(make_project: Callable[..., Project]) -> None:
    """Under pytest it is pytest-cov that measures, with and without workers."""
    ini = "[pytest]\nDJANGO_SETTINGS_MODULE = settings\npython_files = tests.py\n"
    project = make_project(files={**MEASURED, "pytest.ini": ini})
    found = []
    fresh = {"GREENROOM_FRESH_DB": "true"}  # or migrations ran for the first one only
    for workers in ((), ("--workers", "2")):
        ran = project.start(sys.executable, "-m", "pytest", "-p", "no:asyncio", "--cov=.", *workers, env=fresh).finish()
        assert ran.returncode == 0, ran
        found.append(covered(project))
    assert found[0] == found[1]
    assert found[0]["shop/sums.py"]["missing_lines"] == [4, 26]
