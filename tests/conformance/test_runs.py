"""External suites through the front doors: each result is a test of the run."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import Project, Ran, check_stream
from tests.conformance.projects import write_items_project
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = {"items.counts": "passed", "items.left out": "skipped"}


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """The project, which no test of this module changes."""
    return write_items_project(make_shared_project)


def conform(project: Project, *options: str, how: str = "") -> Ran:
    """`greenroom conform junit` with the project's suite."""
    command = [sys.executable, "suite.py", "{url}", "{junit}", *filter(None, [how])]
    return project.greenroom("conform", "junit", *options, "--", *command)


def results(ran: Ran, prefix: str) -> dict[str, str]:
    """The outcomes of the tests of a class, by what follows its name."""
    return {test.removeprefix(prefix): outcome for test, outcome in ran.outcomes.items() if test.startswith(prefix)}


def test_the_command(project: Project, tmp_path: Path) -> None:
    """Each result is a test, with its seconds; files are kept; the server's traceback is too; the report replays."""
    ran = conform(project, "--report-dir", str(tmp_path / "kept"))
    assert ran.returncode == 1, ran
    check_stream(ran.events)
    assert results(ran, "conform.junit.") == {
        "test_suite": "passed",
        "items.starts empty": "passed",
        **RESULTS,
        "items.answers": "failed",
    }
    assert "FAIL: items.answers (conform.junit)\n" in ran.stderr
    assert "AssertionError: status 500" in ran.stderr
    assert ran.summary.tests == 5
    ended = {event.test: event for event in ran.events.finished}
    assert ended["conform.junit.items.counts"].seconds == 0.125
    kept = {each.name: project.root / each.file for each in ended["conform.junit.test_suite"].attachments}
    assert set(kept) == {"junit.xml", "notes.txt", "output.txt", "server-errors.txt"}
    assert "ValueError: the view broke" in kept["server-errors.txt"].read_text()
    assert "looking at http://" in kept["output.txt"].read_text()
    assert (tmp_path / "kept" / "notes.txt").read_text() in kept["output.txt"].read_text()
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"junit.xml", "notes.txt", "output.txt"}


def test_a_good_suite(project: Project) -> None:
    """Exit code 0, on each server."""
    for server in ("threaded", "asgi"):
        ran = conform(project, "--live-server", server, how="good")
        assert ran.returncode == 0, ran
        assert ran.summary.tests == 4


@pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
def test_the_class(project: Project, mode: Mode) -> None:
    """The same as a test class, with what its `setUp()` makes; nothing of it is left for the next class."""
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    assert ran.returncode == 1, ran
    check_stream(ran.events)
    assert results(ran, "shop.tests.test_items.Items.") == {
        "test_suite": "passed",
        "items.starts with what setUp made": "passed",
        **RESULTS,
        "items.answers": "failed",
    }
    assert results(ran, "shop.tests.test_items.After.") == {
        "test_suite": "passed",
        "items.starts empty": "passed",
        **RESULTS,
    }
    assert (project.root / "kept" / "junit.xml").exists()


def test_the_class_under_stock_django(project: Project) -> None:
    """Serially each result is a test; in parallel, where nobody may add tests, a subtest."""
    serial = project.manage_test("--testrunner", "django.test.runner.DiscoverRunner")
    assert "FAIL: items.answers (shop.tests.test_items.Items)" in serial.stderr
    assert "Ran 9 tests" in serial.stderr
    parallel = project.manage_test("--testrunner", "django.test.runner.DiscoverRunner", "--parallel", "2")
    assert "FAIL: test_suite (shop.tests.test_items.Items.test_suite) [items.answers]" in parallel.stderr
    assert "Ran 2 tests" in parallel.stderr
    assert "failures=1, skipped=2" in parallel.stderr


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("silent", "wrote no junit.xml"),
        ("empty", "its results are empty"),
        ("cut", "is no whole XML"),
        ("bad end", "ended with exit code 5, and none of its results is a failure"),
    ],
)
def test_results_that_are_none(project: Project, how: str, says: str) -> None:
    """Whatever the exit code of the suite, without results the run is not good: exit code 3."""
    ran = conform(project, how=how)
    assert ran.returncode == 3, ran
    assert ran.summary.exit_code == 3
    assert says in ran.stderr
    assert ran.outcomes == {"conform.junit.test_suite": "error"}
    assert "Traceback" not in ran.stderr


def test_a_file_of_its_own(project: Project) -> None:
    """`--junit FILE` is for commands that can't be told where to write; a file of an earlier run does not count."""
    script = "import pathlib, sys; sys.argv[1:] and pathlib.Path('own.xml').write_text('<testsuite><testcase name=\"a\"/></testsuite>')"
    command = ["conform", "junit", "--junit", "own.xml", "--", sys.executable, "-c", script]
    ran = project.greenroom(*command, "write")
    assert ran.returncode == 0, ran
    assert ran.outcomes == {"conform.junit.test_suite": "passed", "conform.junit.a": "passed"}
    ran = project.greenroom(*command)
    assert ran.returncode == 3, ran
    assert "wrote no own.xml" in ran.stderr


def test_the_time_limit(project: Project) -> None:
    """A suite that takes too long is ended, and told with what it printed."""
    ran = conform(project, "--time-limit", "1.5", how="hang")
    assert ran.returncode == 3, ran
    assert "longer than 1.5 seconds" in ran.stderr
    assert "looking at" in ran.stderr
    assert ran.left_behind == ()


def test_ctrl_c(project: Project) -> None:
    """The suite is ended with the run, which ends with 130."""
    pid = project.root / "hanging"
    pid.unlink(missing_ok=True)
    command = [sys.executable, "suite.py", "{url}", "{junit}", "hang"]
    run = project.start(
        sys.executable,
        "-m",
        "greenroom",
        "conform",
        "junit",
        "--",
        *command,
        env={"DJANGO_SETTINGS_MODULE": "settings"},
    )
    run.process.wait_for_file(pid)
    time.sleep(0.1)
    run.process.send(signal.SIGINT)
    ran = run.finish()
    assert ran.returncode == 130, ran
    assert ran.summary.interrupted
    assert (
        not Path(f"/proc/{pid.read_text()}/environ").exists()
        or not Path(f"/proc/{pid.read_text()}/environ").read_bytes()
    )


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["junit"], "no command was given"),
        (["oci", "--", "true"], "runs no other command"),
        (["junit", "--time-limit", "-1", "--", "true"], "--time-limit"),
        ([], "SUITE"),
    ],
    ids=["no command", "a command too many", "limit", "no suite"],
)
def test_mistakes(project: Project, args: list[str], says: str) -> None:
    """Exit code 2, and no traceback."""
    ran = project.greenroom("conform", *args)
    assert ran.returncode == 2, ran
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_server_that_runs_already(tmp_path: Path, project: Project) -> None:
    """`--root-url` needs no project and no settings."""
    script = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text(f'<testsuite><testcase name=\"{sys.argv[1]}\"/></testsuite>')"
    ran = project.greenroom(
        "conform", "junit", "--root-url", "http://127.0.0.1:9/", "--", sys.executable, "-c", script, "{url}", "{junit}",
        folder=tmp_path, env={"DJANGO_SETTINGS_MODULE": ""},
    )  # fmt: skip
    assert ran.returncode == 0, ran
    assert "conform.junit.http://127.0.0.1:9" in ran.outcomes
