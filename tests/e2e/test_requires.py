"""Tests that require resources: skipped where one is missing, failed where `--require` asks for it, in every mode."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

TESTS = """\
    import unittest
    from django.test import SimpleTestCase, TestCase
    from django.test.testcases import skipIfDBFeature
    import greenroom

    class Loud:
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            print(f"set up {cls.__name__}", flush=True)

        def setUp(self):
            print(f"set up {self.id()}", flush=True)

    @greenroom.requires("module:nothing_of_this_name", "env:NOT_SET")
    class Never(Loud, TestCase):
        def test_it(self): pass

        @unittest.expectedFailure
        def test_expected(self): pass

        @unittest.skip("for another reason")
        def test_skipped(self): pass

    class AlsoNever(Never):
        async def test_async(self): pass

    class Some(Loud, SimpleTestCase):
        @greenroom.requires("command:no-such-program")
        def test_command(self): pass

        @greenroom.requires("env:NOT_SET")
        async def test_variable(self): pass

        @greenroom.requires("sqlite", "django", "module:django", "command:sh")
        def test_all_there(self): pass

        def test_nothing(self): pass

    class Sane(Loud, TestCase):
        required_sane_plugins = ["django", "http", "postgresql"]
        def test_it(self): pass

    @skipIfDBFeature("supports_transactions")
    @greenroom.requires("django")
    class SkippedByDjango(Loud, TestCase):
        def test_it(self): pass

    @greenroom.requires("env:NOT_SET")
    class Mixin(Loud):
        def test_it(self): pass

    class Mixed(Mixin, unittest.IsolatedAsyncioTestCase):
        pass
    """
NEVER = "needs module:nothing_of_this_name: it is not installed; needs env:NOT_SET: the variable is not set"
VARIABLE = "needs env:NOT_SET: the variable is not set"
LACKING = {
    "Never.test_it": NEVER,
    "Never.test_expected": NEVER,
    "AlsoNever.test_it": NEVER,
    "AlsoNever.test_expected": NEVER,
    "AlsoNever.test_async": NEVER,
    "Some.test_command": "needs command:no-such-program: it is not on PATH",
    "Some.test_variable": VARIABLE,
    "Sane.test_it": "needs postgresql: no such database is configured (there is sqlite)",
    "Mixed.test_it": VARIABLE,
}
"""The tests of which something is missing, with the reason."""
SKIPPED = {
    "Never.test_skipped": "for another reason",
    "AlsoNever.test_skipped": "for another reason",
    "SkippedByDjango.test_it": "Database has feature(s) supports_transactions",
}
PASSED = {"Some.test_all_there", "Some.test_nothing"}
REQUIRED: dict[tuple[str, ...], set[str]] = {
    (): set(),
    ("--require", "all"): set(LACKING),
    ("--require", "env", "--require", "postgresql"): set(LACKING) - {"Some.test_command"},
    ("--require", "command:no-such-program"): {"Some.test_command"},
}
"""The tests that fail, by the options."""


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of a project whose tests need what is not there."""
    return make_runs(make_shared_project(files={"shop/tests.py": TESTS}))


@in_main_modes
@pytest.mark.parametrize("args", REQUIRED, ids=" ".join)
def test_what_is_missing_skips_or_fails(runs: Runs, mode: Mode, args: tuple[str, ...]) -> None:
    """With the reason, and before anything is set up; what is skipped anyway stays so."""
    ran = runs(*args, mode=mode)
    check_stream(ran.events)
    failed = REQUIRED[args]
    told = {}
    for event in ran.events.finished:
        name = event.test.removeprefix("shop.tests.")
        texts = [problem.raised.message if problem.raised else problem.text for problem in event.problems]
        told[name] = (event.outcome, *texts)
    assert told == {
        **{name: ("failed" if name in failed else "skipped", reason) for name, reason in LACKING.items()},
        **{name: ("skipped", reason) for name, reason in SKIPPED.items()},
        **dict.fromkeys(PASSED, ("passed",)),
    }
    assert sorted(line for line in ran.stdout.splitlines() if line.startswith("set up")) == sorted(
        ["set up Some", *(f"set up shop.tests.{name}" for name in PASSED)]
    )
    assert ran.returncode == (1 if failed else 0)


OWN_RESULT = """\
    import unittest
    from greenroom import TestRunner

    class Result(unittest.TextTestResult):
        def addSkip(self, test, reason):
            super().addSkip(test, reason)
            print("own skip:", test.id(), reason)

        def addFailure(self, test, err):
            super().addFailure(test, err)
            print("own failure:", test.id(), err[1])

    class Runner(TestRunner):
        def get_resultclass(self):
            return Result
    """


@in_main_modes
def test_a_result_class_of_the_project_is_told_as_well(make_project: Callable[..., Project], mode: Mode) -> None:
    """Each skip and each failure, once."""
    project = make_project(files={"shop/tests.py": TESTS, "shop/runner.py": OWN_RESULT})
    ran = project.manage_test(
        "--require", "module", *mode.args, start_method=mode.start_method, runner="shop.runner.Runner"
    )
    told = [line for line in ran.stdout.splitlines() if line.startswith("own ")]
    expected = {**LACKING, **SKIPPED}
    assert sorted(told) == sorted(
        f"own {'failure' if reason is NEVER else 'skip'}: shop.tests.{name} {reason}"
        for name, reason in expected.items()
    )
    assert ran.returncode == 1


def test_the_debugger_opens_for_what_is_required(runs: Runs) -> None:
    """As for any failure; what is only skipped does not stop there."""
    labels = ("shop.tests.Some.test_command", "shop.tests.Mixed")
    ran = runs("--pdb", "--require", "command", *labels, stdin="q\n")
    assert ran.stdout.count("Opening PDB") == 1
    assert "no-such-program: it is not on PATH" in ran.stdout


def test_only_what_is_selected_is_looked_for(make_project: Callable[..., Project]) -> None:
    """And once, however many tests need it."""
    source = """\
        from django.test import SimpleTestCase
        import greenroom

        @greenroom.requires("office")
        class First(SimpleTestCase):
            def test_one(self): pass
            def test_two(self): pass

        @greenroom.requires("office")
        class Second(SimpleTestCase):
            def test_it(self): pass
    """
    apps = """\
        from django.apps import AppConfig

        class ShopConfig(AppConfig):
            name = "shop"

            def ready(self):
                from greenroom.cases.resources import register
                register("office", self.look)

            def look(self, argument):
                print(f"looked for the office{argument}")
                return "it is closed"
    """
    project = make_project(files={"shop/tests.py": source, "shop/apps.py": apps})
    ran = project.manage_test()
    assert ran.stdout.count("looked for the office") == 1
    assert set(ran.outcomes.values()) == {"skipped"}
    assert {problem.text for event in ran.events.finished for problem in event.problems} == {
        "needs office: it is closed"
    }
    assert "looked for" not in project.manage_test("--kind", "http", "--no-tests", "pass").stdout
    spawned = project.manage_test("--require", "office", *SPAWN.args, start_method="spawn")
    assert set(spawned.outcomes.values()) == {"failed"}


def test_a_package_brings_a_resource(make_project: Callable[..., Project]) -> None:
    """By an entry point; what follows the colon is for it."""
    project = make_project(
        files={
            "office.py": "def probe(argument):\n    return None if argument == 'open' else f'it is {argument}'\n",
            "office-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: office\nVersion: 1.0\n",
            "office-1.0.dist-info/entry_points.txt": "[greenroom.resources]\noffice = office:probe\n",
            "shop/tests.py": """\
                from django.test import SimpleTestCase
                import greenroom

                class Office(SimpleTestCase):
                    @greenroom.requires("office:open")
                    def test_open(self): pass

                    @greenroom.requires("office:closed")
                    def test_closed(self): pass
                """,
        }
    )
    ran = project.manage_test()
    assert ran.outcomes == {"shop.tests.Office.test_open": "passed", "shop.tests.Office.test_closed": "skipped"}
    assert ran.events.problems("shop.tests.Office.test_closed")[0].text == "needs office:closed: it is closed"


@pytest.mark.parametrize(
    ("resource", "args", "message"),
    [
        ("postgres", (), "shop.tests.T: there is no resource 'postgres'|Did you mean postgresql?"),
        ("browser", (), "shop.tests.T: 'browser' is only the beginning of a resource|It is browser:NAME."),
        ("django:5", (), "shop.tests.T: there is no resource 'django:5'|Did you mean django?"),
        ("django", ("--require", "redi"), "--require: there is no resource 'redi'|Did you mean redis?"),
    ],
)
def test_a_resource_that_does_not_exist_is_two_clear_lines(
    make_project: Callable[..., Project], resource: str, args: tuple[str, ...], message: str
) -> None:
    """Before anything runs, with the nearest that does."""
    source = f"""\
        from django.test import SimpleTestCase
        import greenroom

        class T(SimpleTestCase):
            @greenroom.requires({resource!r})
            def test_it(self): pass
        """
    ran = make_project(files={"shop/tests.py": source}).manage_test(*args)
    assert ran.stderr.splitlines() == f"CommandError: {message}".split("|")
    assert ran.returncode == 2


def test_the_setting_of_django_sane_testing_requires_browsers(make_project: Callable[..., Project]) -> None:
    """FORCE_SELENIUM_TESTS, and no other resource."""
    source = """\
        from django.test import SimpleTestCase
        import greenroom

        class T(SimpleTestCase):
            @greenroom.requires("browser:no-such-browser")
            def test_browser(self): pass

            @greenroom.requires("env:NOT_SET")
            def test_variable(self): pass
        """
    project = make_project(settings="FORCE_SELENIUM_TESTS = True\n", files={"shop/tests.py": source})
    assert project.manage_test().outcomes == {
        "shop.tests.T.test_browser": "failed",
        "shop.tests.T.test_variable": "skipped",
    }


def test_under_stock_djangos_runner_they_are_skipped_too(runs: Runs) -> None:
    """With the decorator. What only greenroom's runner reads, `required_sane_plugins`, has no effect there."""
    ran = runs.stock()
    outcomes = {test.removeprefix("shop.tests."): outcome for test, outcome in ran.outcomes.items()}
    assert {name for name, outcome in outcomes.items() if outcome == "skipped"} == {*LACKING, *SKIPPED} - {
        "Sane.test_it", "Mixed.test_it"
    }  # fmt: skip


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_a_server_that_comes_and_goes(make_project: Callable[..., Project], mode: Mode) -> None:
    """It is looked for when the run needs it."""
    source = """\
        from django.test import SimpleTestCase
        import greenroom

        @greenroom.requires("server:localhost:PORT")
        class T(SimpleTestCase):
            def test_it(self): pass
        """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        project = make_project(files={"shop/tests.py": source.replace("PORT", str(port))})
        assert project.manage_test(*mode.args, start_method=mode.start_method).outcomes == {
            "shop.tests.T.test_it": "passed"
        }
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    (problem,) = ran.events.problems("shop.tests.T.test_it")
    assert problem.text == f"needs server:localhost:{port}: nothing answers (Connection refused)"
