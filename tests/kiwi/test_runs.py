"""Whole runs with `--report kiwi` against a real server that is well, down, hanging, slow, or dies in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import Project
from tests.kiwi.support import Found, Told, accounted, configured, ended, story
from tools.kiwi.install import PASSWORD
from tools.kiwi.network import relay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.testing import Ran, Started
    from tools.kiwi.server import KiwiServer

pytestmark = pytest.mark.one_pair

MANY = 40
TESTS = """\
    import os
    import time
    from unittest import skip

    from django.test import SimpleTestCase


    class Many(SimpleTestCase):
        def test_20(self):
            "It waits where it is told to."
            where = os.environ.get("WAITS")
            if where:
                open(where, "w").close()
            while where and os.path.exists(where):
                time.sleep(0.01)

        @skip("no need")
        def test_30(self):
            pass

        def test_31(self):
            self.fail("as it must")


    for number in range(40):
        if number not in (20, 30, 31):
            setattr(Many, f"test_{number:02}", lambda self: None)
    """


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """Forty tests, of which one fails and one is skipped."""
    return make_project(files={"shop/tests.py": TESTS}, databases="none")


def left(project: Project) -> list[Path]:
    """The journals that are left over."""
    return sorted(kept(project).glob("*.jsonl"))


def send(project: Project, env: dict[str, str], *files: Path) -> Ran:
    """Send what is left."""
    return project.greenroom("report", "kiwi", *map(str, files or left(project)), env=env)


def kept(project: Project) -> Path:
    """Where journals are."""
    return project.root / ".greenroom" / "kiwi"


def all_there(found: Found, project: Project, run: int = 0) -> None:
    """Each result is in the server, once, and no journal is left."""
    assert accounted(found, kept(project), MANY, run) == (MANY, 0)
    statuses = found.statuses(run)
    assert len(statuses) == MANY
    assert statuses.pop("test_30") == "WAIVED"
    assert statuses.pop("test_31") == "FAILED"
    assert set(statuses.values()) == {"PASSED"}
    assert len(found.comments("test_31", run)) == 1
    assert len(found.cases) == MANY


def begun(project: Project, env: dict[str, str], waits: Path, *args: str) -> Started:
    """A run that has come to test 20 and waits there."""
    run = project.start_manage_test("--report", "kiwi", *args, env={**env, "WAITS": str(waits)})
    run.process.wait_for(waits.exists, "test 20")
    return run


def as_ever(ran: Ran) -> None:
    """The run is what it would have been without the report."""
    assert ran.returncode == 1, ran.stderr
    assert "Ran 40 tests" in ran.stderr
    assert "FAILED (failures=1, skipped=1)" in ran.stderr


@pytest.mark.parametrize("args", [(), ("--parallel", "2")], ids=["serial", "parallel"])
def test_a_run(server: KiwiServer, project: Project, product: str, args: tuple[str, ...]) -> None:
    """All of it is there, and said to be; a recording of the same run, sent later, adds nothing."""
    env = configured(server, product)
    ran = project.manage_test("--report", "kiwi", *args, env=env)
    as_ever(ran)
    found = Found(server, product)
    all_there(found, project)
    assert f"greenroom: Kiwi TCMS: 40 results are at http://127.0.0.1:{server.port}/runs/{found.run}/" in ran.stderr
    assert list(kept(project).iterdir()) == []  # Nothing is left over.
    assert found.cases[20] == "test_20 (shop.tests.Many.test_20)\nIt waits where it is told to."
    recordings = sorted((project.root / ".greenroom" / "runs").glob("*.jsonl"))
    again = send(project, env, *recordings)
    assert again.returncode == 0, again.stderr
    all_there(found, project)


def test_the_server_is_down(make_server: Callable[[], KiwiServer], project: Project, product: str) -> None:
    """The run is as ever, one line says what to do, and doing that is enough."""
    server = make_server()
    server.kill()
    env = configured(server, product)
    ran = project.manage_test("--report", "kiwi", env=env)
    as_ever(ran)
    (journal,) = left(project)
    told = [line for line in ran.stderr.splitlines() if "Kiwi TCMS" in line]
    assert len(told) == 1
    assert "0 of 40 results are delivered: the server can't be reached: Connection refused." in told[0]
    assert told[0].endswith(f"greenroom report kiwi {journal.relative_to(project.root)}")
    found = Found(server, product)
    assert accounted(found, kept(project), MANY) == (0, MANY)
    still = send(project, env)
    assert still.returncode == 6
    assert accounted(found, kept(project), MANY) == (0, MANY)
    server.start()
    assert send(project, env).returncode == 0
    all_there(found, project)


def test_the_server_hangs(server: KiwiServer, project: Project, product: str) -> None:
    """It accepts and never answers: the run ends after the wait that it was given."""
    env = configured(server, product, GREENROOM_KIWI_WAIT="0.5", GREENROOM_KIWI_TIMEOUT="2")
    with relay(0) as network:
        ran = project.manage_test("--report", "kiwi", env={**env, "TCMS_API_URL": network.url})
        as_ever(ran)
        assert "0 of 40 results are delivered, the rest goes on in the background" in ran.stderr
        state = left(project)[0].with_suffix(".state")
        wait_for(lambda: state.exists() and b"did not answer" in state.read_bytes(), "the sender has found out")
        # It is under way: nobody can read there what is nobody's business.
        running = "\n".join(processes())
        assert str(left(project)[0]) in running
        assert PASSWORD not in running
        nowhere(project, PASSWORD)
        assert PASSWORD not in ran.output
    assert accounted(Found(server, product), kept(project), MANY) == (0, MANY)
    wait_for(lambda: send(project, configured(server, product)).returncode == 0, "the sender has given up")
    all_there(Found(server, product), project)


@pytest.mark.parametrize("delay", [0.02, 2.0])
def test_the_server_is_slow(server: KiwiServer, project: Project, product: str, delay: float, told: Told) -> None:
    """Delivery goes on when the run is over, and comes to its end."""
    with relay(server.port) as network:
        env = configured(server, product, TCMS_API_URL=network.url)
        if delay > 1:  # In a run that is there less is asked for, which saves the tests a minute.
            assert told.send(story(*(ended(at, f"shop.tests.Many.test_{at:02}") for at in range(MANY)))).done
            env["TCMS_RUN_ID"] = str(Found(server, product).run)
        network.delay = delay
        ran = project.manage_test("--report", "kiwi", env={**env, "GREENROOM_KIWI_WAIT": "0.1"})
        as_ever(ran)
        assert "goes on in the background" in ran.stderr
        wait_for(lambda: left(project) == [], "all is delivered")
    all_there(Found(server, product), project)


def wait_for(what: Callable[[], bool], name: str, longest: float = 120.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + longest
    while not what():
        assert time.monotonic() < end, f"never: {name}"
        time.sleep(0.1)


def test_the_server_dies_in_the_middle(
    make_server: Callable[[], KiwiServer], project: Project, product: str, tmp_path: Path
) -> None:
    """What it has taken is not sent again, what it has not is in the journal: each result once."""
    server = make_server()
    env = configured(server, product)
    run = begun(project, env, tmp_path / "waits")
    found = Found(server, product)
    wait_for(lambda: len(found.runs) == 1 and len(found.statuses()) == 20, "the first tests are there")
    server.kill()
    (tmp_path / "waits").unlink()
    ran = run.finish()
    as_ever(ran)
    assert "of 40 results are delivered: the server can't be reached" in ran.stderr
    there, left_over = accounted(found, kept(project), MANY)
    assert there <= 20 < left_over == MANY
    server.start()
    assert send(project, env).returncode == 0
    all_there(found, project)


def test_an_interrupt(server: KiwiServer, project: Project, product: str, tmp_path: Path) -> None:
    """One Ctrl-C: what ran is there, the others are idle, and the run says so."""
    run = begun(project, configured(server, product), tmp_path / "waits")
    run.process.send(signal.SIGINT)
    ran = run.finish()
    assert ran.returncode == 130, ran.stderr
    found = Found(server, product)
    statuses = list(found.statuses().values())
    assert (statuses.count("PASSED"), statuses.count("IDLE")) == (20, 20)
    assert "The run was interrupted: 20 tests did not run." in found.of_run("notes")
    assert accounted(found, kept(project), 20) == (20, 0)


def test_a_run_that_is_killed(server: KiwiServer, project: Project, product: str, tmp_path: Path) -> None:
    """Its sender outlives it, and delivers what there is."""
    run = begun(project, configured(server, product), tmp_path / "waits")
    wait_for(lambda: bool(left(project)) and b"test_19" in left(project)[0].read_bytes(), "the journal has them")
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.finish()
    wait_for(lambda: left(project) == [], "all is delivered")
    found = Found(server, product)
    statuses = list(found.statuses().values())
    assert (statuses.count("PASSED"), statuses.count("IDLE")) == (20, 20)
    assert "The run was killed: 20 tests have no result." in found.of_run("notes")
    assert accounted(found, kept(project), 20) == (20, 0)


def test_a_sender_that_is_killed(server: KiwiServer, project: Project, product: str, tmp_path: Path) -> None:
    """The run says so, with what to do; nothing is lost, and nothing is there twice."""
    env = configured(server, product)
    run = begun(project, env, tmp_path / "waits")
    found = Found(server, product)
    wait_for(lambda: len(found.runs) == 1 and len(found.ended()) > 0, "the sender is at it")
    (journal,) = left(project)
    (sender,) = [line.split()[0] for line in processes("pid,args") if str(journal) in line]
    os.kill(int(sender), signal.SIGKILL)
    (tmp_path / "waits").unlink()
    ran = run.finish()
    as_ever(ran)
    (told,) = [line for line in ran.stderr.splitlines() if "Kiwi TCMS" in line]
    assert ": the sender ended early. To send what is left: greenroom report kiwi .greenroom/kiwi/" in told
    assert accounted(found, kept(project), MANY)[1] == MANY
    assert send(project, env).returncode == 0
    all_there(found, project)


def processes(columns: str = "args") -> list[str]:
    """What runs on this machine."""
    command = ["ps", "-A", "-ww", "-o", columns]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_two_at_once_share_a_run(server: KiwiServer, project: Project, product: str, tmp_path: Path) -> None:
    """Two shards with one TCMS_RUN_ID, here even with the same tests, make no case and no execution twice."""
    env = configured(server, product)
    assert project.manage_test("--report", "kiwi", "-k", "test_00", env=env).returncode == 0
    found = Found(server, product)
    shared = {**env, "TCMS_RUN_ID": str(found.run)}
    both = [begun(project, shared, tmp_path / name) for name in ("one", "two")]
    for name in ("one", "two"):
        (tmp_path / name).unlink()
    for one in both:
        as_ever(one.finish())
    all_there(found, project)


def test_no_configuration(server: KiwiServer, project: Project, product: str, tmp_path: Path) -> None:
    """The run is as ever; what is missing is named; the journal is there for when it is not missing any more."""
    alone = {name: "" for name in os.environ if name.startswith(("TCMS_", "TRAVIS_", "JOB_", "GIT_", "BUILD_"))}
    ran = project.manage_test("--report", "kiwi", env={**alone, "HOME": str(tmp_path)})
    as_ever(ran)
    assert "no server of Kiwi TCMS is configured. Set TCMS_API_URL" in ran.stderr
    found = Found(server, product)
    assert accounted(found, kept(project), MANY) == (0, MANY)
    # Now there is one, in the file that Kiwi's own plugins read.
    env = configured(server, product)
    (tmp_path / ".tcms.conf").write_text(
        f"[tcms]\nurl = {server.url}\nusername = {env['TCMS_USERNAME']}\npassword = {PASSWORD}\n"
    )
    env |= {"HOME": str(tmp_path), "TCMS_API_URL": "", "TCMS_USERNAME": "", "TCMS_PASSWORD": ""}
    sent = send(project, env)
    assert sent.returncode == 0, sent.stderr
    all_there(found, project)


def nowhere(project: Project, secret: str) -> None:
    """What is secret is in no file that a run has left."""
    written = [path for path in project.root.parent.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if secret.encode() in path.read_bytes()]


def test_who_is_strict_fails(server: KiwiServer, project: Project, product: str) -> None:
    """A good run whose results do not arrive ends with 6, with 0 where they do; others end as ever; no password is anywhere."""
    env = configured(server, product)
    (project.root / "pyproject.toml").write_text('[tool.greenroom]\nreport = ["kiwi"]\n')
    bad = project.manage_test("--kiwi-strict", "-k", "test_00", env={**env, "TCMS_PASSWORD": "guessed it"})
    assert bad.returncode == 6, bad.stderr
    assert "the server refuses the password of tester" in bad.stderr
    nowhere(project, "guessed it")
    for more, said in (
        ({"TCMS_PASSWORD": "guessed it"}, "the server refuses the password of tester"),
        ({"TCMS_USERNAME": "outsider"}, "the user outsider has no right to "),
        ({"TCMS_API_URL": server.url.replace("/xml-rpc", "/elsewhere")}, "there is no Kiwi TCMS at "),
    ):
        lenient = project.manage_test("-k", "test_00", env={**env, **more})
        assert lenient.returncode == 0, lenient.stderr
        told, *more_told = [line for line in lenient.stderr.splitlines() if "Kiwi TCMS" in line]
        assert said in told
        assert all("earlier run" in line for line in more_told)
    good = project.manage_test("--kiwi-strict", "-k", "test_00", env=env)
    assert good.returncode == 0, good.stderr
    found = Found(server, product)
    assert len(found.runs) == 1
    assert len(left(project)) == 4
    assert send(project, env).returncode == 0
    assert [found.ended(run) for run in found.runs] == [{"test_00": 1}] * 5
    assert left(project) == []
