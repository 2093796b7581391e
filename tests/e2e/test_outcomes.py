"""The model of outcomes, under greenroom in every mode and under stock."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import MODEL, check, check_stream, section_differences, write_model_project
from tests.e2e.support import FORK, MODES, Mode, Runs, in_every_mode, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

WITHOUT_UNBUFFERED = ("--exclude-tag", "unbuffered")
"""Under `--buffer` an error that comes when the test is over raises in unittest's own result class, and ends stock's
run there."""

BOUNDED = [test for sample in MODEL if sample.bounded for test in sample.by_id()]


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of the model."""
    project = make_shared_project()
    write_model_project(project)
    runs = make_runs(project)
    runs.plan_each([[], ["--buffer"]], MODES, stock=False)
    runs.plan(runner="stock")
    runs.plan("--buffer", *WITHOUT_UNBUFFERED, runner="stock")
    return runs


def test_stock_agrees_with_the_model(runs: Runs) -> None:
    """The model says what stock Django does: otherwise it would be a model of greenroom alone."""
    check(runs.stock(), bounded=False)


@in_every_mode
def test_greenroom_agrees_with_the_model(runs: Runs, mode: Mode) -> None:
    """In every mode each sample comes to its outcome, with its problems, on the terminal and in the events."""
    check(runs(mode=mode))


@in_every_mode
def test_outcomes_are_those_of_stock(runs: Runs, mode: Mode) -> None:
    """In every mode the same tests run as under stock, and come to the same outcome."""
    assert runs(mode=mode).outcomes == runs.stock().outcomes


@in_every_mode
def test_failures_read_as_under_stock(runs: Runs, mode: Mode) -> None:
    """In every mode the text of each failure is, to the letter, that of a serial run of stock."""
    difference = section_differences(runs(mode=mode).report, runs.stock().report, ignore=BOUNDED)
    assert not difference, difference


def test_serial_order_is_that_of_stock(runs: Runs) -> None:
    """A serial run starts the tests in stock's order."""
    assert runs().order == runs.stock().order


@in_every_mode
def test_no_problem_has_frames_of_unittest_or_greenroom(runs: Runs, mode: Mode) -> None:
    """Tracebacks show the user's code and Django's, never the machinery that runs the test."""
    for event in runs(mode=mode).events.finished:
        for problem in event.problems:
            assert "greenroom" not in problem.text, problem.text
            assert "unittest/case.py" not in problem.text, problem.text


@in_every_mode
def test_buffered_output_is_shown_with_its_failure(runs: Runs, mode: Mode) -> None:
    """With `--buffer`, what a passing test prints is dropped and what a failing one prints stands with its failure."""
    ran = runs("--buffer", mode=mode)
    check(ran)
    assert "a passing test prints" not in ran.output
    [section] = ran.report.of("samples.test_printing.Case.test_failing")
    assert "\nStdout:\na failing test prints\n" in section.body
    assert "\nStderr:\nand complains\n" in section.body


@pytest.mark.skipif(sys.version_info[:3] == (3, 12, 1), reason="stock's own run ends early under --buffer there")
@in_every_mode
def test_buffered_failures_read_as_under_stock(runs: Runs, mode: Mode) -> None:
    """With `--buffer` too the text of each failure is that of a serial run of stock."""
    ran, stock = runs("--buffer", mode=mode), runs.stock("--buffer", *WITHOUT_UNBUFFERED)
    ignored = [*BOUNDED, "samples.test_late_errors.", "samples.test_streams.Case.test_failing_without_streams"]
    difference = section_differences(ran.report, stock.report, ignore=ignored)
    assert not difference, difference


@in_workers
def test_module_fixtures_fail_for_each_class(make_project: Callable[..., Project], mode: Mode) -> None:
    """A module's set-up that fails is told of, none of its tests start, and the other modules run."""
    project = make_project()
    classes = "\n".join(f"class Case{n}(unittest.TestCase):\n    def test_it(self): pass\n" for n in range(4))
    project.write("shop/tests.py", "import unittest\ndef setUpModule():\n    raise ValueError('no module')\n" + classes)
    project.write("shop/test_other.py", "import unittest\n" + classes)
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    assert set(ran.outcomes) == {f"shop.test_other.Case{n}.test_it" for n in range(4)}
    assert set(ran.events.fixtures) == {"setUpModule (shop.tests)"}
    assert ran.returncode == 1


def test_the_greenroom_command_agrees(runs: Runs) -> None:
    """`greenroom test` runs the same tests to the same outcomes as `manage.py test`."""
    ran = runs.project.greenroom_test()
    check(ran)
    assert ran.order == runs.stock().order


def test_two_runs_in_parallel_do_not_disturb_each_other(runs: Runs) -> None:
    """Two parallel runs of one project at the same time both come to the model's outcomes."""
    both = [runs.project.start_manage_test(*FORK.args, start_method="fork") for _ in range(2)]
    for started in both:
        check(started.finish())
