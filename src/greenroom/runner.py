"""The runner that a Django project names in its settings."""

from __future__ import annotations

import logging
import os
import sys
import unittest
import warnings
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import django
from django.core.management.base import CommandError
from django.db import connections
from django.test.runner import DiscoverRunner, ParallelTestSuite

from greenroom.cases.loading import take_up
from greenroom.collect.suites import iter_test_cases
from greenroom.config import load
from greenroom.config.arguments import OPTION_NAMES, add_greenroom_arguments
from greenroom.config.sane_arguments import add_sane_arguments
from greenroom.cpus import ParallelAction, auto_workers
from greenroom.errors import ConfigError, ExitCode, GreenroomError
from greenroom.execute.loading import quick_loading
from greenroom.execute.suites import QuickSuite
from greenroom.reporters.choosing import paths_from_here
from greenroom.reporters.wording import not_run_lines, summary_line
from greenroom.running.place import Place, enter
from greenroom.session.checks import ChecksBeside, go_beside, leave_traces
from greenroom.session.databases import DatabaseTimes, RunDatabases
from greenroom.session.loading import LabelLoader, with_doctests
from greenroom.session.options import RunOptions, no_attempts, no_tests
from greenroom.session.reporting import reporting_for
from greenroom.session.run import Session
from greenroom.session.serial import inline_executor
from greenroom.session.startmethod import start_method_set
from greenroom.session.suites import EngineCall, EngineSuite, only_prepares_workers
from greenroom.worker.prepare import start_method_for

_LEVELS = ((logging.ERROR, "error"), (logging.WARNING, "warning"), (logging.INFO, "info"))


class TestRunner(DiscoverRunner):
    """A `DiscoverRunner` whose tests are run by greenroom's engine.

    Every method of `DiscoverRunner` is called in the order that Django documents, and may be overridden ("Defining a
    test runner" in Django's testing docs). A custom `test_runner` or result class is given the calls that it expects.

    Besides `DiscoverRunner`'s keyword arguments it takes those of `greenroom.config.Config`.
    """

    __test__ = False
    test_suite = QuickSuite
    parallel_test_suite = EngineSuite

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._no_color = bool(kwargs.get("no_color"))
        if kwargs.pop("parallel_auto", False):
            kwargs["parallel"] = auto_workers(kwargs["parallel"])
        overrides = {name: kwargs.pop(name, None) for name in OPTION_NAMES}
        if overrides["events"]:
            # A path on the command line is from where one is; one in the file is from where the file is.
            overrides["events"] = str(Path(overrides["events"]).absolute())
        for name in ("report", "coverage_report"):
            overrides[name] = paths_from_here(overrides[name])
        # Django refuses --pdb beside --parallel; here a failed test is run again in this process.
        debug_again = bool(kwargs.get("pdb")) and kwargs.get("parallel", 0) > 1
        super().__init__(*args, **({**kwargs, "pdb": False} if debug_again else kwargs))
        self.pdb = self.pdb or debug_again
        try:
            loaded = load(Path.cwd(), os.environ, overrides)
        except ConfigError as error:
            raise CommandError(str(error), returncode=int(error.exit_code)) from None
        self.failfast = self.failfast or loaded.config.until_failure
        self.greenroom_config, self.greenroom_root = loaded.config, loaded.root
        self.greenroom_loaded = loaded
        self.start_method = start_method_for(loaded.config.start_method, django.VERSION[:2])
        self._session: Session | None = None
        self._run_databases = RunDatabases(self.greenroom_config, self.greenroom_root, self._tell)
        self._database_times = DatabaseTimes()
        self._databases: Any = ()
        self._doctests: Any = None
        self._known_tests: list[str] = []
        self._pytest_files: Any = None

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        for action in parser._actions:
            if action.dest == "parallel":
                action.__class__ = ParallelAction
        add_greenroom_arguments(parser)
        add_sane_arguments(parser)

    # Before the tests -------------------------------------------------------------------------------------------------

    def log(self, msg: Any, level: int | None = None) -> None:
        super().log(msg, level)
        if self._session is not None:
            rank = logging.INFO if level is None else level
            self._session.note(str(msg), next((name for least, name in _LEVELS if rank >= least), "debug"))

    def setup_test_environment(self, **kwargs: Any) -> None:
        super().setup_test_environment(**kwargs)
        # unittest's handler only takes note of the first Ctrl-C, also while databases are made. Here it counts at once;
        # while tests run, the session has a handler of its own.
        unittest.removeHandler()

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, Any]) -> Any:
        if self._doctests is not None and self._doctests.takes(label):
            return take_up(self._doctests.suite(label), self.greenroom_config)
        load = super().load_tests_for_label
        if (files := self._pytest_files) is not None:
            if (suite := files.load(label, self)) is not None:
                return take_up(suite, self.greenroom_config)
            load = files.around(load, self.test_loader)
        loader = LabelLoader(load, self.top_level, self._doctests)
        return take_up(loader.load(label, discover_kwargs), self.greenroom_config)

    def build_suite(self, test_labels: Any = None, **kwargs: Any) -> Any:
        # Imported here: what reads the runner's options alone does without.
        from greenroom.session.pytest_files import with_pytest

        labels, self._pytest_files = with_pytest(test_labels, self)
        labels, self._doctests = with_doctests(labels, self)
        with quick_loading(self.test_loader):
            suite = super().build_suite(labels, **kwargs)
        if isinstance(suite, EngineSuite):
            suite.greenroom_runner = self
        return suite

    def list_suite(self, test_labels: Sequence[str]) -> Any:
        """The tests of these labels, for those who only want to know them.

        Raises:
            CommandError: a label matches nothing.
        """
        # Classes are made as they would be for a run: how many tests they have may depend on the configuration.
        enter(Place(self.greenroom_root, self.greenroom_config))
        try:
            return self.build_suite(list(test_labels) or None)
        except GreenroomError as error:
            raise CommandError(str(error), returncode=int(error.exit_code)) from None

    def run_checks(self, databases: Any) -> None:
        self._databases = databases
        if self.greenroom_config.checks == "off":
            return
        session = self._session
        if session is not None and self._checks_go_beside(session):
            leave_traces(databases)
            session.checks = ChecksBeside(super().run_checks, databases)
            return
        if session is None:
            super().run_checks(databases)
            return
        with session.timed_checks():
            super().run_checks(databases)

    def _checks_go_beside(self, session: Session) -> bool:
        overridden = type(self).run_checks is not TestRunner.run_checks
        if overridden or self.pdb or self._tells_by_itself():
            return False
        return go_beside(self.greenroom_config.checks, session.history)

    def _tell(self, text: str) -> None:
        if self._session is not None:
            self._session.warn(text)

    def setup_databases(self, **kwargs: Any) -> Any:
        aliases = kwargs.get("aliases")
        if (engine := self._pytest) is not None:
            engine.prepared = None if aliases is None else frozenset(aliases)
        self._run_databases.install(connections if aliases is None else aliases)
        try:
            return super().setup_databases(**kwargs)
        finally:
            self._tell_of_databases()

    def _tell_of_databases(self) -> None:
        for event in self._run_databases.news():
            if self._session is not None and self._session.end is None:
                self._session.dispatcher.emit(event)
            else:
                self._database_times.handle(event)

    def teardown_databases(self, old_config: Any, **kwargs: Any) -> None:
        try:
            super().teardown_databases(old_config, **kwargs)
        finally:
            self._run_databases.uninstall()
            self._tell_of_databases()
            if hasattr(self.time_keeper, "records"):  # --timing
                for line in self._database_times.lines():
                    self.log(line)

    # The tests --------------------------------------------------------------------------------------------------------

    def run_suite(self, suite: Any, **kwargs: Any) -> Any:
        session = self._session
        if session is None:
            # Called by itself, without run_tests().
            with self._open_session():
                return self.run_suite(suite, **kwargs)
        if isinstance(suite, ParallelTestSuite) and not only_prepares_workers(suite):
            session.warn(f"{type(suite).__name__} overrides how tests are run: it is used as it is")
            return super().run_suite(suite, **kwargs)
        try:
            if self._tells_by_itself():
                runner = self.test_runner(**self.get_test_runner_kwargs())
                call: Any = EngineCall(self, suite)
                result = runner.run(call)
                self._say_the_end(session)
            else:
                # As unittest's own runner: what tests do to the warning filters ends with the run.
                with warnings.catch_warnings():
                    result = self.run_engine(suite, None)
        finally:
            if shuffler := vars(self).get("_shuffler"):
                self.log(f"Used shuffle seed: {shuffler.seed_display}")
        if session.control.reason == "system checks failed":
            super().run_checks(self._databases)
            raise CommandError("the system checks failed beside the tests, and passed when run again")
        return result

    def _tells_by_itself(self) -> bool:
        """Whether the project has a result class or test runner of its own."""
        cls = type(self)
        return (
            self.test_runner is not unittest.TextTestRunner
            or cls.get_resultclass is not DiscoverRunner.get_resultclass
            or cls.get_test_runner_kwargs is not DiscoverRunner.get_test_runner_kwargs
        )

    def _say_the_end(self, session: Session) -> None:
        if session.end is not None:
            for line in [*not_run_lines([], session.not_run), summary_line(session.end)]:
                print(line, file=sys.stderr)

    def run_engine(self, suite: Any, result: Any) -> Any:
        """Run a suite by greenroom's executors.

        Args:
            suite: what `build_suite()` gave.
            result: a result object that is to be given unittest's calls; None: one of greenroom's own is made.

        Returns:
            The result object.
        """
        session = self._session
        assert session is not None
        tests = list(iter_test_cases(suite))
        stages: list[list[Any]] = []
        if self.greenroom_config.pipeline:
            from greenroom.session.pipeline import by_kind

            stages = by_kind(tests)
            tests = [test for stage in stages for test in stage]
        if self.greenroom_config.repeat > 1 or self.greenroom_config.until_failure:
            from greenroom.session.repeating import repeat

            stages, tests = repeat(session, stages, tests, self.reorder_by)
        session.seed = self.shuffle_seed
        if shuffler := vars(self).get("_shuffler"):
            session.last_notes.append(f"Used shuffle seed: {shuffler.seed_display}")
        session.plan(tests, self.reorder_by)
        # From here on the one list of all tests is the roster's, which lets go of each test that ran: it must not live on.
        tests = session.roster.tests
        self._known_tests = session.roster.ids
        if (engine := self._pytest) is not None:
            engine.link(tests, last=True)
            session.at_end.append(engine.at_end)
        suites = session.suites(self.test_suite, self.reorder_by)
        if isinstance(suite, ParallelTestSuite):
            stages.clear()
            return self._run_parallel(session, suite, suites, tests, result)
        if stages or session.attempts is not None or session.rounds:
            from greenroom.session.pipeline import KindSuites, let_go

            let_go(suite)
            tally, control = session.dispatcher.tally, session.control
            if stages:
                suite = KindSuites(stages, suites, tally, control, session.attempts is not None)
            else:
                suite = suites(tests)
        executor = inline_executor(session, suite, result, pdb=self.pdb)
        resetting = self._run_databases.resetting({*map(type, tests)}, self._databases, session.at_end)
        stages.clear()
        with resetting:
            session.execute([executor], workers=0, start_method="", inline=True)
        return executor.result if session.attempts is None else session.result()

    @property
    def _pytest(self) -> Any:
        """pytest, where a file of the run is its own."""
        return self._pytest_files.engine if self._pytest_files is not None else None

    def _run_parallel(self, session: Session, suite: Any, suites: Any, tests: Sequence[Any], result: Any) -> Any:
        # Imported here: a serial run, of which there are many a day, does without.
        from greenroom.session.bridge import ResultBridge
        from greenroom.session.debugger import DebugAgain
        from greenroom.session.parallel import ParallelPlan
        from greenroom.session.pipeline import let_go

        if result is not None:
            session.dispatcher.listen(ResultBridge(result, session.roster, lambda: session.control.stop("failfast")))
        if self.pdb:
            session.dispatcher.listen(DebugAgain(session.roster, self.test_suite, print))
        plan = ParallelPlan(session, suite, tests, self.reorder_by, self.start_method, self._pytest)
        resets = self._run_databases.resets({*map(type, tests)}, self._databases, inherited=plan.inherits)
        let_go(suite)
        session.execute(
            plan.executors(resets, lambda at: inline_executor(session, suites([tests[i] for i in at]), pdb=self.pdb)),
            workers=plan.workers,
            start_method=plan.start_method,
            inline=False,
            estimate=plan.estimate,
        )
        return result if result is not None else session.result()

    # The run ----------------------------------------------------------------------------------------------------------

    def run_tests(self, test_labels: Any, **kwargs: Any) -> int:
        """Run the tests of these labels, as `DiscoverRunner.run_tests()`.

        Returns:
            The number of tests that failed.

        Raises:
            CommandError: nothing to run, or the run could not be carried out; `returncode` says which.
            SystemExit: the run was interrupted by Ctrl-C.
        """
        try:
            with self._open_session() as session, start_method_set(self.start_method, wanted=self.parallel > 1):
                failures: int = super().run_tests(test_labels, **kwargs)
        except GreenroomError as error:
            self._forget_environment()
            raise CommandError(str(error), returncode=int(error.exit_code)) from None
        except KeyboardInterrupt:
            self._forget_environment()
            print("greenroom: interrupted before the first test", file=sys.stderr)
            raise SystemExit(int(ExitCode.INTERRUPTED)) from None
        if session.interrupted:
            raise SystemExit(int(ExitCode.INTERRUPTED))
        if session.exit_code is ExitCode.NO_TESTS:
            raise CommandError(no_tests(test_labels, self.greenroom_config), returncode=int(ExitCode.NO_TESTS))
        failures = failures or session.flaky_failures or int(session.reporting.failed)
        if session.exit_code is ExitCode.PLUGIN_FAILED and not failures:
            raise SystemExit(int(ExitCode.PLUGIN_FAILED))
        return failures

    @contextmanager
    def _open_session(self) -> Iterator[Session]:
        if self.greenroom_config.coverage:
            from greenroom.measuring.again import measured

            self.greenroom_config = measured(self.greenroom_config, self.greenroom_root, verbosity=self.verbosity)
        options = RunOptions(
            config=self.greenroom_config,
            root=self.greenroom_root,
            overrides=self.greenroom_loaded.overrides,
            verbosity=self.verbosity,
            failfast=self.failfast,
            buffer=self.buffer,
            debug_sql=self.debug_sql,
            durations=self.durations,
            keep_order=self.shuffle is not False or self.reverse,
            no_attempts=no_attempts(told=self._tells_by_itself(), debugger=self.pdb),
        )
        reporting = reporting_for(
            options.config,
            options.root,
            verbosity=self.verbosity,
            no_color=self._no_color,
            debugger=self.pdb,
            told=self._tells_by_itself(),
        )
        session = self._session = Session(options, reporting)
        try:
            session.dispatcher.listen(self._database_times)
            session.begin(django.get_version())
            yield session
        except BaseException as error:
            session.abort(error)
            raise
        finally:
            self._run_databases.uninstall()
            self._session = None
            session.close()
            if (engine := self._pytest) is not None:
                print(engine.close(), end="")

    def _forget_environment(self) -> None:
        # A label that matches nothing ends the run before Django's own clean-up is armed.
        with suppress(Exception):
            self.teardown_test_environment()
