"""`pytest --workers` gives what pytest gives."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from greenroom.events import DatabaseStep, GroupFinished, TestFinished, WorkerLost, WorkerStarted
from tests.pytest_plugin.samples import EVERYTHING
from tests.pytest_plugin.support import PytestRan, pytest_project, run_pytest
from tests.pytest_plugin.workers.cases import LOSSES, MODULES, ODD, STOPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Databases, Project

WORKERS = ("--workers", "2")
PARALLEL = (WORKERS, ("-n", "2"))


def summary(ran: PytestRan) -> list[str]:
    """What pytest says of tests and warnings at the end, in no order."""
    text = re.sub(r" in [\d.]+s.*|0x[0-9a-f]+", "", ran.ran.stdout.partition("= ERRORS =")[2])
    return sorted(line for line in text.splitlines() if not line.startswith("---"))


def test_what_reporters_see(make_project: Callable[..., Project]) -> None:
    """Failures, output, warnings, subtests, properties, late teardowns: each line of the report is the same."""
    project = pytest_project(make_project, ODD)
    serial = run_pytest(project, "-ra")
    ran = run_pytest(project, "-ra", *WORKERS)
    assert len(serial.outcomes) > 25, serial.ran
    assert ran.outcomes == serial.outcomes
    assert summary(ran) == summary(serial)
    assert ran.code == serial.code == 1
    assert "the last words" in ran.output


def test_junit_file(make_project: Callable[..., Project]) -> None:
    """Each element is the same, with its attributes, properties, texts and output."""
    project = pytest_project(make_project, ODD)
    how = ("-o", "junit_family=xunit1", "-o", "junit_logging=all")
    serial, ran = (elements(project, run_pytest(project, *how, *args)) for args in ((), WORKERS))
    assert ran == serial
    assert any('assertions="at once" status="late"' in element for element in ran)


def elements(project: Project, ran: PytestRan) -> list[str]:
    """The tests of pytest's JUnit file as text, in no order."""
    assert ran.outcomes
    found = ET.parse(project.root.parent / "outcomes.xml").getroot().iter("testcase")
    # What pytest shows of the progress of subtests it takes for output of the test, where both are in one process.
    return sorted(
        re.sub(r' time="[\d.]+"|0x[0-9a-f]+|(?<=-\n)u+(?=\n)', "", ET.tostring(each, encoding="unicode"))
        for each in found
    )


def test_teardown_of_a_file(make_project: Callable[..., Project]) -> None:
    """It is told of the last test of the file, though the worker did not know then what came next."""
    project = pytest_project(make_project, {f"test_{name}.py": MODULES for name in "abcd"})
    serial = run_pytest(project)
    before = elements(project, serial)
    ran = run_pytest(project, *WORKERS)
    assert elements(project, ran) == before
    assert summary(ran) == summary(serial)
    assert ran.output.count("the last words") == 8
    assert {name.rpartition("::")[2] for name, outcome in ran.outcomes.items() if outcome} == {"test_last"}


def test_databases_are_made_before_any_test_is_called(make_project: Callable[..., Project]) -> None:
    """What a test without a database does to Django before is not in it: pytest-django has such tests run last."""
    declares = (
        "from django.db import models\n\n\n"
        "def test_declares():\n"
        "    type('Late', (models.Model,), {'__module__': 'shop.models', 'Meta': type('Meta', (), {'app_label': 'shop'})})\n"
    )
    looks = (
        "import pytest\nfrom django.db import connection\n\n\n"
        "@pytest.mark.django_db(transaction=True)\n"
        "def test_looks():\n"
        "    names = connection.introspection.table_names()\n"
        "    assert 'shop_item' in names\n"
        "    assert not [name for name in names if name.startswith('shop_late')]\n"
    )
    files = {"test_a.py": declares, "test_b.py": declares.replace("Late", "Later"), "test_z.py": looks}
    # Without what is remembered of earlier runs, tests that commit come last.
    ran = run_pytest(pytest_project(make_project, files), "--nomigrations", *WORKERS)
    assert len(ran.outcomes) == 3, ran.ran
    ran.all_passed("test_declares", "test_looks")


@pytest.mark.parametrize("databases", ["memory", "file"])
def test_all_that_pytest_django_offers(make_project: Callable[..., Project], databases: Databases) -> None:
    """Fixtures, marks, test cases, an override of `django_db_setup`."""
    project = pytest_project(make_project, EVERYTHING, databases=databases)
    serial = run_pytest(project)
    assert len(serial.outcomes) > 40, serial.ran
    for args in (WORKERS, ("--workers", "1")):
        ran = run_pytest(project, *args)
        # With two it is chance which of them has emptied its database before the first test that counts rows there.
        chance = {"test_cases.Committing::test_one"} if args is WORKERS else set()
        assert {**ran.outcomes, **{name: serial.outcomes[name] for name in chance}} == serial.outcomes
        assert ran.outcomes.keys() == serial.outcomes.keys()
        assert ran.code == serial.code


def test_failed_first(make_project: Callable[..., Project]) -> None:
    """The order that an option asks for is kept, whatever takes longest."""
    slow = """\
        import pathlib, time

        def test_it():
            time.sleep(0.3)
            end = time.monotonic() + 20
            while pathlib.Path("again").exists() and time.monotonic() < end:
                time.sleep(0.1)
        """
    failing = "import time\n\ndef test_it():\n    time.sleep(0.1)\n    assert 0\n"
    project = pytest_project(
        make_project, {"test_a.py": slow, "test_b.py": slow, "test_c.py": slow, "test_d.py": failing}
    )
    command = (*run_pytest_command()[:3], "-v")
    project.start(*command).finish()
    (project.root / "again").touch()
    # Whoever is before it waits for what never comes.
    ran = project.start(*command, *WORKERS, "--ff", "-x").finish()
    assert "1 failed" in ran.stdout, ran
    assert " passed" not in ran.stdout


@pytest.mark.parametrize("databases", ["memory", "file"])
def test_lost_workers(make_project: Callable[..., Project], databases: Databases) -> None:
    """A worker that dies or hangs costs the test that it was at; the next one has databases of its own."""
    project = pytest_project(make_project, LOSSES, databases=databases)
    ran = run_pytest(project, *WORKERS, "--timeout", "1")
    lost = {name.rpartition("_")[2] for name, outcome in ran.outcomes.items() if outcome}
    assert (ran.code, lost) == (1, set("bdfhi")), ran.ran
    assert len(ran.outcomes) == 10
    for words in ("signal SIGKILL", "signal SIGSEGV", "exit code 0", "did not stop when told", "TestTimedOut"):
        assert words in ran.output
    assert sum(isinstance(event, WorkerLost) for event in ran.ran.events) == 4


@pytest.mark.parametrize("stop", STOPS)
def test_ends_before_the_end(make_project: Callable[..., Project], stop: str) -> None:
    """Whoever ends a run ends it with workers too, with the same exit code and the same words."""
    what, args = STOPS[stop]
    body = f"import pytest\n\ndef test_it(request):\n    {what}\n"
    project = pytest_project(make_project, {})
    for number in range(6):
        project.write(f"test_{number}.py", body)
    serial = run_pytest(project, *args)
    ran = run_pytest(project, *args, *WORKERS)
    assert ran.code == serial.code, ran.ran
    assert ending(ran) == ending(serial)
    assert len(ran.outcomes) in ({1, 2} if stop in {"should_stop", "should_fail"} else {len(serial.outcomes)})


def ending(ran: PytestRan) -> list[str]:
    """All that is said after the tests: failures, why the run ended, counts.

    Which file came first, and whether the other worker's test was over when a passing test ended the run, is chance.
    """
    lines = ran.ran.stdout.partition("\ncollected ")[2].splitlines()
    said = [line for line in lines[1:] if line and not re.match(r"test_\d\.py |\S*\s+\[ *\d+%\]$|[.F]+$", line)]
    alike = re.sub(r"test_\d|(?<= in )[\d.]+s|\d(?= passed)|generated xml file.*|0x[0-9a-f]+", "...", "\n".join(said))
    return [line.strip("= ") for line in alike.splitlines()]


def test_internal_errors(make_project: Callable[..., Project]) -> None:
    """A hook that raises in a worker is pytest's internal error; one in the parent as well."""
    for hook in ("pytest_runtest_protocol(item)", "pytest_runtest_logreport(report)"):
        conftest = f"def {hook}:\n    raise LookupError('in a hook')\n"
        project = pytest_project(make_project, {"conftest.py": conftest, "test_it.py": "def test_it():\n    pass\n"})
        ran = run_pytest(project, *WORKERS)
        assert ran.code == 3
        assert "INTERNALERROR> " in ran.output
        assert "LookupError: in a hook" in ran.output


def test_ctrl_c(make_project: Callable[..., Project]) -> None:
    """Fixtures are torn down, the exit code is 2, and no process is left."""
    tests = """\
        import pathlib, time, pytest

        @pytest.fixture(scope="session")
        def held(worker_id):
            yield
            pathlib.Path(f"ended-{worker_id}").touch()

        def test_waits(held, db, worker_id):
            pathlib.Path(f"began-{worker_id}").touch()
            time.sleep(60)
        """
    project = pytest_project(make_project, {"test_a.py": tests, "test_b.py": tests}, databases="file")
    command = (*run_pytest_command(), *WORKERS)
    running = project.start(*command, timeout=60.0)
    running.process.wait_for(lambda: len(list(project.root.glob("began-*"))) == len(("gw0", "gw1")), "both tests")
    running.process.send(signal.SIGINT, group=True)
    ran = running.finish()
    assert ran.returncode == 2, ran
    assert "KeyboardInterrupt" in ran.stdout
    assert {path.name for path in project.root.glob("ended-*")} == {"ended-gw0", "ended-gw1"}
    assert not list(project.root.glob("test_*.sqlite3*"))


def run_pytest_command() -> tuple[str, ...]:
    """pytest, without what the environment happens to have."""
    import sys

    return (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")


def test_once_per_worker(make_project: Callable[..., Project]) -> None:
    """Session fixtures are made once per worker, and the run is collected once."""
    tests = """\
        import os, pathlib, time, pytest

        with open("imported", "a") as file:
            file.write(f"{os.getpid()}\\n")

        @pytest.mark.parametrize("n", range(3))
        def test_it(of_session, n, worker_id, testrun_uid, tmp_path, slot):
            assert worker_id == of_session == os.environ["PYTEST_XDIST_WORKER"] == f"gw{slot.number() - 1}"
            (tmp_path / "file").touch()
            time.sleep(0.05)
        """
    conftest = """\
        import pytest

        @pytest.fixture(scope="session")
        def of_session(worker_id):
            with open(f"made-{worker_id}", "a") as file:
                file.write("x")
            return worker_id
        """
    files = {"conftest.py": conftest, **{f"test_{name}.py": tests for name in "abcdef"}}
    project = pytest_project(make_project, files)
    without_xdist = ("-p", "no:xdist", "--basetemp", "temporary")
    for more in ((), without_xdist):
        for path in project.root.glob("made-*"):
            path.unlink()
        (project.root / "imported").unlink(missing_ok=True)
        ran = run_pytest(project, *WORKERS, *more)
        assert ran.code == 0, ran.ran
        assert {path.name: path.read_text() for path in project.root.glob("made-*")} == {
            "made-gw0": "x",
            "made-gw1": "x",
        }
        pids = (project.root / "imported").read_text().split()
        assert (len(pids), len(set(pids))) == (6, 1)


@pytest.mark.parametrize("args", [(), *PARALLEL])
def test_once_per_run(make_project: Callable[..., Project], args: tuple[str, ...]) -> None:
    """`run_scoped` makes a value once, and the last one that used it takes it down."""
    tests = """\
        import pathlib, time, pytest

        def note(text):
            with open("notes", "a") as file:
                file.write(f"{text}\\n")

        @pytest.fixture(scope="session")
        def index(run_scoped):
            def make():
                note("made")
                return {"name": "x", "pair": (1, 2), "folder": pathlib.Path("/tmp")}
            return run_scoped("index", make, lambda value: note(f"ended {value['pair']}"))

        @pytest.mark.parametrize("n", range(3))
        def test_it(index, n):
            assert index == {"name": "x", "pair": (1, 2), "folder": pathlib.Path("/tmp")}
            time.sleep(0.05)

        def test_no_data(run_scoped):
            with pytest.raises(Exception, match="shares data or a path"):
                run_scoped("object", object)
        """
    project = pytest_project(make_project, {f"test_{name}.py": tests for name in "abcd"})
    temporary = project.root / "temporary"
    temporary.mkdir()
    ran = run_pytest(project, *args, env={"TMPDIR": str(temporary)})
    assert ran.code == 0, ran.ran
    assert (project.root / "notes").read_text().splitlines() == ["made", "ended (1, 2)"]
    assert not list(temporary.glob("greenroom-run-*"))


def test_what_killed_runs_left(make_project: Callable[..., Project]) -> None:
    """The folders of runs that nobody ended are removed; those of runs that live, or have just begun, stay."""
    import fcntl
    import os

    project = pytest_project(make_project, {"test_it.py": "def test_it():\n    pass\n"})
    temporary = project.root / "temporary"
    folders = {name: temporary / f"greenroom-run-{name}" for name in ("dead", "alive", "new")}
    for folder in folders.values():
        folder.mkdir(parents=True)
        (folder / "present-gw0").touch()
    for name in ("dead", "alive"):
        os.utime(folders[name], (0, 0))
    with (folders["alive"] / "present-gw0").open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ran = run_pytest(project, *WORKERS, env={"TMPDIR": str(temporary)})
    assert ran.code == 0, ran.ran
    assert set(temporary.glob("greenroom-run-*")) == {folders["alive"], folders["new"]}


def test_events_and_history(make_project: Callable[..., Project]) -> None:
    """Events say which worker ran what; databases are made by migrations once; the next run knows what files take."""
    project = pytest_project(make_project, ODD, databases="file")
    events = run_pytest(project, *WORKERS).ran.events
    finished = [event for event in events if isinstance(event, TestFinished)]
    assert (
        {event.worker for event in finished}
        <= {1, 2}
        == {event.worker for event in events if isinstance(event, WorkerStarted)}
    )
    assert sum(isinstance(event, DatabaseStep) and event.deed == "migrated" for event in events) == 1
    assert {event.group for event in events if isinstance(event, GroupFinished)} == {"test_odd.py", "test_more.py"}
    serial = {event.test: event.outcome for event in run_pytest(project).ran.events if isinstance(event, TestFinished)}
    assert {event.test: event.outcome for event in finished} == serial


def test_a_long_file_is_shared_out(make_project: Callable[..., Project]) -> None:
    """Where a single file would keep all others waiting, its tests go to several workers."""
    tests = """\
        import time, pytest

        @pytest.mark.parametrize("n", range(400))
        def test_it(n):
            if n % 100 == 0:
                time.sleep(0.01)
        """
    project = pytest_project(make_project, {"test_it.py": tests})
    events = run_pytest(project, *WORKERS).ran.events
    assert {event.worker for event in events if isinstance(event, TestFinished)} == {1, 2}


def test_last_failed(make_project: Callable[..., Project]) -> None:
    """The cache is written by the parent, as ever."""
    project = pytest_project(make_project, {"test_it.py": "def test_a():\n    assert 0\n\ndef test_b():\n    pass\n"})
    first = project.start(*run_pytest_command()[:3], *WORKERS).finish()
    again = project.start(*run_pytest_command()[:3], *WORKERS, "--lf").finish()
    assert "1 failed, 1 passed" in first.stdout
    assert "1 failed in" in again.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--workers", "2", "-n", "2"), "--workers and -n both run tests in processes: give one of them"),
        (("--workers", "two"), "--workers takes a number of processes, or auto, not 'two'"),
        (("--workers", "-1"), "--workers takes a number"),
        (("--workers", "2", "--pipeline"), "give one of them"),
    ],
)
def test_what_makes_no_sense(make_project: Callable[..., Project], args: tuple[str, ...], words: str) -> None:
    """It is said in one line."""
    ran = run_pytest(pytest_project(make_project, {"test_it.py": "def test_it():\n    pass\n"}), *args)
    assert ran.code == 4
    assert words in ran.ran.stderr
    assert "Traceback" not in ran.output


@pytest.mark.parametrize(
    ("args", "env", "words"),
    [
        (("--setup-show",), {}, "--setup-show needs the terminal"),
        (("--pdb",), {}, "--pdb needs the terminal"),
        ((), {"GREENROOM_START_METHOD": "spawn"}, "start-method = 'spawn' lets them inherit nothing"),
    ],
)
def test_serial_where_it_must_be(
    make_project: Callable[..., Project], args: tuple[str, ...], env: dict[str, str], words: str
) -> None:
    """Tests run in this process, and the report says why."""
    tests = "import os\n\ndef test_it():\n    assert 'PYTEST_XDIST_WORKER' not in os.environ\n"
    project = pytest_project(make_project, {"test_it.py": tests})
    ran = run_pytest(project, *WORKERS, *args, env=env)
    assert ran.code == 0, ran.ran
    said = next(line for line in ran.output.splitlines() if line.startswith("greenroom: --workers 2 has no effect: "))
    assert words in said
    assert run_pytest(project, *WORKERS, "--collect-only").code == 0
