"""What a label may be besides Django's own forms, and what happens where labels match nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.options_project import FILES, write_options_project
from tests.e2e.support import FORK, SPAWN, Runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

UNIT = "shop/tests/test_unit.py"
FAST = ["shop.tests.test_unit.Fast.test_a", "shop.tests.test_unit.Fast.test_b", "shop.tests.test_unit.Fast.test_debug"]
TAGGED = ["shop.tests.test_unit.Tagged.test_a", "shop.tests.test_unit.Tagged.test_c"]


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of the options' project, with a folder that is no package."""
    project = write_options_project(make_shared_project())
    project.write(
        "loose/test_loose.py",
        "from django.test import SimpleTestCase\nclass Loose(SimpleTestCase):\n def test_it(self): pass\n",
    )
    runs = make_runs(project)
    for label, _ in [*FORMS, *WRONG]:
        runs.plan(label)
    for args in NO_TESTS:
        runs.plan(*args)
    return runs


def line_of(text: str) -> int:
    """The line of the unit tests' source that holds a text."""
    lines = FILES[UNIT].splitlines()
    [number] = [number for number, line in enumerate(lines, 1) if text in line]
    return number


FORMS = [
    (UNIT, FAST + TAGGED),
    (f"./{UNIT}", FAST + TAGGED),
    (f"{UNIT}::Fast", FAST),
    (f"{UNIT}::Fast::test_b", FAST[1:2]),
    (f"{UNIT}:{line_of('def test_b')}", FAST[1:2]),
    (f"{UNIT}:{line_of('def test_b') + 1}", FAST[1:2]),
    (f"{UNIT}:{line_of('def test_b') - 1}", FAST[1:2]),
    (f"{UNIT}:{line_of('It has a docstring')}", FAST[:1]),
    (f"{UNIT}:{line_of('class Fast')}", FAST),
    (f"{UNIT}:{line_of('class Tagged')}", TAGGED),
]


@pytest.mark.parametrize(("label", "tests"), FORMS, ids=[label for label, _ in FORMS])
def test_paths(runs: Runs, label: str, tests: list[str]) -> None:
    """A file, a line in a file (of a test, its decorator, its body, its class) and `path::Class::method` are labels."""
    ran = runs(label)
    check_stream(ran.events)
    assert ran.order == tests


def test_absolute_paths(runs: Runs) -> None:
    """A label may be an absolute path, as editors give it."""
    assert runs(str(runs.project.root / UNIT)).order == FAST + TAGGED


def test_labels_of_all_forms_together(runs: Runs) -> None:
    """Labels of different forms add up; a test that two of them name runs once."""
    ran = runs(f"{UNIT}::Fast::test_b", "shop.tests.test_unit.Tagged", UNIT, "shop/tests/test_slow.py")
    assert sorted(ran.order) == sorted(
        [*FAST, *TAGGED, *(f"shop.tests.test_slow.Slow.test_{n}" for n in ("one", "three", "two"))]
    )


@pytest.mark.parametrize("mode", [FORK, SPAWN], ids=str)
def test_paths_in_parallel(runs: Runs, mode: object) -> None:
    """Path labels choose the same tests in workers."""
    ran = runs(UNIT, f"{UNIT}::Fast::test_b", "shop/tests/test_rows.py", mode=FORK if mode is FORK else SPAWN)
    check_stream(ran.events)
    assert set(FAST + TAGGED) < set(ran.outcomes)
    assert len(ran.outcomes) == 10


def test_path_labels_with_other_options(runs: Runs) -> None:
    """Tags and patterns select among the tests that a path names."""
    assert runs(UNIT, "--tag", "fast").order == [FAST[1], TAGGED[1]]
    assert runs(UNIT, "-k", "test_a").order == [FAST[0], TAGGED[0]]


def test_a_path_in_a_folder_that_is_no_package(runs: Runs) -> None:
    """A file is found by its path even where no `__init__.py` makes it part of a package."""
    ran = runs("loose/test_loose.py")
    assert ran.returncode == 0
    [test] = ran.order
    assert test.endswith("test_loose.Loose.test_it")


def test_the_greenroom_command_takes_paths(runs: Runs) -> None:
    """`greenroom test` takes the same labels."""
    assert runs.project.greenroom_test(f"{UNIT}::Fast").order == FAST


WRONG = [
    ("shop/tests/test_unitt.py", "test_unit.py"),
    (f"{UNIT}::Fats", "Fast"),
    (f"{UNIT}::Fast::test_bb", "test_b"),
    (f"{UNIT}:9999", UNIT),
    ("no/such/folder", "no/such/folder"),
    (f"{UNIT}::", UNIT),
    (f"{UNIT}:0", UNIT),
]


@pytest.mark.parametrize(("label", "named"), WRONG, ids=[label for label, _ in WRONG])
def test_labels_that_match_nothing(runs: Runs, label: str, named: str) -> None:
    """A label that matches nothing ends the run before anything is set up, with exit code 4 and the nearest names."""
    ran = runs(label)
    assert ran.returncode == 4, ran
    assert label in ran.stderr
    assert named in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Creating test database" not in ran.output


NO_TESTS = [["--tag", "nothing"], ["-k", "nothing_at_all"], ["-p", "nothing*.py"], ["shop.models"]]


@pytest.mark.parametrize("command", ["manage.py", "greenroom"])
@pytest.mark.parametrize("args", NO_TESTS, ids=" ".join)
def test_no_tests_is_a_failure(runs: Runs, args: list[str], command: str) -> None:
    """A run that is left with no test fails with exit code 4 and says so: CI must not turn green by a typing error."""
    ran = runs(*args) if command == "manage.py" else runs.project.greenroom_test(*args)
    assert ran.returncode == 4, ran
    assert "--no-tests=pass" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "args", [["--tag", "nothing"], ["shop.models"], ["-k", "nothing_at_all", "--parallel", "2"]], ids=" ".join
)
def test_no_tests_may_be_allowed(runs: Runs, args: list[str]) -> None:
    """With `--no-tests=pass` a run without tests passes, and prints what stock prints."""
    ran, stock = runs(*args, "--no-tests=pass"), runs.stock(*args)
    assert ran.returncode == 0, ran
    assert ran.report.verdict == stock.report.verdict
    assert "Found 0 test(s)." in ran.stdout
    check_stream(ran.events)


def test_no_tests_takes_two_words(runs: Runs) -> None:
    """`--no-tests` knows `fail` and `pass`."""
    assert runs("--tag", "nothing", "--no-tests=fail").returncode == 4
    ran = runs("--no-tests=maybe")
    assert ran.returncode == 2
    assert "fail" in ran.stderr
    assert "pass" in ran.stderr


def test_an_import_error_is_a_test_that_failed(runs: Runs) -> None:
    """A dotted name that can't be imported is an ERROR, as in stock: the reason why is shown, not hidden."""
    ran = runs("shop.tests.test_no_such")
    assert ran.returncode in {1, 4}
    assert "shop.tests.test_no_such" in ran.stderr


def test_all_tests_skipped_is_no_failure(runs: Runs) -> None:
    """Tests that were found and skipped are not "no tests"."""
    assert runs("shop.tests.test_red.Red.test_c_skips").returncode == 0
