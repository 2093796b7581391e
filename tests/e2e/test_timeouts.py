"""`--timeout SECONDS`, per run and per test: a hung test is an error that shows where each of its threads hangs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import FORK, MODES, PARALLEL, SERIAL, SPAWN, Mode, Runs, Trials, in_every_mode, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

HUNG = """\
    import threading
    import time

    from django.test import SimpleTestCase, TestCase
    from shop.models import Item

    def sleeping_place():
        time.sleep(30)

    class Hung(TestCase):
        def test_a_before(self): pass

        def test_b_sleeps(self):
            Item.objects.create(name="never seen")
            sleeping_place()

        def test_c_is_busy(self):
            while True:
                sum(range(100))

        def test_d_waits_for_a_lock(self):
            lock = threading.Lock()
            lock.acquire()
            lock.acquire()

        def test_e_has_threads(self):
            def place_of_the_thread():
                time.sleep(30)
            threading.Thread(target=place_of_the_thread, daemon=True).start()
            sleeping_place()

        def test_z_after(self):
            self.assertEqual(Item.objects.count(), 0)

    class Fine(SimpleTestCase):
        def test_passes(self): time.sleep(0.3)
        def test_fails(self): self.fail("in time")
    """

WHERE = {
    "test_b_sleeps": ("in sleeping_place", "time.sleep(30)"),
    "test_c_is_busy": ("in test_c_is_busy",),
    "test_d_waits_for_a_lock": ("in test_d_waits_for_a_lock", "lock.acquire()"),
    "test_e_has_threads": ("in sleeping_place", "in place_of_the_thread"),
}

SWALLOWING = """\
    import time
    from django.test import SimpleTestCase

    class Case(SimpleTestCase):
        def test_a_before(self): pass

        def test_b_swallows(self):
            while True:
                try:
                    time.sleep(0.1)
                except BaseException:
                    pass

        def test_c_after(self): pass

    class Other(SimpleTestCase):
        def test_it(self): pass
    """


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of the hung tests."""
    runs = make_runs(make_shared_project(files={"shop/tests.py": HUNG}))
    for mode in MODES:
        runs.plan("--timeout", "1", mode=mode)
    return runs


@in_every_mode
def test_hung_tests_are_errors(runs: Runs, mode: Mode) -> None:
    """Tests that sleep, compute or wait for ever are ended and told of; all the others come to their own outcome."""
    ran = runs("--timeout", "1", mode=mode)
    check_stream(ran.events)
    case = "shop.tests.Hung."
    assert ran.outcomes == {
        "shop.tests.Fine.test_fails": "failed",
        "shop.tests.Fine.test_passes": "passed",
        f"{case}test_a_before": "passed",
        **{f"{case}{test}": "error" for test in WHERE},
        f"{case}test_z_after": "passed",
    }
    assert ran.returncode == 1
    assert ran.left_behind == ()


@in_every_mode
@pytest.mark.parametrize("test", WHERE)
def test_stacks_are_shown(runs: Runs, mode: Mode, test: str) -> None:
    """The error names the limit and shows the stacks of all threads of the test."""
    ran = runs("--timeout", "1", mode=mode)
    [problem] = ran.events.problems(f"shop.tests.Hung.{test}")
    [section] = ran.report.of(f"shop.tests.Hung.{test}")
    for text in (problem.text, section.body):
        assert "1 s" in text or "1.0 s" in text, text
        for place in WHERE[test]:
            assert place in text, text


@in_every_mode
def test_a_hung_test_has_its_time(runs: Runs, mode: Mode) -> None:
    """A test is not ended before its time is up."""
    for event in runs("--timeout", "1", mode=mode).events.finished:
        if event.outcome == "error":
            assert event.seconds > 0.9


@pytest.fixture(scope="module")
def swallowing(make_shared_project: Callable[..., Project]) -> Trials:
    """Runs of a test that swallows exceptions."""
    return Trials(make_shared_project, MODES, "--timeout", "1", about={"files": {"shop/tests.py": SWALLOWING}})


@in_every_mode
def test_a_test_that_swallows_everything(swallowing: Trials, mode: Mode) -> None:
    """A test that no exception can end is ended all the same, named, with its stack, and the run fails."""
    ran = swallowing[mode]
    assert ran.returncode not in {0, 2}
    assert re.search(r'shop/tests\.py", line \d+,? in test_b_swallows', ran.stderr), ran
    assert ran.left_behind == ()
    check_stream(ran.events)
    assert ran.outcomes["shop.tests.Case.test_b_swallows"] == "error"
    if mode is not SERIAL:
        assert ran.returncode == 1
        assert ran.outcomes["shop.tests.Case.test_a_before"] == "passed"
        assert ran.outcomes["shop.tests.Case.test_c_after"] == "passed"
        assert ran.outcomes["shop.tests.Other.test_it"] == "passed"


OWN_LIMITS = """\
    import time
    import greenroom
    from django.test import SimpleTestCase, tag

    class Case(SimpleTestCase):
        @greenroom.timeout(0.5)
        def test_shorter(self): time.sleep(30)

        @greenroom.timeout(10)
        def test_longer(self): time.sleep(1.5)

        @tag("timeout:0.5")
        def test_tagged(self): time.sleep(30)

        def test_plain(self): pass

    @greenroom.timeout(0.5)
    class Whole(SimpleTestCase):
        def test_of_the_class(self): time.sleep(30)

        @greenroom.timeout(10)
        def test_of_its_own(self): time.sleep(1.0)
    """
HUNG_SET_UP = """\
    import time
    from django.test import SimpleTestCase

    class Hung(SimpleTestCase):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            time.sleep(30)
        def test_it(self): pass

    class Other(SimpleTestCase):
        def test_it(self): pass
    """
MAIN_MODES = (SERIAL, FORK, SPAWN)


@pytest.fixture(scope="module")
def own_limits(make_shared_project: Callable[..., Project]) -> Trials:
    """Runs of tests with limits of their own."""
    return Trials(make_shared_project, MAIN_MODES, "--timeout", "1.2", about={"files": {"shop/tests.py": OWN_LIMITS}})


@in_main_modes
def test_own_limits_of_tests(own_limits: Trials, mode: Mode) -> None:
    """A decorator, or a tag, gives a test or class a limit of its own, shorter or longer than that of the run."""
    ran = own_limits[mode]
    check_stream(ran.events)
    assert ran.outcomes == {
        "shop.tests.Case.test_shorter": "error",
        "shop.tests.Case.test_longer": "passed",
        "shop.tests.Case.test_tagged": "error",
        "shop.tests.Case.test_plain": "passed",
        "shop.tests.Whole.test_of_the_class": "error",
        "shop.tests.Whole.test_of_its_own": "passed",
    }


@pytest.fixture(scope="module")
def hung_set_up(make_shared_project: Callable[..., Project]) -> Trials:
    """Runs of a class whose set-up hangs."""
    about = {"files": {"shop/tests.py": HUNG_SET_UP}}
    return Trials(make_shared_project, MAIN_MODES, "--timeout", "1", about=about, timeout=25)


@in_main_modes
def test_fixtures_have_a_limit_too(hung_set_up: Trials, mode: Mode) -> None:
    """A class whose set-up hangs is ended as a hung test is; the others run."""
    ran = hung_set_up[mode]
    check_stream(ran.events)
    assert ran.outcomes == {"shop.tests.Other.test_it": "passed"}
    assert list(ran.events.fixtures) == ["setUpClass (shop.tests.Hung)"]
    assert ran.returncode == 1


def test_the_variable_is_the_option(runs: Runs) -> None:
    """`GREENROOM_TIMEOUT` is `--timeout`, for all runs of a shell or a CI job."""
    ran = runs("shop.tests.Hung.test_b_sleeps", env={"GREENROOM_TIMEOUT": "1"})
    assert ran.outcomes == {"shop.tests.Hung.test_b_sleeps": "error"}


@pytest.mark.parametrize("value", ["soon", "-1", ""])
def test_wrong_limits_are_refused(runs: Runs, value: str) -> None:
    """A limit that is no number of seconds is wrong usage: nothing is run."""
    ran = runs("shop.tests.Fine", f"--timeout={value}")
    assert ran.returncode == 2
    assert "timeout" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_serial_and_parallel_agree(runs: Runs) -> None:
    """The outcomes of a run with hung tests do not depend on its mode."""
    expected = runs("--timeout", "1", mode=SERIAL).outcomes
    for mode in PARALLEL:
        assert runs("--timeout", "1", mode=mode).outcomes == expected
