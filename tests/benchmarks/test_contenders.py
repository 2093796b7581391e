"""How contenders are called, and how their summaries are read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.contenders import (
    GREENROOM_PARALLEL,
    GREENROOM_SERIAL,
    STOCK_PARALLEL,
    STOCK_SERIAL,
    Calls,
    django_runners,
    parse_run,
    run_figures,
    runs_tests,
)
from benchmarks.measure import Finished
from benchmarks.model import ContenderFailed
from benchmarks.projects import Project
from benchmarks.toolbox import Toolbox

STOCK = "Found 20000 test(s).\n....\n" + "-" * 70 + "\nRan 20000 tests in 0.913s\n\nOK\n"
PYTEST = "....\n20000 passed in 26.91s\n"
XDIST = "bringing up nodes...\n....\n70 passed, 2 warnings in 75.30s (0:01:15)\n"


def toolbox(missing: str = "") -> Toolbox:
    """This very interpreter as the environment."""
    return Toolbox(Path(sys.executable), {}, missing)


def calls(missing: str = "") -> Calls:
    """Command lines for a project of 20,000 tests."""
    return Calls(toolbox(missing), Project(Path("/project"), 20000))


def finished(output: str) -> Finished:
    """A command that printed this."""
    return Finished(started=0.0, wall=2.0, cpu=3.0, returncode=0, output=output)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (STOCK, (20000, 0.913)),
        ("Ran 1 test in 0.001s", (1, 0.001)),
        (PYTEST, (20000, 26.91)),
        (XDIST, (70, 75.3)),
        ("======= 3 passed in 0.10s =======", (3, 0.1)),
        ("Ran 2 tests in 1.000s\nRan 9 tests in 3.000s", (9, 3.0)),
        ("nothing of the kind", None),
    ],
)
def test_summaries_are_read(output: str, expected: tuple[int, float] | None) -> None:
    """Of all runners; the last one counts, as a test may print one of its own."""
    assert parse_run(output) == expected


def test_figures_of_a_run() -> None:
    """The whole command, its CPU time, and the time that its summary tells."""
    assert run_figures(finished(STOCK), 20000) == {"wall": 2.0, "cpu": 3.0, "phase": 0.913, "tests": 20000}


@pytest.mark.parametrize(("output", "reason"), [(STOCK, "ran 20,000 tests of 19,999"), ("", "no summary")])
def test_a_run_of_other_tests_has_no_figures(output: str, reason: str) -> None:
    """Who runs fewer tests is not faster."""
    with pytest.raises(ContenderFailed, match=reason):
        run_figures(finished(output), 19999)


def test_stock_and_greenroom_take_turns() -> None:
    """Serial next to serial, so that what is compared is close in time."""
    names = [contender.name for contender in django_runners(calls())]

    assert names == [STOCK_SERIAL, STOCK_PARALLEL, GREENROOM_SERIAL, GREENROOM_PARALLEL]


def test_greenroom_is_left_out_where_it_is_missing() -> None:
    """The other contenders can be measured without it."""
    names = [contender.name for contender in django_runners(calls(missing="No module named 'greenroom'"))]

    assert names == [STOCK_SERIAL, STOCK_PARALLEL]


def test_command_lines_are_what_a_user_types() -> None:
    """The same command for stock and greenroom, but for the runner."""
    one = calls()

    assert one.stock(2).argv[1:] == ("manage.py", "test", "--parallel", "2")
    assert one.greenroom().argv[1:] == ("manage.py", "test", "--testrunner", "greenroom.TestRunner")
    assert one.stock().cwd == Path("/project")


def test_contenders_see_a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable that steers a runner comes through, and pytest loads no plugin that nobody named."""
    for name in ("GREENROOM_EVENTS", "PYTEST_ADDOPTS", "DJANGO_SETTINGS_MODULE", "PYTHONPATH"):
        monkeypatch.setenv(name, "x")

    env = Calls(toolbox(), Project(Path("/project"), 1), {"EXTRA": "1"}).stock().env

    assert "x" not in env.values()
    assert (env["EXTRA"], env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]) == ("1", "1")


def test_what_has_to_happen_before_a_run_happens_before_each(tmp_path: Path) -> None:
    """Such as forgetting the history."""
    prepared: list[int] = []
    project = Calls(toolbox(), Project(tmp_path, 1))
    command = project.command("-c", "print('Ran 1 test in 0.5s')")
    contender = runs_tests("one", command, 1, before=lambda: prepared.append(1))

    assert [contender.measure()["phase"] for _ in range(2)] == [0.5, 0.5]
    assert prepared == [1, 1]
