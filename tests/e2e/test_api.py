"""The `DiscoverRunner` API: what callers, subclasses and third-party result classes rely on."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream, masked
from tests.e2e.options_project import write_options_project
from tests.e2e.support import SERIAL, Mode, Runs, in_every_mode, in_main_modes, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project, Ran

# Each runner below is made twice, on greenroom's and on Django's own: BASE is the one that the mode names.
BASE = """\
import os
import unittest

if os.environ.get("BASE") == "stock":
    from django.test.runner import DiscoverRunner as Base
else:
    from greenroom import TestRunner as Base


def tell(*words):
    with open(os.environ["TOLD"], "a") as file:
        print(*words, file=file)


"""

RUNNERS = {
    "own_result": """\
        class Result(unittest.TextTestResult):
            def startTestRun(self):
                tell("startTestRun")
                super().startTestRun()

            def stopTestRun(self):
                tell("stopTestRun")
                super().stopTestRun()

            def startTest(self, test):
                super().startTest(test)
                tell(test.id(), "start", type(test).__mro__[1].__name__)

            def stopTest(self, test):
                super().stopTest(test)
                tell(test.id(), "stop")

            def addSuccess(self, test):
                super().addSuccess(test)
                tell(test.id(), "success")

            def addSkip(self, test, reason):
                super().addSkip(test, reason)
                tell(test.id(), "skip", reason)

            def addExpectedFailure(self, test, err):
                super().addExpectedFailure(test, err)
                tell(test.id(), "expected", err[0].__name__, err[1])

            def addUnexpectedSuccess(self, test):
                super().addUnexpectedSuccess(test)
                tell(test.id(), "unexpected")

            def problem(self, what, test, err):
                import traceback
                kind, value, tb = err
                tell(
                    test.id(), what, kind.__name__, str(value).splitlines()[:1], isinstance(value, kind),
                    isinstance(value, AssertionError), [frame.name for frame in traceback.extract_tb(tb)][-1],
                )

            def addError(self, test, err):
                super().addError(test, err)
                self.problem("error", test, err)

            def addFailure(self, test, err):
                super().addFailure(test, err)
                self.problem("failure", test, err)

            def addSubTest(self, test, subtest, err):
                super().addSubTest(test, subtest, err)
                if err is not None:
                    self.problem("subtest " + subtest._subDescription(), test, err)


        class Runner(Base):
            def get_resultclass(self):
                return Result
        """,
    "own_test_runner": """\
        class TextRunner(unittest.TextTestRunner):
            def run(self, test):
                tell("run", test.countTestCases())
                result = super().run(test)
                tell("ran", result.testsRun, len(result.failures), len(result.errors), len(result.skipped))
                tell(sorted(str(test) for test, text in result.failures))
                return result


        class Runner(Base):
            test_runner = TextRunner
        """,
    "overriding": """\
        class Runner(Base):
            @classmethod
            def add_arguments(cls, parser):
                super().add_arguments(parser)
                parser.add_argument("--without", default="")

            def __init__(self, without="", **options):
                super().__init__(**options)
                self.without = without

            def setup_test_environment(self, **kwargs):
                super().setup_test_environment(**kwargs)
                from django.conf import settings
                settings.EMAIL_SUBJECT_PREFIX = "[set up]"
                tell("setup_test_environment")

            def build_suite(self, *args, **kwargs):
                suite = super().build_suite(*args, **kwargs)
                kept = [test for test in iter_tests(suite) if not self.without or self.without not in test.id()]
                tell("build_suite", suite.countTestCases(), len(kept))
                return self.test_suite(kept) if self.parallel < 2 else suite

            def get_databases(self, suite):
                databases = super().get_databases(suite)
                tell("get_databases", sorted(databases))
                return databases

            def setup_databases(self, **kwargs):
                config = super().setup_databases(**kwargs)
                tell("setup_databases", sorted(kwargs), len(config))
                from shop.models import Item
                if os.environ.get("WITH_ROW"):
                    Item.objects.create(name="made by setup_databases")
                return config

            def run_checks(self, databases):
                tell("run_checks", sorted(databases))
                super().run_checks(databases)

            def run_suite(self, suite, **kwargs):
                tell("run_suite begins")
                result = super().run_suite(suite, **kwargs)
                tell("run_suite", result.testsRun, len(result.failures), len(result.errors), result.wasSuccessful())
                return result

            def get_test_runner_kwargs(self):
                kwargs = super().get_test_runner_kwargs()
                tell("get_test_runner_kwargs", sorted(kwargs))
                return {**kwargs, "verbosity": 2}

            def suite_result(self, suite, result, **kwargs):
                failures = super().suite_result(suite, result, **kwargs)
                tell("suite_result", failures)
                return failures

            def teardown_databases(self, old_config, **kwargs):
                tell("teardown_databases", len(old_config))
                super().teardown_databases(old_config, **kwargs)

            def teardown_test_environment(self, **kwargs):
                tell("teardown_test_environment")
                super().teardown_test_environment(**kwargs)

            def log(self, msg, level=None):
                tell("log", msg)
                super().log(msg, level)


        def iter_tests(suite):
            from django.test.utils import iter_test_cases
            return iter_test_cases(suite)
        """,
    "own_classes": """\
        from django.test import SimpleTestCase, TransactionTestCase


        class Suite(unittest.TestSuite):
            def run(self, result, debug=False):
                tell("suite runs")
                return super().run(result, debug)


        class Loader(unittest.TestLoader):
            testMethodPrefix = "check"


        class Runner(Base):
            test_suite = Suite
            test_loader = Loader()
            reorder_by = (TransactionTestCase, SimpleTestCase)
        """,
    "own_workers": """\
        import django.test.runner
        from django.test.runner import ParallelTestSuite, _init_worker


        def init_worker(counter, *args, **kwargs):
            _init_worker(counter, *args, **kwargs)
            os.environ["OWN_RESOURCE"] = f"resource-{django.test.runner._worker_id}"
            tell("init_worker", django.test.runner._worker_id)


        def set_up_process(*args):
            os.environ["PROCESS_SET_UP"] = repr(args)


        class Suite(ParallelTestSuite):
            init_worker = init_worker
            process_setup = set_up_process
            process_setup_args = (1, "two")


        class Runner(Base):
            parallel_test_suite = Suite
        """,
    "xml": """\
        import xmlrunner


        class Runner(Base):
            test_runner = xmlrunner.XMLTestRunner

            def get_resultclass(self):
                return None

            def get_test_runner_kwargs(self):
                return {
                    "verbosity": 1,
                    "descriptions": False,
                    "failfast": self.failfast,
                    "resultclass": self.get_resultclass(),
                    "output": os.environ["XML_OUTPUT"],
                    "outsuffix": "x",
                }
        """,
    "main": """\
        import logging
        import sys

        import django

        if __name__ == "__main__":
            os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
            django.setup()
            from django.conf import settings
            from django.test.runner import DiscoverRunner
            from django.test.utils import get_runner

            Runner = get_runner(settings)
            assert issubclass(Runner, DiscoverRunner)
            logger = logging.getLogger("of.our.own")
            logger.setLevel("DEBUG")
            logger.addHandler(logging.FileHandler(os.environ["TOLD"]))
            for labels in sys.argv[2:]:
                runner = Runner(verbosity=1, interactive=False, parallel=int(sys.argv[1]), logger=logger)
                tell("returned", runner.run_tests(labels.split(",")))
        """,
}


class Bench:
    """Runs one of the runners above, on greenroom or on stock, and gives what it told."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.runs = Runs(project)
        for name, source in RUNNERS.items():
            project.write(f"runner_{name}.py", BASE)
            path = project.root / f"runner_{name}.py"
            path.write_text(BASE + project.write("scratch.txt", source).read_text())

    def __call__(self, name: str, *args: str, mode: Mode = SERIAL, **env: str) -> tuple[Ran, list[str]]:
        """Run the tests under a runner on greenroom; give the run and the lines that the runner told."""
        return self._run(name, args, mode, env)

    def stock(self, name: str, *args: str, **env: str) -> tuple[Ran, list[str]]:
        """Run the tests serially under a runner on Django's own."""
        return self._run(name, args, SERIAL, {**env, "BASE": "stock"})

    def _run(self, name: str, args: tuple[str, ...], mode: Mode, env: dict[str, str]) -> tuple[Ran, list[str]]:
        key = re.sub(r"\W+", "-", f"{name}-{'-'.join(args)}-{mode}-{sorted(env.items())}")[:200]
        told = self.project.root.parent / f"told-{key}"
        ran = self.runs(*args, mode=mode, runner=f"runner_{name}.Runner", env={"TOLD": str(told), **env})
        return ran, told.read_text().splitlines() if told.exists() else []


@pytest.fixture(scope="module")
def bench(make_shared_project: Callable[..., Project]) -> Bench:
    """The options' project with the runners above."""
    return Bench(write_options_project(make_shared_project()))


@pytest.mark.parametrize("processes", ["0", "2"])
def test_run_tests_returns_the_number_of_failures(bench: Bench, processes: str) -> None:
    """`get_runner()` finds greenroom, `run_tests()` returns how many tests failed, and can be called again."""
    lines = []
    for runner in ("stock", "greenroom.TestRunner"):
        told = bench.project.root.parent / f"told-main-{runner}-{processes}"
        labels = ("shop.tests.test_unit,shop.tests.test_rows", "shop.tests.test_slow", "shop.tests.test_red")
        started = bench.project.start(
            *(sys.executable, "runner_main.py", "0" if runner == "stock" else processes, *labels),
            runner="django.test.runner.DiscoverRunner" if runner == "stock" else runner,
            env={"TOLD": str(told), "GREENROOM_EVENTS": ""},
        )
        ran = started.finish()
        assert ran.returncode == 0, ran
        lines.append([line for line in told.read_text().splitlines() if "lone" not in line])
    assert [line for line in lines[1] if line.startswith("returned")] == ["returned 3", "returned 0", "returned 5"]
    assert lines[1] == lines[0]


@in_every_mode
def test_own_result_class(bench: Bench, mode: Mode) -> None:
    """A result class of one's own is told the same, test by test, as under stock: calls, exceptions and their frames."""
    ran, told = bench("own_result", mode=mode)
    stock, expected = bench.stock("own_result")
    check_stream(ran.events)
    assert ran.returncode == stock.returncode == 1
    if mode is SERIAL:
        assert told == expected
    assert by_test(told) == by_test(expected)
    assert ran.report.counts == stock.report.counts
    assert sorted(map(str, ran.report.sections)) == sorted(map(str, stock.report.sections))


def by_test(told: list[str]) -> dict[str, list[str]]:
    """What was told of each test, in order."""
    found: dict[str, list[str]] = {}
    for line in told:
        test, _, what = line.partition(" ")
        found.setdefault(test, []).append(what)
    return found


@in_every_mode
def test_own_test_runner(bench: Bench, mode: Mode) -> None:
    """A runner class of unittest's kind gets the suite and gives a result with the right counts and lists."""
    ran, told = bench("own_test_runner", mode=mode)
    stock, expected = bench.stock("own_test_runner")
    assert ran.returncode == stock.returncode == 1
    assert [line for line in told if not line.startswith("run ")] == expected[1:]
    assert ran.report.counts == stock.report.counts


@in_every_mode
def test_overriding_everything(bench: Bench, mode: Mode) -> None:
    """Each documented method is called, in Django's order, with Django's arguments, and its result is used."""
    ran, told = bench("overriding", mode=mode)
    stock, expected = bench.stock("overriding")
    assert told == expected
    assert ran.outcomes["shop.tests.test_rows.Rows.test_errs_after_query"] == "error"
    assert ran.returncode == stock.returncode == 1
    assert "test_b (shop.tests.test_unit.Fast.test_b) ... ok" in ran.stderr


def test_rows_made_by_setup_databases(bench: Bench) -> None:
    """Rows that `setup_databases()` of a subclass adds are there for the tests."""
    ran, _ = bench("overriding", "shop.tests.test_rows.Rows", WITH_ROW="1")
    stock, _ = bench.stock("overriding", "shop.tests.test_rows.Rows", WITH_ROW="1")
    assert ran.outcomes["shop.tests.test_rows.Rows.test_count"] == "failed"
    assert ran.report.counts == stock.report.counts


def test_build_suite_takes_tests_away(bench: Bench) -> None:
    """What `build_suite()` of a subclass leaves out is not run, and an option of its own is understood."""
    ran, told = bench("overriding", "--without", "test_red")
    _, expected = bench.stock("overriding", "--without", "test_red")
    assert told == expected
    assert ran.order
    assert not [test for test in ran.order if "test_red" in test]


def test_own_suite_loader_and_order(bench: Bench) -> None:
    """`test_suite`, `test_loader` and `reorder_by` of a subclass decide how tests are found, bundled and ordered."""
    bench.project.write("ordered/__init__.py", "")
    bench.project.write(
        "ordered/tests.py",
        """\
        from django.test import SimpleTestCase, TestCase, TransactionTestCase

        class Rows(TestCase):
            def check_rows(self): print(self.id())

        class Simple(SimpleTestCase):
            def check_simple(self): print(self.id())
            def test_never(self): self.fail("not with this loader")

        class Commits(TransactionTestCase):
            def check_commits(self): print(self.id())
        """,
    )
    ran, told = bench("own_classes", "ordered")
    stock, expected = bench.stock("own_classes", "ordered")
    assert told == expected
    assert masked(ran.stdout) == masked(stock.stdout)
    assert ran.order == [line for line in stock.stdout.splitlines() if line.startswith("ordered.")]
    assert len(ran.order) == 3


@in_workers
def test_own_parallel_suite(bench: Bench, mode: Mode) -> None:
    """A `parallel_test_suite` with set-up of its own for each worker has it called there, once, with its number."""
    bench.project.write("workers/__init__.py", "")
    bench.project.write(
        "workers/tests.py",
        """\
        import os

        import django.test.runner
        from django.test import TestCase

        class Resources:
            def test_resource(self):
                number = django.test.runner._worker_id
                self.assertIn(number, (1, 2))
                self.assertEqual(os.environ["OWN_RESOURCE"], f"resource-{number}")
                if os.environ["GREENROOM_START_METHOD"] != "fork":
                    self.assertEqual(os.environ["PROCESS_SET_UP"], "(1, 'two')")

        class One(Resources, TestCase): pass
        class Two(Resources, TestCase): pass
        class Three(Resources, TestCase): pass
        """,
    )
    ran, told = bench("own_workers", "workers", mode=mode)
    check_stream(ran.events)
    assert set(ran.outcomes.values()) == {"passed"}, ran
    assert len(ran.outcomes) == 3
    assert Counter(told) <= Counter(["init_worker 1", "init_worker 2"])
    assert told


@in_main_modes
def test_worker_numbers(bench: Bench, mode: Mode) -> None:
    """`django.test.runner._worker_id` is what resources per worker are named by: 1 or 2 in workers, else 0."""
    bench.project.write("numbered/__init__.py", "")
    bench.project.write(
        "numbered/tests.py",
        "import django.test.runner\nfrom django.test import SimpleTestCase\n"
        + "".join(
            f"class Case{n}(SimpleTestCase):\n def test_it(self): print('number', django.test.runner._worker_id)\n"
            for n in range(4)
        ),
    )
    ran = bench.runs("numbered", mode=mode)
    numbers = set(re.findall(r"number (\d+)", ran.stdout))
    assert numbers
    assert numbers <= ({"1", "2"} if mode.args else {"0"})
