"""Files that need pytest, under `manage.py test` and `greenroom test`."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.pytest_project import BROKEN, FILES, LOOSE, OUTCOMES, PY, UNIT
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

APPS = ("django.contrib.auth", "django.contrib.contenttypes")
MORE = "shop/tests/more/test_greenroom.py"


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of a project with files of both."""
    runs = make_runs(make_shared_project(apps=APPS, files=FILES))
    for mode in (SERIAL, FORK, SPAWN):
        runs.plan(mode=mode, timeout=120.0)
    for label, _ in LABELS:
        runs.plan(label)
    return runs


@in_main_modes
def test_outcomes(runs: Runs, mode: Mode) -> None:
    """Every test of both has one outcome, that of pytest or unittest, in this process and in workers of each kind."""
    ran = runs(mode=mode, timeout=120.0)
    check_stream(ran.events)
    assert ran.outcomes == OUTCOMES, ran
    assert ran.returncode == 1
    assert ran.left_behind == ()


def test_pytest_has_the_same_ids_and_outcomes(runs: Runs) -> None:
    """A test has one name and one history, whichever command runs it."""
    project = runs.project
    command = (sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors", "-p", "no:cacheprovider")
    ran = project.start(*command, timeout=120.0, env={"DJANGO_SETTINGS_MODULE": "settings"}).finish()
    # pytest tells of files that it can't collect elsewhere, and lets no test of unittest's connect without being asked.
    others = {BROKEN, "shop/broken/test_skips.py", f"{UNIT}.Plain.test_connects"}
    del ran.outcomes[f"{UNIT}.Plain.test_connects"]
    assert ran.outcomes == {name: outcome for name, outcome in OUTCOMES.items() if name not in others}, ran


@in_main_modes
def test_words(runs: Runs, mode: Mode) -> None:
    """Failures are told in pytest's words: what was compared, the reason of a skip, why a file could not be loaded."""
    ran = runs(mode=mode, timeout=120.0)
    [failure] = ran.events.problems(f"{PY}::test_assertion")
    assert failure.kind == "failure"
    assert "assert {'a': 1} == {'a': 2}" in failure.text
    assert failure.raised is not None
    assert failure.raised.type == "AssertionError"
    [error] = ran.events.problems(f"{PY}::test_bad_end")
    assert "the fixture's end" in error.text
    [skip] = ran.events.problems(f"{PY}::test_skipped")
    assert skip.text == "not on a Monday"
    [broken] = ran.events.problems(BROKEN)
    assert "No module named 'no_such_module'" in broken.text
    [skipped] = ran.events.problems("shop/broken/test_skips.py")
    assert skipped.text == "all of it"


def test_one_order(runs: Runs) -> None:
    """Files come first that could not be loaded, then Django's order of kinds, whoever runs a test."""
    order = runs(mode=SERIAL, timeout=120.0).order
    kinds = [
        [BROKEN],
        [f"{UNIT}.Rows.test_row", f"{PY}::test_row", f"{PY}::test_row_after", "shop.tests.test_py.Cases.test_case"],
        [f"{PY}::test_commit", f"{PY}::test_sequence"],
        [f"{UNIT}.Plain.test_connects", f"{PY}::test_no_database", f"{LOOSE}::test_loose"],
    ]
    places = [[order.index(name) for name in names] for names in kinds]
    assert all(max(before) < min(after) for before, after in pairwise(places)), order


@pytest.mark.parametrize(("mode", "args"), [(SERIAL, ()), (FORK, ("--parallel", "2")), (SPAWN, ("--parallel", "2"))])
def test_session_fixtures(make_project: Callable[..., Project], mode: Mode, args: tuple[str, ...]) -> None:
    """A fixture of the session is made once in a process, and ends in it."""
    second = {"checks/unit/test_second.py": "def test_second(once): pass\n"}
    project = make_project(files={name: text for name, text in FILES.items() if "checks" in name} | second)
    ran = project.manage_test("checks", *args, start_method=mode.start_method)
    assert ran.returncode == 0, ran
    lines = (project.root / "once.txt").read_text().split("\n")[:-1]
    ups = sorted(line.split()[1] for line in lines if line.startswith("up"))
    downs = sorted(line.split()[1] for line in lines if line.startswith("down"))
    assert ups == downs
    assert len(set(ups)) == len(ups)
    assert 1 <= len(ups) <= (2 if args else 1)


LABELS = [
    (f"{PY}::test_both[b-2]", [f"{PY}::test_both[b-2]"]),
    ("shop.tests.test_py.test_both[b-2]", [f"{PY}::test_both[b-2]"]),
    ("shop.tests.test_py.test_row", [f"{PY}::test_row"]),
    ("shop.tests.test_py.TestPlain.test_method", [f"{PY}::TestPlain::test_method"]),
    (f"{PY}::TestPlain", [f"{PY}::TestPlain::test_method"]),
    (LOOSE, [f"{LOOSE}::test_loose", f"{LOOSE}::test_loose_too"]),
    (f"{LOOSE}:2", [f"{LOOSE}::test_loose"]),
    ("checks/unit", [f"{LOOSE}::test_loose", f"{LOOSE}::test_loose_too"]),
    ("shop.tests.more", sorted(name for name in OUTCOMES if name.startswith(MORE))),
    ("shop.tests.test_unit", [f"{UNIT}.Plain.test_connects", f"{UNIT}.Rows.test_row"]),
]


@pytest.mark.parametrize(("label", "tests"), LABELS, ids=[label for label, _ in LABELS])
def test_labels(runs: Runs, label: str, tests: list[str]) -> None:
    """Dotted names, ids of pytest's, lines, files and folders all select."""
    assert sorted(runs(label).order) == tests


@pytest.mark.parametrize(
    ("args", "tests"),
    [
        (("-k", "row"), [f"{PY}::test_row", f"{PY}::test_row_after", f"{UNIT}.Rows.test_row"]),
        (("--tag", "slow"), [BROKEN, f"{PY}::TestPlain::test_method"]),
        (
            ("--tag", "quick", "--tag", "slow", "shop.tests"),
            [f"{PY}::TestPlain::test_method", f"{UNIT}.Plain.test_connects"],
        ),
        (("--kind", "destructive", "shop.tests"), [f"{PY}::test_commit", f"{PY}::test_sequence"]),
        (("--kind", "http", "shop.tests"), [f"{MORE}::test_marked"]),
        (("shop.tests.test_py", "--", "-k", "row and not after"), [f"{PY}::test_row"]),
    ],
    ids=["-k", "--tag", "tags of both", "--kind", "a marked kind", "-k of pytest"],
)
def test_selection(runs: Runs, args: tuple[str, ...], tests: list[str]) -> None:
    """Options of selection mean the same for both; options after `--` are pytest's."""
    order = [name for name in runs(*args).order if name not in {BROKEN, "shop/broken/test_skips.py"}]
    assert sorted(order) == sorted(set(tests) - {BROKEN})


def test_a_name_that_is_not_there(runs: Runs) -> None:
    """It is told with the nearest; nothing runs."""
    ran = runs("shop.tests.test_py.test_roww")
    assert ran.returncode == 4
    assert "Did you mean" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_failfast(runs: Runs) -> None:
    """The first failure ends the run, pytest's as any other."""
    ran = runs(f"{PY}::test_assertion", f"{PY}::test_no_database", "--failfast", "--reverse")
    again = runs(f"{PY}::test_assertion", f"{PY}::test_no_database", "--failfast")
    assert {len(ran.order), len(again.order)} == {1, 2}


def test_the_list(runs: Runs) -> None:
    """`greenroom list` shows tests of both with their kinds, databases, tags and places."""
    ran = runs.project.greenroom("list", "shop.tests", "--json")
    specs = {spec["id"]: spec for spec in json.loads(ran.stdout)}
    assert set(specs) == {name for name in OUTCOMES if name.startswith(("shop/tests", "shop.tests"))}
    commit = specs[f"{PY}::test_commit"]
    assert (commit["kind"], commit["databases"]) == ("destructive", ["default"])
    assert "slow" in specs[f"{PY}::TestPlain::test_method"]["tags"]
    source = (runs.project.root / PY).read_text().splitlines()
    assert "def test_commit" in source[commit["line"]] or "django_db" in source[commit["line"] - 1]


def test_the_list_tells_what_could_not_be_loaded(runs: Runs) -> None:
    """By its file."""
    ran = runs.project.greenroom("list", "shop.broken")
    assert ran.returncode == 1
    assert f"{BROKEN} could not be loaded" in ran.stderr


def test_a_result_class_of_the_project(make_project: Callable[..., Project]) -> None:
    """It is given unittest's calls, with pytest's words."""
    own = """\
        import unittest

        from greenroom import TestRunner


        class Result(unittest.TextTestResult):
            def addFailure(self, test, err):
                super().addFailure(test, err)
                print("ADDED", test.id(), err[1])


        class Own(TestRunner):
            def get_resultclass(self):
                return Result
        """
    project = make_project(
        files={"own.py": own, "t/test_it.py": "def test_it():\n    kept = [1]\n    assert kept == [2]\n"}
    )
    ran = project.manage_test("t", runner="own.Own")
    assert ran.returncode == 1, ran
    assert "ADDED t/test_it.py::test_it" in ran.stdout
    assert "assert [1] == [2]" in ran.stdout


def test_the_debugger(make_project: Callable[..., Project]) -> None:
    """`--pdb` opens it where a test failed, before its fixtures end."""
    source = """\
        import pytest


        @pytest.fixture
        def number():
            yield 41
            print("the end of the fixture")


        def test_it(number):
            assert not number
        """
    project = make_project(files={"t/test_it.py": source})
    ran = project.manage_test("t", "--pdb", stdin="p number + 1\nc\n")
    assert "42" in ran.stdout, ran
    assert ran.stdout.index("42") < ran.stdout.index("the end of the fixture")


def test_engine_unittest(runs: Runs) -> None:
    """It can be left out."""
    ran = runs("shop.tests", "--engine", "unittest")
    assert sorted(ran.order) == [
        "shop.tests.test_py.Cases.test_case",
        f"{UNIT}.Plain.test_connects",
        f"{UNIT}.Rows.test_row",
    ]


def test_engine_pytest(runs: Runs) -> None:
    """It can be given all files; their tests keep their names and outcomes."""
    ran = runs("shop.tests.test_unit", env={"GREENROOM_ENGINE": "pytest"})
    assert ran.outcomes[f"{UNIT}.Rows.test_row"] == "passed"


def test_a_project_without_such_files_does_not_load_pytest(make_project: Callable[..., Project]) -> None:
    """What unittest runs alone costs nothing."""
    source = """\
        import sys
        import unittest


        class Loaded(unittest.TestCase):
            def test_it(self):
                self.assertFalse([name for name in sys.modules if name.partition(".")[0] in ("pytest", "_pytest")])
        """
    ini = "[pytest]\npython_files = test_*.py check_*.py\n"
    project = make_project(
        files={
            "shop/tests/__init__.py": "",
            "shop/tests/test_it.py": source,
            "pytest.ini": ini,
            "checks/check_a.py": "",
        }
    )
    ran = project.manage_test()
    assert ran.outcomes == {"shop.tests.test_it.Loaded.test_it": "passed"}, ran
    # As soon as one of its files is a test of pytest's, pytest runs it.
    project.write("checks/check_a.py", "def test_a(): pass\n")
    ran = project.manage_test("-k", "test_a")
    assert ran.outcomes == {"checks/check_a.py::test_a": "passed"}, ran


def test_a_conftest_that_is_broken(make_project: Callable[..., Project]) -> None:
    """Each file below it is an error with pytest's words; unittest's files run."""
    project = make_project(files={**FILES, "checks/conftest.py": "import no_such_module\n"})
    ran = project.manage_test("checks", "shop.tests.test_unit")
    assert ran.returncode == 1, ran
    bad = [name for name, outcome in ran.outcomes.items() if outcome == "error"]
    assert bad, ran
    assert all("no_such_module" in ran.events.problems(name)[0].text for name in bad)
    assert ran.outcomes[f"{UNIT}.Rows.test_row"] == "passed"
    (project.root / "conftest.py").write_text("import no_such_module\n")
    ran = project.manage_test("shop.tests.test_unit", LOOSE)
    assert set(ran.outcomes.values()) == {"error"}
    assert len(ran.outcomes) == 2


def test_files_that_pytest_ignores(make_project: Callable[..., Project]) -> None:
    """A conftest.py may leave files out; that is told."""
    files = {"t/conftest.py": 'collect_ignore = ["test_b.py"]\n', "t/test_a.py": "def test_a(): pass\n"}
    project = make_project(files={**files, "t/test_b.py": "def test_b(): pass\n"})
    ran = project.manage_test("t")
    assert ran.outcomes == {"t/test_a.py::test_a": "passed"}
    assert "pytest passes over t/test_b.py" in ran.stderr


def test_warnings_that_are_errors(make_project: Callable[..., Project]) -> None:
    """They are so in pytest's tests alone; that packages with plugins were imported before pytest came is no error."""
    ini = "[pytest]\nfilterwarnings = error\naddopts = -p no:asyncio\n"
    warns = "import warnings\n\ndef test_quiet(): pass\n\ndef test_warns():\n    warnings.warn('loud')\n"
    unit = """\
        import unittest
        import warnings


        class Unit(unittest.TestCase):
            def test_warns(self):
                warnings.warn("loud")
        """
    project = make_project(files={"pytest.ini": ini, "t/test_a.py": warns, "u/__init__.py": "", "u/tests.py": unit})
    # Before pytest's tests and after them.
    for args in ((), ("--reverse",)):
        ran = project.manage_test("t", "u", *args)
        pytests = {"t/test_a.py::test_quiet": "passed", "t/test_a.py::test_warns": "failed"}
        assert ran.outcomes == {**pytests, "u.tests.Unit.test_warns": "passed"}, ran


def test_a_hook_that_breaks_collection(make_project: Callable[..., Project]) -> None:
    """Every file is an error then."""
    conftest = "def pytest_collection_modifyitems(items):\n    raise ValueError('the hook broke')\n"
    project = make_project(files={"conftest.py": conftest, "t/test_a.py": "def test_a(): pass\n"})
    ran = project.manage_test("t")
    assert ran.outcomes == {"t/test_a.py": "error"}, ran
    assert "the hook broke" in ran.output


def test_a_fixture_of_the_session_that_fails_at_its_end(make_project: Callable[..., Project]) -> None:
    """It fails the run, also in a worker, where nobody knows which test is the last."""
    conftest = """\
        import pytest


        @pytest.fixture(scope="session", autouse=True)
        def ends_badly():
            yield
            raise ValueError("the very end")
        """
    project = make_project(
        files={"t/conftest.py": conftest, "t/test_a.py": "def test_a(): pass\n", "t/test_b.py": "def test_b(): pass\n"}
    )
    for args in ((), ("--parallel", "2")):
        ran = project.manage_test("t", *args, start_method="fork")
        assert ran.returncode == 1, ran
        assert "the very end" in ran.output


@pytest.mark.parametrize("args", [(), ("--parallel", "2")], ids=["serial", "parallel"])
def test_output(make_project: Callable[..., Project], args: tuple[str, ...]) -> None:
    """Without `--buffer` it goes where it goes; with it, it is shown with a failure."""
    files = {
        f"t/test_{name}.py": f"import pytest\n\ndef test_it():\n    print('said {name}')\n    assert '{name}' == 'a'\n"
        for name in "ab"
    }
    project = make_project(files=files)
    ran = project.manage_test("t", *args, start_method="fork")
    assert "said a" in ran.stdout, ran
    ran = project.manage_test("t", "--buffer", *args, start_method="fork")
    assert "said a" not in ran.output, ran
    assert "said b" in ran.events.problems("t/test_b.py::test_it")[0].text


def test_tries(make_project: Callable[..., Project]) -> None:
    """A test that is tried again has its fixtures made anew."""
    source = """\
        import pytest

        tries = []


        @pytest.fixture
        def number():
            tries.append(1)
            return len(tries)


        def test_it(number):
            assert number == 2
        """
    project = make_project(files={"t/test_it.py": source})
    for args in ((), ("--parallel", "2")):
        ran = project.manage_test("t", "--retries", "2", *args, start_method="fork")
        assert ran.outcomes == {"t/test_it.py::test_it": "passed"}, ran


def test_time_limit(make_project: Callable[..., Project]) -> None:
    """A limit ends a test of pytest's."""
    project = make_project(
        files={"t/test_it.py": "import time\n\ndef test_it():\n    time.sleep(60)\n\ndef test_other(): pass\n"}
    )
    ran = project.manage_test("t", "--timeout", "1")
    assert ran.outcomes == {"t/test_it.py::test_it": "failed", "t/test_it.py::test_other": "passed"}, ran


def test_options_of_pytest_without_a_file_of_its_own(runs: Runs) -> None:
    """They are refused: nobody would take notice of them."""
    ran = runs("shop.tests.test_unit", "--", "-x")
    assert ran.returncode == 2, ran
    assert "no file of this run is pytest's" in ran.stderr
