"""Subclasses of the runner as projects have them; each tells what it was called with."""

from __future__ import annotations

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
