"""Retries and quarantine through `manage.py test`, in this process and in workers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from greenroom.events import AttemptFailed
from greenroom.testing import check_stream
from tests.e2e.retries_project import FLAKY, HEAD, TESTS, of, tries
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Trials, in_main_modes, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

VERDICTS = {
    "Orders.test_always": ("failed", 3, False, False),
    "Orders.test_good": ("passed", 1, False, False),
    "Orders.test_rows": ("passed", 3, True, False),
    "Orders.test_skips": ("error", 2, False, False),
    "Orders.test_subtests": ("passed", 2, True, False),
    "Orders.test_unexpected": ("unexpected_success", 1, False, False),
    "Orders.test_expected": ("expected_failure", 1, False, False),
    "Orders.test_quarantined": ("failed", 1, False, True),
    "Orders.test_mended": ("passed", 1, False, True),
    "Broken.test_one": ("failed", 1, False, False),
    "Late.test_commits": ("passed", 2, True, False),
}
"""Outcome, tries, whether it is flaky and whether it is in quarantine."""


@pytest.fixture(scope="module")
def trials(make_shared_project: Callable[..., Project]) -> Trials:
    """The same tests in three modes."""
    files = {"shop/tests.py": TESTS}
    return Trials(make_shared_project, [SERIAL, FORK, SPAWN], "--retries", "2", about={"files": files}, timeout=60)


@in_main_modes
def test_each_test_has_one_verdict(trials: Trials, mode: Mode) -> None:
    """The same wherever it runs; what was told before is in the stream as `AttemptFailed`."""
    ran = trials[mode]
    check_stream(ran.events)
    told = {
        event.test.removeprefix("shop.tests."): (event.outcome, event.attempts, event.flaky, event.quarantined)
        for event in ran.events.finished
    }
    assert told == VERDICTS, ran
    failed = [event.test for event in ran.events.of(AttemptFailed)]
    assert {test.removeprefix("shop.tests."): failed.count(test) for test in failed} == {
        "Orders.test_always": 2,
        "Orders.test_rows": 2,
        "Orders.test_skips": 1,
        "Orders.test_subtests": 1,
        "Broken.test_one": 1,
        "Late.test_commits": 1,
    }


@in_main_modes
def test_a_retry_is_a_fresh_object_with_its_class_fixtures(trials: Trials, mode: Mode) -> None:
    """`setUpClass` runs again for each; what shows nothing new does not run at all."""
    _ran, project = trials[mode], trials.projects[mode]
    assert tries(project, "class") == 1 + 2 + 2 + 1 + 1
    assert [tries(project, name) for name in ("always", "rows", "subtests", "late")] == [3, 3, 2, 2]
    assert [tries(project, name) for name in ("unexpected", "expected", "quarantined")] == [1, 1, 1]


@in_main_modes
def test_what_could_not_be_tried_again_keeps_its_failure(trials: Trials, mode: Mode) -> None:
    """Neither a skip nor a class that can't be set up any more makes it good; both are told of besides."""
    ran = trials[mode]
    assert [problem.kind for problem in of(ran, "Orders.test_skips").problems] == ["error", "skip"]
    assert "the last that is known of it" in of(ran, "Broken.test_one").problems[0].text
    assert "only once" in ran.events.fixtures["setUpClass (shop.tests.Broken)"][0].problems[0].text


@in_main_modes
def test_the_terminal_tells_of_each_verdict(trials: Trials, mode: Mode) -> None:
    """The counts stand in the line that tools parse, and in greenroom's own; the exit code is that of the failures."""
    ran = trials[mode]
    assert ran.returncode == 1
    assert (
        "FAILED (failures=2, errors=2, skipped=1, expected failures=1, unexpected successes=1, flaky=3, quarantined=1)"
        in ran.stderr
    )
    assert "3 flaky, 1 failed in quarantine" in ran.stderr
    assert "FLAKY: test_rows (shop.tests.Orders.test_rows)\nPassed at try 3.\n" in ran.stderr
    assert "Failed at try 2 of 3:\n\nTraceback" in ran.stderr
    assert "IN QUARANTINE: test_quarantined (shop.tests.Orders.test_quarantined)" in ran.stderr
    assert "Does not count: loses a race" in ran.stderr
    assert "try 1\n" not in ran.stderr  # Of a test that fails to the end the last try is told.


def test_first_tries_keep_djangos_order(trials: Trials) -> None:
    """A `TestCase` is tried again before the first test that empties the database."""
    order = [test.rpartition(".")[2] for test in trials[SERIAL].order]
    first = list(dict.fromkeys(order))
    assert first == [
        "test_always", "test_expected", "test_good", "test_mended", "test_quarantined", "test_rows", "test_skips",
        "test_subtests", "test_unexpected", "test_one", "test_commits",
    ]  # fmt: skip
    assert max(place for place, name in enumerate(order) if name == "test_always") < order.index("test_one")


def test_history_knows_flaky_tests(trials: Trials) -> None:
    """By an outcome of their own."""
    _ran, project = trials[SERIAL], trials.projects[SERIAL]
    with closing(sqlite3.connect(project.root / ".greenroom" / "history.sqlite3")) as file:
        rows = dict(file.execute("SELECT id, outcome FROM tests"))
    assert rows["shop.tests.Orders.test_rows"] == "flaky"
    assert rows["shop.tests.Orders.test_always"] == "failed"


CRASHES = (
    HEAD
    + """
class Dies(SimpleTestCase):
    def test_a_exits(self):
        if times("exits") < 2:
            os._exit(3)

    def test_b_hangs(self):
        if times("hangs") < 2:
            time.sleep(60)

    def test_c_good(self): pass


class Other(SimpleTestCase):
    def test_good(self): pass
"""
)


@in_workers
def test_a_crash_and_a_timeout_are_tried_again(make_project: Callable[..., Project], mode: Mode) -> None:
    """In another process; the last test of the run as well."""
    project = make_project(files={"shop/tests.py": CRASHES})
    ran = project.manage_test(
        "--retries", "1", "--timeout", "1", *mode.args, start_method=mode.start_method, timeout=60
    )  # fmt: skip
    check_stream(ran.events)
    assert ran.returncode == 0, ran
    assert [of(ran, f"Dies.{name}").flaky for name in ("test_a_exits", "test_b_hangs", "test_c_good")] == [
        True,
        True,
        False,
    ]
    assert "OK (flaky=2)" in ran.stderr


PIPELINE = """
class Page(TestCase):
    def test_page(self): Item.objects.create(name="x")
"""


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_a_pipeline_goes_on_behind_a_flaky_test(make_project: Callable[..., Project], mode: Mode) -> None:
    """And behind one in quarantine; the next kind waits for the last try."""
    project = make_project(files={"shop/tests.py": FLAKY + PIPELINE})
    ran = project.manage_test(
        "--pipeline", "--retries", "1", "--retry-delay", "0.2", "--quarantine", "*.test_other", *mode.args
    )  # fmt: skip
    check_stream(ran.events)
    assert (ran.returncode, ran.summary.tests, ran.summary.flaky, ran.summary.quarantined) == (0, 4, 1, 1), ran
    assert ran.order[-1] == "shop.tests.Page.test_page"


CUSTOM = (
    FLAKY
    + """
from greenroom import TestRunner

class Result(unittest.TextTestResult):
    pass

class Runner(TestRunner):
    def get_resultclass(self):
        return Result
"""
)


def test_a_result_class_of_the_project_is_told_at_once(make_project: Callable[..., Project]) -> None:
    """It can't take back what it was told: nothing is tried again, and a line says so."""
    project = make_project(files={"shop/tests.py": CUSTOM})
    ran = project.manage_test("--retries", "1", runner="shop.tests.Runner")
    assert ran.returncode == 1
    assert tries(project, "one") == 1
    assert (
        "greenroom: no retries and no quarantine in this run: "
        "the project's own result class or test runner is told of each failure at once\n" in ran.stderr
    )


BY_HAND = (
    HEAD
    + """
class Many(SimpleTestCase):
    def __init__(self, method, number=0):
        super().__init__(method)
        self.number = number

    def test_is_zero(self):
        self.assertEqual(self.number, 0)

    def test_is_one(self):
        self.assertEqual(self.number, 1)
        self.assertGreater(times("one"), 1)


def load_tests(loader, tests, pattern):
    return unittest.TestSuite([Many("test_is_zero", 1), Many("test_is_one", 1)])
"""
)


@in_main_modes
def test_a_test_made_by_hand_is_tried_again_as_it_was_made(make_project: Callable[..., Project], mode: Mode) -> None:
    """Made anew from its class and method it would be another one, and pass."""
    project = make_project(files={"shop/tests.py": BY_HAND})
    ran = project.manage_test("--retries", "2", *mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    assert of(ran, "Many.test_is_one").flaky
    assert (of(ran, "Many.test_is_zero").outcome, of(ran, "Many.test_is_zero").attempts) == ("failed", 3)
