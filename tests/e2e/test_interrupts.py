"""Ctrl-C, once and twice, and `--failfast` while other tests run: stopped at once, told in full, all torn down."""

from __future__ import annotations

import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import MODES, SERIAL, Mode, Trials, in_every_mode, in_main_modes, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

TESTS = """\
    import time
    from pathlib import Path

    from django.test import SimpleTestCase, TestCase
    from shop.models import Item

    HERE = Path(__file__).parent

    class A(TestCase):
        def test_passes(self): pass
        def test_fails(self): self.fail("before Ctrl-C")

    class B(TestCase):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            cls.addClassCleanup((HERE / "class-cleaned-up").touch)

        @classmethod
        def tearDownClass(cls):
            super().tearDownClass()
            (HERE / "torn-down").touch()

        def tearDown(self):
            (HERE / "test-torn-down").touch()

        def test_a_passes(self): pass

        def test_b_hangs(self):
            Item.objects.create(name="in the middle")
            (HERE / "hanging").touch()
            time.sleep(900)

        def test_c_never(self): (HERE / "ran-on").touch()

    class C(SimpleTestCase):
        def test_hangs(self):
            (HERE / "hanging-too").touch()
            time.sleep(900)

        def test_never(self): (HERE / "ran-on").touch()

    class D(SimpleTestCase):
        def test_never(self): (HERE / "ran-on").touch()
    """


GROUP = pytest.mark.parametrize("group", [True, False], ids=["terminal", "process"], indirect=True)
"""Ctrl-C in a terminal goes to all processes of the run; `kill -INT` goes to one."""


@pytest.fixture(scope="module")
def group(request: pytest.FixtureRequest) -> bool:
    """Whether SIGINT goes to all processes of the run."""
    return bool(request.param)


@pytest.fixture(scope="module")
def interrupted(make_shared_project: Callable[..., Project], group: bool) -> Trials:
    """Runs that got a Ctrl-C while their hanging tests hung; the database is in a file."""
    trials = Trials(
        make_shared_project, MODES, about={"databases": "file", "files": {"shop/tests.py": TESTS}}, timeout=30
    )
    for mode in MODES:
        shop = trials.projects[mode].root / "shop"
        trials.started[mode].process.wait_for_file(shop / "hanging")
        if mode is not SERIAL:
            trials.started[mode].process.wait_for_file(shop / "hanging-too")
        trials.started[mode].process.send(signal.SIGINT, group=group)
    return trials


@GROUP
@in_every_mode
def test_ctrl_c(interrupted: Trials, mode: Mode) -> None:
    """Ctrl-C, in a terminal or to the process alone, ends the run at once with 130, and everything is torn down."""
    ran, root = interrupted[mode], interrupted.projects[mode].root
    assert ran.returncode == 130, ran
    check_stream(ran.events)
    assert ran.summary.interrupted
    assert not (root / "shop" / "ran-on").exists()
    for marker in ("test-torn-down", "torn-down", "class-cleaned-up"):
        assert (root / "shop" / marker).exists(), f"{marker}\n{ran}"
    assert "Destroying test database for alias 'default'..." in ran.stderr
    assert not list(root.glob("test_real*.sqlite3"))
    assert ran.left_behind == ()


@GROUP
@in_every_mode
def test_what_ran_is_reported_and_what_did_not_is_named(interrupted: Trials, mode: Mode) -> None:
    """After Ctrl-C the failures so far are shown, the tests that ran are named, and those that did not run too."""
    ran = interrupted[mode]
    running = ["shop.tests.B.test_b_hangs", *([] if mode is SERIAL else ["shop.tests.C.test_hangs"])]
    assert sorted(event.test for event in ran.events.finished if event.interrupted) == running
    assert ran.outcomes["shop.tests.A.test_fails"] == "failed"
    [section] = ran.report.of("shop.tests.A.test_fails")
    assert "before Ctrl-C" in section.body
    assert len(ran.report.sections) == 1, "an interrupted test is neither passed nor failed"
    for test in running:
        assert test in ran.stderr
    not_run = {"shop.tests.B.test_c_never", "shop.tests.C.test_never", "shop.tests.D.test_never"}
    if mode is SERIAL:
        not_run.add("shop.tests.C.test_hangs")
    assert set(ran.events.not_run) == not_run
    for test in not_run:
        assert test in ran.stderr
    assert re.search(rf"\b{len(not_run)}\b.*not run", ran.stderr), ran
    assert "KeyboardInterrupt" not in ran.stderr


STUBBORN = """\
    import time
    from pathlib import Path
    from django.test import SimpleTestCase

    class Stubborn(SimpleTestCase):
        def test_it(self):
            Path(__file__).with_name("hanging").touch()
            while True:
                try:
                    time.sleep(0.1)
                except BaseException:
                    Path(__file__).with_name("swallowed").touch()
        def test_never(self): pass

    class Other(SimpleTestCase):
        def test_it(self): pass
    """


@pytest.fixture(scope="module")
def interrupted_twice(make_shared_project: Callable[..., Project], group: bool) -> Trials:
    """Runs of a test that does not heed Ctrl-C, which got a second one."""
    trials = Trials(make_shared_project, MODES, about={"files": {"shop/tests.py": STUBBORN}}, timeout=30)
    for mode in MODES:
        process, shop = trials.started[mode].process, trials.projects[mode].root / "shop"
        process.wait_for_file(shop / "hanging")
        process.send(signal.SIGINT, group=group)
        deadline = time.monotonic() + 5
        while process.alive() and not (shop / "swallowed").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        if process.alive():
            process.send(signal.SIGINT, group=group)
    return trials


@GROUP
@in_every_mode
def test_a_second_ctrl_c_kills(interrupted_twice: Trials, mode: Mode) -> None:
    """Where a test does not heed Ctrl-C, a second one ends the run there and then, and no process is left."""
    ran = interrupted_twice[mode]
    assert ran.returncode in {130, -signal.SIGINT}, ran
    assert ran.left_behind == ()


@in_workers
def test_failfast_ends_tests_that_still_run(make_project: Callable[..., Project], mode: Mode) -> None:
    """With `--failfast` one failure ends the run at once: tests still running elsewhere are ended and named."""
    project = make_project(databases="file")
    project.write(
        "shop/tests.py",
        """\
        import time
        from pathlib import Path
        from django.test import SimpleTestCase, TestCase

        hanging = Path(__file__).with_name("hanging")

        class A(TestCase):
            @classmethod
            def tearDownClass(cls):
                super().tearDownClass()
                Path(__file__).with_name("torn-down").touch()
            def test_hangs(self):
                hanging.touch()
                time.sleep(900)
            def test_never(self): pass

        class B(SimpleTestCase):
            def test_fails(self):
                while not hanging.exists():
                    time.sleep(0.01)
                self.fail("first")
            def test_never(self): pass

        class C(SimpleTestCase):
            def test_never(self): pass
        """,
    )
    ran = project.manage_test("--failfast", *mode.args, start_method=mode.start_method, timeout=25)
    check_stream(ran.events)
    assert ran.returncode == 1
    assert ran.outcomes == {"shop.tests.B.test_fails": "failed"}
    assert [event.test for event in ran.events.finished if event.interrupted] == ["shop.tests.A.test_hangs"]
    never = {"shop.tests.A.test_never", "shop.tests.B.test_never", "shop.tests.C.test_never"}
    assert set(ran.events.not_run) == never
    assert "shop.tests.A.test_hangs" in ran.stderr
    assert (project.root / "shop" / "torn-down").exists()
    assert not list(project.root.glob("test_real*.sqlite3"))
    assert ran.left_behind == ()


@in_main_modes
def test_ctrl_c_in_class_set_up(make_project: Callable[..., Project], mode: Mode) -> None:
    """Ctrl-C while a class is being set up ends the run as it does during a test; the class's tests were not run."""
    project = make_project()
    project.write(
        "shop/tests.py",
        """\
        import time
        from pathlib import Path
        from django.test import SimpleTestCase

        class Slow(SimpleTestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                Path(__file__).with_name("hanging").touch()
                time.sleep(900)
            def test_it(self): pass

        class ZOther(SimpleTestCase):
            def test_it(self): pass
        """,
    )
    started = project.start_manage_test(*mode.args, start_method=mode.start_method, timeout=25)
    started.process.wait_for_file(project.root / "shop" / "hanging")
    started.process.send(signal.SIGINT, group=True)
    ran = started.finish()
    assert ran.returncode == 130, ran
    check_stream(ran.events)
    assert "shop.tests.Slow.test_it" in ran.events.not_run
    assert "Traceback" not in ran.stderr
    assert ran.left_behind == ()


def test_ctrl_c_before_any_test(make_project: Callable[..., Project]) -> None:
    """Ctrl-C while the databases are being set up ends the run with 130 and without a traceback of greenroom's."""
    project = make_project(
        files={"shop/tests.py": "from django.test import TestCase\nclass A(TestCase):\n def test_it(self): pass\n"}
    )
    project.write(
        "shop/migrations/0002_slow.py",
        """\
        import time
        from pathlib import Path
        from django.db import migrations

        def slow(apps, schema_editor):
            Path(__file__).with_name("hanging").touch()
            time.sleep(900)

        class Migration(migrations.Migration):
            dependencies = [("shop", "0001_initial")]
            operations = [migrations.RunPython(slow)]
        """,
    )
    started = project.start_manage_test(timeout=20)
    started.process.wait_for_file(project.root / "shop" / "migrations" / "hanging")
    started.process.send(signal.SIGINT, group=True)
    ran = started.finish()
    assert ran.returncode in {130, -signal.SIGINT}, ran
    assert ran.left_behind == ()


def test_ctrl_c_with_pdb_open_leaves_no_process(make_project: Callable[..., Project]) -> None:
    """The debugger at the end of its input goes on, and the run comes to its end."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = project.manage_test("shop.tests.A", "--pdb", "--parallel", "2", stdin="")
    assert ran.returncode == 1
    assert ran.left_behind == ()
