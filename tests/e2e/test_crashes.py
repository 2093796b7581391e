"""Workers that die: nothing hangs, nothing is lost, each casualty is named.

Stock Django hangs on most of this and is not run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import PARALLEL, SPAWN, Mode, Runs, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project, Ran, StartMethod

CRASHES = """\
    import ctypes
    import faulthandler
    import os
    import resource
    import signal
    import time
    import unittest

    from django.test import SimpleTestCase, TestCase
    from shop.models import Item

    class Killed(SimpleTestCase):
        def test_a_before(self): pass
        def test_b_sigkill(self): os.kill(os.getpid(), signal.SIGKILL)
        def test_c_after(self): pass
        def test_d_after_and_failing(self): self.fail("still told of")

    class Terminated(SimpleTestCase):
        def test_sigterm(self):
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        def test_z_after(self): pass

    class Segfault(SimpleTestCase):
        def test_segfault(self): ctypes.string_at(0)
        def test_z_after(self): pass

    class Aborted(SimpleTestCase):
        def test_abort(self): os.abort()

    class Exits(SimpleTestCase):
        def test_exit_zero(self): os._exit(0)
        def test_exit_three(self): os._exit(3)
        def test_z_after(self): pass

    class Closes(SimpleTestCase):
        def test_close_everything(self): os.closerange(3, 4096)
        def test_z_after(self): pass

    class Memory(SimpleTestCase):
        kept = []

        def test_limit(self):
            pages = int(open("/proc/self/statm").read().split()[0])
            limit = pages * resource.getpagesize() + 200_000_000
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            while True:
                self.kept.append(bytearray(10_000_000))
        def test_z_after(self): pass

    class Database(TestCase):
        @classmethod
        def setUpTestData(cls): Item.objects.create(name="class data")
        def test_a_rows(self): self.assertEqual(Item.objects.count(), 1)
        def test_b_sigkill(self):
            Item.objects.create(name="never committed")
            os.kill(os.getpid(), signal.SIGKILL)
        def test_c_rows(self): self.assertEqual(Item.objects.count(), 1)

    class SetUp(SimpleTestCase):
        @classmethod
        def setUpClass(cls): os.kill(os.getpid(), signal.SIGKILL)
        def test_one(self): pass
        def test_two(self): pass

    class TearDown(SimpleTestCase):
        @classmethod
        def tearDownClass(cls): os.kill(os.getpid(), signal.SIGKILL)
        def test_one(self): pass
        def test_two(self): pass

    class Fine(TestCase):
        def test_passes(self): pass
        def test_fails(self): self.fail("an ordinary failure")
        @unittest.skip("an ordinary skip")
        def test_skips(self): pass
    """

IN_WORDS = {
    "Killed.test_b_sigkill": "SIGKILL",
    "Terminated.test_sigterm": "SIGTERM",
    "Segfault.test_segfault": "SIGSEGV",
    "Aborted.test_abort": "SIGABRT",
    "Exits.test_exit_zero": r"exit.*\b0\b",
    "Exits.test_exit_three": r"exit.*\b3\b",
    "Closes.test_close_everything": r"clos|exit|lost",
    "Memory.test_limit": r"[Mm]emory|SIG\w+|exit",
    "Database.test_b_sigkill": "SIGKILL",
}
"""The tests that crash, and what their error says."""

OTHERS = {
    "Killed.test_a_before": "passed",
    "Killed.test_c_after": "passed",
    "Killed.test_d_after_and_failing": "failed",
    "Terminated.test_z_after": "passed",
    "Segfault.test_z_after": "passed",
    "Exits.test_z_after": "passed",
    "Closes.test_z_after": "passed",
    "Memory.test_z_after": "passed",
    "Database.test_a_rows": "passed",
    "Database.test_c_rows": "passed",
    "TearDown.test_one": "passed",
    "TearDown.test_two": "passed",
    "Fine.test_passes": "passed",
    "Fine.test_fails": "failed",
    "Fine.test_skips": "skipped",
}
"""The tests that do not crash, and their outcomes."""


def full(test: str) -> str:
    """The id of a test."""
    return f"shop.tests.{test}"


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of all the crashes at once."""
    runs = make_runs(make_shared_project(files={"shop/tests.py": CRASHES}))
    for mode in PARALLEL:
        runs.plan(mode=mode, timeout=90)
    return runs


def crashed(runs: Runs, mode: Mode) -> Ran:
    """The run with all the crashes."""
    return runs(mode=mode, timeout=90)


@in_workers
@pytest.mark.parametrize("test", IN_WORDS)
def test_a_crash_is_one_error_in_words(runs: Runs, mode: Mode, test: str) -> None:
    """The test at which a worker died is one ERROR, on the terminal and in the events, that says how it died."""
    ran = crashed(runs, mode)
    assert ran.outcomes[full(test)] == "error"
    [problem] = ran.events.problems(full(test))
    assert problem.kind == "error"
    assert re.search(IN_WORDS[test], problem.text), problem.text
    [section] = ran.report.of(full(test))
    assert section.flavour == "ERROR"
    assert re.search(IN_WORDS[test], section.body), section.body


@in_workers
def test_all_others_are_reported(runs: Runs, mode: Mode) -> None:
    """Ten crashes in one run cost no other test its result: not before, not after, not in the same class."""
    ran = crashed(runs, mode)
    others = {test: outcome for test, outcome in ran.outcomes.items() if test not in map(full, IN_WORDS)}
    assert others == {full(test): outcome for test, outcome in OTHERS.items()}
    check_stream(ran.events)


@in_workers
def test_crashes_in_class_fixtures(runs: Runs, mode: Mode) -> None:
    """A worker that dies in setUpClass or tearDownClass is one ERROR of that fixture, by unittest's name for it."""
    ran = crashed(runs, mode)
    assert set(ran.events.fixtures) == {f"setUpClass ({full('SetUp')})", f"tearDownClass ({full('TearDown')})"}
    for name, found in ran.events.fixtures.items():
        assert len(found) == 1
        assert "SIGKILL" in found[0].problems[0].text
        [section] = ran.report.of(name)
        assert section.flavour == "ERROR"
    assert not [test for test in ran.order if test.startswith(full("SetUp."))]


@in_workers
def test_the_run_ends_as_failed(runs: Runs, mode: Mode) -> None:
    """The exit code is 1, the summary counts each crash once, no process is left, and the database is destroyed."""
    ran = crashed(runs, mode)
    assert ran.returncode == 1
    assert ran.report.counts == {"failures": 2, "errors": len(IN_WORDS) + 2, "skipped": 1}
    assert ran.report.ran == len(IN_WORDS) + len(OTHERS)
    assert ran.left_behind == ()
    assert "Destroying test database for alias 'default'..." in ran.stderr
    assert "Traceback" not in ran.report.rest


@in_workers
def test_no_crash_is_blamed_on_greenroom(runs: Runs, mode: Mode) -> None:
    """What a crash prints is the test's own: no traceback of greenroom's comes with it."""
    ran = crashed(runs, mode)
    assert "Exception ignored" not in ran.output
    assert not re.search(r'File ".*/greenroom/.*", line \d+, in', ran.output), ran


START_FAILS = """\
    from pathlib import Path

    from django.apps import AppConfig

    class ShopConfig(AppConfig):
        name = "shop"

        def ready(self):
            marker = Path(__file__).with_name("ready-once")
            if marker.exists():
                raise RuntimeError("no second process wanted")
            marker.touch()
    """
PASSES = """\
    from django.test import TestCase

    class One(TestCase):
        def test_it(self): pass

    class Two(TestCase):
        def test_it(self): pass
    """


@pytest.mark.parametrize("start_method", ["spawn", "forkserver"])
def test_ready_that_fails_in_workers(make_project: Callable[..., Project], start_method: StartMethod) -> None:
    """A worker that can't get ready, because an app's `ready()` raises there, ends the run with one clear error."""
    project = make_project(files={"shop/apps.py": START_FAILS, "shop/tests.py": PASSES})
    ran = project.manage_test("--parallel", "2", start_method=start_method, timeout=30)
    assert ran.returncode == 3, ran
    assert "no second process wanted" in ran.stderr
    assert "worker" in ran.stderr
    assert "Destroying test database" in ran.stderr
    assert "\nOK" not in ran.stderr
    assert ran.left_behind == ()
    check_stream(ran.events)


def test_clone_of_the_database_missing(make_project: Callable[..., Project]) -> None:
    """A worker that finds no database of its own ends the run with one clear error, not with an error a test."""
    project = make_project(files={"shop/tests.py": PASSES})
    project.write(
        "breaking.py",
        """\
        from pathlib import Path
        from greenroom import TestRunner

        class Runner(TestRunner):
            def setup_databases(self, **kwargs):
                config = super().setup_databases(**kwargs)
                for path in Path.cwd().glob("*_[12].sqlite3"):
                    path.unlink()
                return config
        """,
    )
    ran = project.manage_test(*SPAWN.args, start_method="spawn", runner="breaking.Runner", timeout=30)
    assert ran.returncode == 3, ran
    assert "unable to open database file" in ran.stderr
    assert ran.left_behind == ()


@in_workers
def test_a_module_that_crashes_in_workers(make_project: Callable[..., Project], mode: Mode) -> None:
    """A test module that ends the process in which it is imported a second time ends the run, it does not hang it."""
    project = make_project(files={"shop/tests.py": PASSES})
    project.write(
        "shop/test_import.py",
        """\
        import os
        from pathlib import Path
        from django.test import SimpleTestCase

        marker = Path(__file__).with_name("imported-once")
        if marker.exists():
            os._exit(5)
        marker.touch()

        class Imported(SimpleTestCase):
            def test_it(self): pass
        """,
    )
    ran = project.manage_test(*mode.args, start_method=mode.start_method, timeout=40)
    check_stream(ran.events)
    if mode.start_method == "fork":
        assert ran.returncode == 0
    else:
        assert ran.returncode in {1, 3}
        assert re.search(r"exit.*\b5\b", ran.stderr), ran
    assert ran.left_behind == ()
