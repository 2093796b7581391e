"""`--kind`: which tests run, and what is not set up for those that do not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from greenroom.events import DatabaseStep
from greenroom.testing import check_stream
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

TESTS = """\
    import unittest
    from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase, tag
    import greenroom

    class Plain(unittest.TestCase):
        def test_it(self): pass

    class Simple(SimpleTestCase):
        def test_it(self): pass

        @greenroom.kind("http")
        def test_remote(self): pass

        @tag("selenium")
        async def test_page(self): pass

    class Rows(TestCase):
        def test_it(self): pass

    class Commits(TransactionTestCase):
        def test_it(self): pass

    class Served(LiveServerTestCase):
        def test_it(self): pass
    """
BY_KIND = {
    "unit": {"Plain.test_it", "Simple.test_it"},
    "database": {"Rows.test_it"},
    "destructive": {"Commits.test_it"},
    "http": {"Served.test_it", "Simple.test_remote"},
    "browser": {"Simple.test_page"},
}
SANE = {
    "-u": "unit",
    "--select-unittests": "unit",
    "--select-databasetests": "database",
    "--select-destructivedatabasetests": "destructive",
    "--select-httptests": "http",
    "--select-seleniumtests": "browser",
}
TRAP = """
import sys

class Trap:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"selenium", "playwright", "cheroot", "uvicorn", "twill", "redis", "trustme"}:
            raise AssertionError(f"{name} is imported")

sys.meta_path.insert(0, Trap())
"""


CASES = """\
    from greenroom import cases

    class Unit(cases.UnitTestCase):
        def test_it(self): pass

    class Database(cases.DatabaseTestCase):
        def test_it(self): pass

    class Destructive(cases.DestructiveDatabaseTestCase):
        def test_it(self): pass

    class Http(cases.HttpTestCase):
        def test_it(self): pass

    class Selenium(cases.SeleniumTestCase):
        def test_it(self): pass

    class Playwright(cases.PlaywrightTestCase):
        def test_it(self): pass

    class Served(cases.DatabaseTestCase):
        start_live_server = True
        def test_it(self): pass
    """


def named(names: set[str]) -> dict[str, str]:
    """These tests, passed."""
    return {f"shop.tests.{name}": "passed" for name in names}


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of a project with tests of every kind."""
    runs = make_runs(make_shared_project(files={"shop/tests.py": TESTS}))
    for kind in BY_KIND:
        runs.plan("--kind", kind)
    return runs


@pytest.mark.parametrize("kind", BY_KIND)
def test_only_the_tests_of_a_kind_run(runs: Runs, kind: str) -> None:
    """The count that is printed at the beginning is theirs too."""
    ran = runs("--kind", kind)
    check_stream(ran.events)
    assert ran.outcomes == named(BY_KIND[kind])
    assert f"Found {len(BY_KIND[kind])} test(s)." in ran.stdout
    assert ran.returncode == 0


@in_main_modes
def test_several_kinds_make_one_run(runs: Runs, mode: Mode) -> None:
    """In the order of a run of all."""
    ran = runs("--kind", "unit", "--kind", "http", mode=mode)
    check_stream(ran.events)
    assert ran.outcomes == named(BY_KIND["unit"] | BY_KIND["http"])


@pytest.mark.parametrize("option", SANE)
def test_the_options_of_django_sane_testing_mean_the_same(make_project: Callable[..., Project], option: str) -> None:
    """Each selects a kind, beside those that switched on what is always on."""
    project = make_project(files={"shop/tests.py": TESTS})
    switches = ["--with-django", "--with-selenium", "--with-sanetestselection", "--with-cherrypyliveserver"]
    if option in {"--select-httptests", "--select-seleniumtests"}:
        switches.remove("--with-cherrypyliveserver")
    assert project.manage_test(option, *switches).outcomes == named(BY_KIND[SANE[option]])


def test_a_run_of_units_makes_no_database_and_loads_no_library(make_project: Callable[..., Project]) -> None:
    """What the other tests of the same module need stays where it is."""
    files = {"shop/tests.py": TESTS, "shop/test_cases.py": CASES}
    project = make_project(databases="file", settings=TRAP, files=files)
    ran = project.manage_test("--kind", "unit")
    assert ran.outcomes == {**named(BY_KIND["unit"]), "shop.test_cases.Unit.test_it": "passed"}, ran
    assert "test database" not in ran.output
    assert not ran.events.of(DatabaseStep)
    assert not list(project.root.glob("*.sqlite3"))


@pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
def test_a_module_that_can_not_be_loaded_is_reported(make_project: Callable[..., Project], mode: Mode) -> None:
    """Nobody knows which kinds of tests are in it."""
    project = make_project(files={"shop/tests.py": TESTS, "shop/tests_not.py": "import nothing_of_this_name\n"})
    ran = project.manage_test("--pattern", "test*.py", "--kind", "database", *mode.args, start_method=mode.start_method)
    assert ran.outcomes == {
        **named(BY_KIND["database"]),
        "unittest.loader._FailedTest.shop.tests_not": "error",
    }
    assert ran.returncode == 1


def test_a_kind_that_does_not_exist_is_one_clear_line(runs: Runs) -> None:
    """With those that do, and the nearest; nothing runs."""
    ran = runs("--kind", "databse")
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == [
        "CommandError: Option --kind must be unit, database, destructive, http or browser, not 'databse'",
        "Did you mean database?",
    ]


def test_no_test_of_a_kind_is_no_test(runs: Runs) -> None:
    """As for a label that finds none: exit code 4, unless that is fine."""
    ran = runs("shop.tests.Rows", "--kind", "unit")
    assert ran.returncode == 4
    assert "no tests were found for shop.tests.Rows of the kind unit" in ran.stderr
    assert runs("shop.tests.Rows", "--kind", "unit", "--no-tests", "pass").returncode == 0


def test_the_configuration_names_kinds(make_project: Callable[..., Project]) -> None:
    """A list in the file; commas in a variable, which goes before it."""
    project = make_project(files={"shop/tests.py": TESTS, "pyproject.toml": '[tool.greenroom]\nkind = ["browser"]\n'})
    assert project.manage_test().outcomes == named(BY_KIND["browser"])
    ran = project.manage_test(env={"GREENROOM_KIND": "unit, database"})
    assert ran.outcomes == named(BY_KIND["unit"] | BY_KIND["database"])


def test_the_list_of_tests_tells_kinds_and_narrows_down_to_them(runs: Runs) -> None:
    """`greenroom list`, for people and for machines."""
    ran = runs.project.greenroom("list", "--kind", "http", "--kind", "browser")
    assert [line.split(",")[0] for line in ran.stdout.splitlines()] == [
        "shop.tests.Served.test_it  [http",
        "shop.tests.Simple.test_page  [browser",
        "shop.tests.Simple.test_remote  [http",
    ]
    told = json.loads(runs.project.greenroom("list", "--json").stdout)
    found: dict[str, set[str]] = {kind: set() for kind in BY_KIND}
    for spec in told:
        found[spec["kind"]].add(spec["id"].removeprefix("shop.tests."))
    assert found == BY_KIND


def test_greenrooms_own_classes_have_the_kinds_of_their_names(make_project: Callable[..., Project]) -> None:
    """And those on them that ask for more have the kind of that."""
    project = make_project(files={"shop/tests.py": CASES})
    told = json.loads(project.greenroom("list", "--json").stdout)
    assert {spec["id"].removeprefix("shop.tests.").partition(".")[0]: spec["kind"] for spec in told} == {
        "Unit": "unit",
        "Database": "database",
        "Destructive": "destructive",
        "Http": "http",
        "Selenium": "browser",
        "Playwright": "browser",
        "Served": "http",
    }


OWN_OPTION = """\
    from greenroom import TestRunner

    class Runner(TestRunner):
        def __init__(self, *args, user=None, **kwargs):
            super().__init__(*args, **kwargs)
            print(f"user {user}")

        @classmethod
        def add_arguments(cls, parser):
            super().add_arguments(parser)
            parser.add_argument("-u", "--user")
    """


def test_a_runner_may_have_an_option_of_the_same_name(make_project: Callable[..., Project]) -> None:
    """django-sane-testing's gives way, and keeps its long name."""
    project = make_project(files={"shop/tests.py": TESTS, "shop/runner.py": OWN_OPTION})
    ran = project.manage_test("-u", "ann", "--select-unittests", runner="shop.runner.Runner")
    assert "user ann" in ran.stdout
    assert ran.outcomes == named(BY_KIND["unit"])


def test_both_servers_of_django_sane_testing_are_one_too_many(runs: Runs) -> None:
    """As there."""
    ran = runs("--with-djangoliveserver", "--with-cherrypyliveserver")
    assert ran.returncode == 2
    assert "--with-cherrypyliveserver can't go with the option of another server" in ran.stderr
