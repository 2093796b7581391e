"""What options and the configuration say of retries and quarantine."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from greenroom.events import AttemptFailed
from greenroom.testing import check_stream
from tests.e2e.retries_project import FLAKY, TESTS, of, tries
from tests.e2e.support import FORK, SERIAL, Mode, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_flaky_tests_pass_or_fail_a_run_by_choice(make_project: Callable[..., Project], mode: Mode) -> None:
    """They are shown in either case."""
    ran = make_project(files={"shop/tests.py": FLAKY}).manage_test("--retries", "1", *mode.args)
    assert ran.returncode == 0
    assert "OK (flaky=2)" in ran.stderr
    ran = make_project(files={"shop/tests.py": FLAKY}).manage_test("--retries", "1", "--flaky", "fail", *mode.args)
    assert ran.returncode == 1
    assert ran.summary.exit_code == 1
    assert "FAILED (flaky=2)" in ran.stderr


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_failfast_waits_for_the_last_word(make_project: Callable[..., Project], mode: Mode) -> None:
    """A failure that is made good stops nothing; one that stays does, and nothing that was held back is lost."""
    ran = make_project(files={"shop/tests.py": FLAKY}).manage_test("--retries", "1", "--failfast", *mode.args)
    assert (ran.returncode, ran.summary.flaky, ran.summary.tests) == (0, 2, 3)
    ran = make_project(files={"shop/tests.py": TESTS}).manage_test(
        "--retries", "1", "--failfast", "shop.tests.Orders", *mode.args
    )
    check_stream(ran.events)
    assert ran.returncode == 1
    assert of(ran, "Orders.test_unexpected").outcome == "unexpected_success"
    assert of(ran, "Orders.test_rows").outcome == "failed"


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_a_broken_build_is_not_tried_again(make_project: Callable[..., Project], mode: Mode) -> None:
    """The one failure too many ends all retries, and those that waited count at once."""
    project = make_project(files={"shop/tests.py": FLAKY})
    ran = project.manage_test("--retries", "5", "--retry-budget", "1", "--retry-delay", "60", *mode.args)
    check_stream(ran.events)
    assert (ran.returncode, ran.summary.failures, ran.summary.flaky) == (1, 2, 0)
    assert "greenroom: 2 tests failed, more than retry-budget allows: nothing is tried again any more" in ran.stderr
    assert tries(project, "one") == tries(project, "other") == 1


def test_a_budget_must_be_one(make_project: Callable[..., Project]) -> None:
    """One line, before the first test."""
    ran = make_project(files={"shop/tests.py": FLAKY}).manage_test("--retries", "1", "--retry-budget", "some")
    assert "retry-budget must be a number of tests or a percentage such as 5%, not 'some'" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 2


@in_main_modes
def test_quarantine_from_the_configuration(make_project: Callable[..., Project], mode: Mode) -> None:
    """Labels and patterns; without retries."""
    table = '[tool.greenroom]\nquarantine = ["shop.tests.One.test_flaky", "*.test_oth*"]\n'
    project = make_project(files={"shop/tests.py": FLAKY, "pyproject.toml": table})
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    assert (ran.returncode, ran.summary.quarantined, ran.summary.failures) == (0, 2, 0)
    assert "OK (quarantined=2)" in ran.stderr
    assert "Does not count: *.test_oth* is on the list" in ran.stderr


def test_the_lines_of_a_verbose_run(make_project: Callable[..., Project]) -> None:
    """Each try has one, and says which it was."""
    ran = make_project(files={"shop/tests.py": FLAKY}).manage_test(
        "-v", "2", "--retries", "1", "--quarantine", "*.test_other"
    )
    name = "test_flaky (shop.tests.One.test_flaky)"
    assert f"{name} ... FAIL (try 1 of 2)\n" in ran.stderr
    assert f"{name} ... ok (flaky: passed at try 2)\n" in ran.stderr
    assert "test_other (shop.tests.One.test_other) ... FAIL (in quarantine)\n" in ran.stderr


def test_an_interrupt_lets_the_failure_stand(make_project: Callable[..., Project]) -> None:
    """While a test waits for its next try."""
    project = make_project(files={"shop/tests.py": FLAKY})
    started = project.start_manage_test("--retries", "1", "--retry-delay", "60")
    last = "shop.tests.One.test_other"
    started.wait_for_event(lambda event: isinstance(event, AttemptFailed) and event.test == last, "its first try")
    started.process.send(signal.SIGINT)
    ran = started.finish()
    check_stream(ran.events)
    assert ran.returncode == 130
    assert ran.summary.failures == 2


def test_beside_the_debugger_nothing_is_tried_again(make_project: Callable[..., Project]) -> None:
    """It opens at each failure, and would at those that are made good."""
    ran = make_project(files={"shop/tests.py": FLAKY}).manage_test(
        "--pdb", "--retries", "1", "shop.tests.One.test_last"
    )
    assert ran.returncode == 0
    assert "greenroom: no retries and no quarantine in this run: the debugger opens at each failure\n" in ran.stderr
