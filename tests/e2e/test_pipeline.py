"""`--pipeline`: the fast kinds first, and the slower ones only where all went well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.events import FixtureFinished, GroupFinished, TestsNotRun
from greenroom.testing import check_stream
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import EventLog, Project

TESTS = """\
    import os
    import time
    import unittest
    from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase, tag
    import greenroom

    BAD = os.environ.get("BAD")

    def check(what):
        if BAD == what: raise AssertionError(f"{what} fails")

    class Plain(unittest.TestCase):
        def test_first(self): time.sleep(0.05)
        def test_second(self): check("unit")

    class Rows(TestCase):
        def test_first(self): check("first")
        def test_second(self): check("database")

        @greenroom.kind("browser")
        def test_page(self): pass

    class RowsToo(TestCase):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            if BAD == "fixture": raise RuntimeError("no such thing")

        @classmethod
        def tearDownClass(cls):
            super().tearDownClass()
            if BAD == "tear-down": raise RuntimeError("no such thing")

        def test_first(self): pass

    class Late(SimpleTestCase):
        databases = {"default"}
        def _post_teardown(self):
            super()._post_teardown()
            check("late")
        def test_first(self): pass

    class Commits(TransactionTestCase):
        def test_first(self): check("destructive")
        def test_second(self):
            if BAD == "crash": os._exit(3)

    class Served(LiveServerTestCase):
        def test_first(self): check("http")

    class Simple(SimpleTestCase):
        def test_first(self): time.sleep(0.05)
        @tag("browser")
        def test_page(self): check("browser")
        @unittest.expectedFailure
        def test_expected(self): self.fail()
    """
STAGES = [
    ["Plain.test_first", "Plain.test_second", "Simple.test_first", "Simple.test_expected"],
    ["Rows.test_first", "Rows.test_second", "RowsToo.test_first", "Late.test_first"],
    ["Commits.test_first", "Commits.test_second"],
    ["Served.test_first"],
    ["Rows.test_page", "Simple.test_page"],
]
"""The tests of each kind, from fast to slow."""
REASON = "a test of a faster kind failed"
FIXTURE = "a class or module fixture failed or skipped them"


def ids(names: list[str]) -> set[str]:
    """The ids of these tests."""
    return {f"shop.tests.{name}" for name in names}


def of_stages(first: int = 0, end: int | None = None) -> set[str]:
    """The ids of the tests of these kinds."""
    return ids([name for stage in STAGES[first:end] for name in stage])


def not_run(log: EventLog) -> dict[str, set[str]]:
    """The tests that did not run, by the reason."""
    return {event.reason: set(event.tests) for event in log.of(TestsNotRun)}


def stage_of(test: str) -> int:
    """Of which kind a test is, by its place."""
    return next(place for place, stage in enumerate(STAGES) if test in ids(stage))


def check_stages(log: EventLog) -> None:
    """Every test ended before any of a slower kind began."""
    ended = [0.0] * len(STAGES)
    for event in log.finished:
        stage = stage_of(event.test)
        assert event.at >= max(ended[:stage], default=0.0) - 0.005
        ended[stage] = max(ended[stage], event.at + event.seconds)
    stages = [stage_of(test) for test in log.order]
    assert stages == sorted(stages)


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of a project with tests of every kind, which fail as the variable BAD says."""
    return make_runs(make_shared_project(files={"shop/tests.py": TESTS}))


@in_main_modes
def test_all_kinds_run_where_all_goes_well(runs: Runs, mode: Mode) -> None:
    """One after the other, however many workers there are; a failure that is expected is none."""
    ran = runs("--pipeline", mode=mode)
    check_stream(ran.events)
    check_stages(ran.events)
    assert ran.outcomes.keys() == of_stages()
    assert ran.returncode == 0
    assert not_run(ran.events) == {}


@pytest.mark.parametrize(
    ("mode", "bad", "stage"),
    [
        *[(SERIAL, *case) for case in (("unit", 0), ("first", 1), ("late", 1), ("http", 3), ("browser", 4))],
        *[(FORK, *case) for case in (("unit", 0), ("late", 1), ("destructive", 2), ("browser", 4))],
        (SPAWN, "first", 1),
    ],
    ids=str,
)
def test_the_kind_that_failed_is_the_last(runs: Runs, mode: Mode, bad: str, stage: int) -> None:
    """The rest of it still runs. The slower ones are named with the reason, by the report too; the exit code is 1."""
    ran = runs("--pipeline", mode=mode, env={"BAD": bad})
    check_stream(ran.events)
    check_stages(ran.events)
    left = of_stages(stage + 1)
    assert ran.outcomes.keys() == of_stages(0, stage + 1)
    assert not_run(ran.events) == ({REASON: left} if left else {})
    assert (f"not run ({REASON}): {len(left)} test" in ran.stderr) == bool(left)
    assert ran.returncode == 1


@in_main_modes
def test_a_fixture_that_fails_counts_as_well(runs: Runs, mode: Mode) -> None:
    """Its own tests are told apart from those of the slower kinds."""
    ran = runs("--pipeline", mode=mode, env={"BAD": "fixture"})
    check_stream(ran.events)
    assert not_run(ran.events) == {FIXTURE: ids(["RowsToo.test_first"]), REASON: of_stages(2)}
    assert ran.returncode == 1


@in_main_modes
def test_so_does_a_tear_down_after_the_last_test(runs: Runs, mode: Mode) -> None:
    """Also that of the last class of its kind."""
    labels = ("shop.tests.RowsToo", "shop.tests.Commits")
    ran = runs("--pipeline", *labels, mode=mode, env={"BAD": "tear-down"})
    assert [event.fixture for event in ran.events.of(FixtureFinished)] == ["tearDownClass (shop.tests.RowsToo)"]
    assert not_run(ran.events) == {REASON: ids(STAGES[2])}
    assert ran.returncode == 1


@pytest.mark.parametrize("mode", [FORK, SPAWN], ids=str)
def test_a_worker_that_crashes_is_replaced_for_the_rest_of_the_kind(runs: Runs, mode: Mode) -> None:
    """Its test is an error, and so the slower kinds are not begun."""
    ran = runs("--pipeline", mode=mode, env={"BAD": "crash"})
    check_stream(ran.events)
    check_stages(ran.events)
    assert ran.outcomes["shop.tests.Commits.test_second"] == "error"
    assert not_run(ran.events) == {REASON: of_stages(3)}


@in_main_modes
def test_failfast_stops_within_the_kind(runs: Runs, mode: Mode) -> None:
    """And says that it was the reason."""
    ran = runs("--pipeline", "--failfast", mode=mode, env={"BAD": "first"})
    assert not_run(ran.events).keys() == {"failfast"}
    assert of_stages(2) <= not_run(ran.events)["failfast"]


@pytest.mark.parametrize(
    ("mode", "args"),
    [(SERIAL, ("--shuffle", "7")), (SERIAL, ("--reverse",)), (FORK, ("--shuffle", "7"))],
    ids=["serial-shuffle", "serial-reverse", "fork-shuffle"],
)
def test_within_a_kind_the_order_is_the_one_asked_for(runs: Runs, mode: Mode, args: tuple[str, ...]) -> None:
    """The same as without the pipeline, kind by kind: of the tests in a serial run, of the groups elsewhere."""
    usual, ran = runs(*args), runs("--pipeline", *args, mode=mode)
    check_stages(ran.events)
    expected = sorted(usual.order, key=stage_of)
    if mode is SERIAL:
        assert ran.order == expected
    assert [test for test in ran.order if test.startswith("shop.tests.Plain")] == [
        test for test in expected if test.startswith("shop.tests.Plain")
    ]
    assert {event.group for event in ran.events.of(GroupFinished)} == {
        event.group for event in usual.events.of(GroupFinished)
    }


OWN_RESULT = """\
    import unittest
    from greenroom import TestRunner

    class Result(unittest.TextTestResult):
        def startTest(self, test):
            super().startTest(test)
            print("own result:", test.id())

    class Runner(TestRunner):
        def get_resultclass(self):
            return Result
    """


@in_main_modes
def test_a_result_class_of_the_project_is_given_each_call_once(
    make_project: Callable[..., Project], mode: Mode
) -> None:
    """Of the tests that ran; what did not is told after its report."""
    project = make_project(files={"shop/tests.py": TESTS, "shop/runner.py": OWN_RESULT})
    ran = project.manage_test(
        "--pipeline", *mode.args, start_method=mode.start_method, runner="shop.runner.Runner", env={"BAD": "database"}
    )
    told = [line.removeprefix("own result: ") for line in ran.stdout.splitlines() if line.startswith("own result: ")]
    assert sorted(told) == sorted(ids(STAGES[0] + STAGES[1]))
    assert f"not run ({REASON}): 5 tests" in ran.stderr
    assert "FAILED (failures=1, expected failures=1)" in ran.stderr
    assert ran.returncode == 1


CLOSURES = """\
    import os
    from django.test import SimpleTestCase, TestCase, TransactionTestCase

    def make(base):
        class Closure(base):
            def test_it(self):
                if os.environ.get("BAD") == base.__name__: self.fail()
        Closure.__qualname__ = f"Made{base.__name__}"
        return Closure

    Units, Rows = make(SimpleTestCase), make(TestCase)

    class Named(TestCase):
        def test_it(self): pass

    class Commits(TransactionTestCase):
        def test_it(self): pass
    """


@pytest.mark.parametrize(("bad", "ran_names"), [
    ("", {"MadeSimpleTestCase", "MadeTestCase", "Named", "Commits"}),
    ("SimpleTestCase", {"MadeSimpleTestCase"}),
    ("TestCase", {"MadeSimpleTestCase", "MadeTestCase", "Named"}),
])  # fmt: skip
def test_tests_that_only_the_parent_has_take_their_turn(
    make_project: Callable[..., Project], bad: str, ran_names: set[str]
) -> None:
    """Spawned workers do not find them; they run here, between the kinds that workers run."""
    ran = make_project(files={"shop/tests.py": CLOSURES}).manage_test(
        "--pipeline", *SPAWN.args, start_method="spawn", env={"BAD": bad}
    )
    check_stream(ran.events)
    assert {test.split(".")[2] for test in ran.outcomes} == ran_names
    assert ran.returncode == bool(bad)


def test_the_configuration_can_ask_for_it(make_project: Callable[..., Project]) -> None:
    """For every run of a project."""
    project = make_project(files={"shop/tests.py": TESTS, "pyproject.toml": "[tool.greenroom]\npipeline = true\n"})
    assert not_run(project.manage_test(env={"BAD": "http"}).events) == {REASON: ids(STAGES[4])}
