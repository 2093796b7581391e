"""What tests and killed runs leave behind: nothing hangs on it, and nothing stays.

Stock Django hangs on most of this and is not run.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import PARALLEL, Mode, Trials, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.testing import Project

LEAVERS = {
    "a forked child that holds every descriptor": """\
        import os, time
        from django.test import SimpleTestCase

        class Leaves(SimpleTestCase):
            def test_leaves(self):
                if os.fork() == 0:
                    time.sleep(900)
                    os._exit(0)
            def test_z(self): pass

        class Other(SimpleTestCase):
            def test_it(self): pass
        """,
    "a process of another program": """\
        import subprocess
        from django.test import SimpleTestCase

        class Leaves(SimpleTestCase):
            def test_leaves(self):
                subprocess.Popen(["sleep", "900"], close_fds=False)
            def test_z(self): pass

        class Other(SimpleTestCase):
            def test_it(self): pass
        """,
    "a process of multiprocessing": """\
        import multiprocessing, time
        from django.test import SimpleTestCase

        class Leaves(SimpleTestCase):
            def test_leaves(self):
                multiprocessing.get_context("fork").Process(target=time.sleep, args=(900,), daemon=True).start()
            def test_z(self): pass

        class Other(SimpleTestCase):
            def test_it(self): pass
        """,
    "a thread that is no daemon": """\
        import threading, time
        from django.test import SimpleTestCase

        class Leaves(SimpleTestCase):
            def test_leaves(self):
                threading.Thread(target=time.sleep, args=(900,)).start()
            def test_z(self): pass

        class Other(SimpleTestCase):
            def test_it(self): pass
        """,
    "a function at exit that hangs": """\
        import atexit, time
        from django.test import SimpleTestCase

        class Leaves(SimpleTestCase):
            def test_leaves(self):
                atexit.register(time.sleep, 900)
            def test_z(self): pass

        class Other(SimpleTestCase):
            def test_it(self): pass
        """,
}


@pytest.fixture(scope="module", params=LEAVERS)
def leaving(make_shared_project: Callable[..., Project], request: pytest.FixtureRequest) -> Trials:
    """Runs of tests that leave something running."""
    files = {"shop/tests.py": LEAVERS[request.param]}
    return Trials(make_shared_project, PARALLEL, about={"files": files}, timeout=30)


@in_workers
def test_what_a_test_leaves_running_does_not_hang_the_end(leaving: Trials, mode: Mode) -> None:
    """A test that leaves a process or thread running passes, and the run ends as soon as the tests do."""
    ran = leaving[mode]
    check_stream(ran.events)
    assert set(ran.outcomes.values()) == {"passed"}
    assert len(ran.outcomes) == 3
    assert ran.returncode == 0


def test_events_survive_the_death_of_the_run(make_project: Callable[..., Project]) -> None:
    """After a SIGKILL of the whole run, what was recorded until then can be read."""
    project = make_project()
    project.write(
        "shop/tests.py",
        """\
        import time
        from django.test import SimpleTestCase

        class Many(SimpleTestCase):
            def test_z_last(self): time.sleep(900)

        for n in range(500):
            setattr(Many, f"test_{n:03}", lambda self: None)
        """,
    )
    started = project.start_manage_test("--parallel", "2", start_method="fork")
    started.wait_for_event(lambda event: "test_z_last" in getattr(event, "test", ""), "the last test starts")
    started.process.send(signal.SIGKILL)
    ran = started.finish()
    check_stream(ran.events, complete=False)
    assert len(ran.events.finished) >= 490


def test_nothing_stays_of_a_run_that_was_killed(make_project: Callable[..., Project], tmp_path: Path) -> None:
    """Not even the files that its workers would have written their stacks to."""
    project = make_project()
    project.write(
        "shop/tests.py",
        """\
        import time
        from pathlib import Path
        from django.test import SimpleTestCase

        class Slow(SimpleTestCase):
            def test_it(self):
                Path(__file__).with_name("running").touch()
                time.sleep(900)

        class Other(SimpleTestCase):
            def test_it(self):
                Path(__file__).with_name("too").touch()
                time.sleep(900)
        """,
    )
    started = project.start_manage_test("--parallel", "2", env={"TMPDIR": str(tmp_path)}, timeout=25)
    for name in ("running", "too"):
        started.process.wait_for_file(project.root / "shop" / name)
    assert list(tmp_path.glob("greenroom-stacks-*")) == []
    started.process.send(signal.SIGKILL)
    started.finish()
    assert list(tmp_path.glob("greenroom-*")) == []
