"""Putting together what a run in worker processes needs."""

from __future__ import annotations

import multiprocessing
import unittest
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections

from greenroom.collect.specs import describe_tests, splittable_groups
from greenroom.databases.clones import DjangoClones
from greenroom.execute.processes import ProcessExecutor, WorkerSetup
from greenroom.model import Group
from greenroom.schedule import Schedule, Times, build_groups, split
from greenroom.session.databases import ResetPlan
from greenroom.session.run import Session
from greenroom.worker.main import WorkerOptions, WorkerStart, worker_main
from greenroom.worker.prepare import Preparation
from greenroom.worker.refs import ref_of


class ParallelPlan:
    """How the tests of a session are shared out among processes.

    Args:
        session: the run.
        suite: Django's `ParallelTestSuite`, or one derived from it: how workers are made ready.
        tests: the tests, in Django's order.
        bins: the classes of `DiscoverRunner.reorder_by`.
        start_method: fork, forkserver or spawn.
    """

    def __init__(
        self, session: Session, suite: Any, tests: Sequence[Any], bins: Sequence[type], start_method: str
    ) -> None:
        self._session = session
        self._suite = suite
        self._tests = session.roster.tests
        self.start_method = start_method
        self.inherits = start_method == "fork"
        options = session.options
        history = session.history
        times = Times(*history.times()) if history is not None else Times()
        specs = describe_tests(tests, session.roster.ids, bins, seconds=times.tests)
        self._refs = None if self.inherits else {spec.index: ref_of(tests[spec.index]) for spec in specs}
        can_split = options.config.split and not options.keep_order
        splittable = splittable_groups(tests) if can_split and times.groups else set()
        if self._refs is not None:
            specs = [spec for spec in specs if self._refs[spec.index] is not None]
        groups = build_groups(specs, times, splittable=splittable)
        if splittable:
            groups = split(groups, suite.processes)
        self.groups: list[Group] = groups
        self.workers = max(1, min(suite.processes, len(groups)))
        self.estimate = sum(group.seconds for group in groups) / self.workers if times.groups else None

    @property
    def local(self) -> list[int]:
        """The tests that no worker could find by name: they run in this process."""
        return [index for index, ref in (self._refs or {}).items() if ref is None]

    def executor(self, resets: ResetPlan | None) -> ProcessExecutor:
        """What runs the groups.

        Args:
            resets: puts databases back in the workers; None where Django's flush does.
        """
        session, config = self._session, self._session.options.config
        start = WorkerStart(
            options=self._worker_options(),
            prepare=self._preparation(),
            suite_class=_suite_class(self._suite),
            tests=self._tests if self.inherits else None,
            place=session.place,
            resets=resets,
        )
        context = multiprocessing.get_context(self.start_method)
        refs = None if self._refs is None else {index: ref for index, ref in self._refs.items() if ref is not None}
        return ProcessExecutor(
            session.roster,
            Schedule(
                self.groups,
                self.workers,
                keep_order=session.options.keep_order,
                capacity=self._suite.processes,
            ),
            self.workers,
            WorkerSetup(context, worker_main, lambda slot: (start,), refs),
            DjangoClones(self._suite.used_aliases or ()),
            limits=session.limits,
            timeout=config.timeout,
        )

    def _worker_options(self) -> WorkerOptions:
        options = self._session.options
        return WorkerOptions(
            failfast=options.failfast,
            buffer=options.buffer,
            debug_sql=options.debug_sql,
            verbosity=options.verbosity,
            timeout=options.config.timeout,
            timed=self._session.timed,
        )

    def _preparation(self) -> Preparation:
        suite = self._suite
        suite.initialize_suite()
        return Preparation(
            init_worker=_function(suite.init_worker),
            initial_settings=suite.initial_settings,
            serialized_contents=suite.serialized_contents,
            process_setup=_function(suite.process_setup),
            process_setup_args=suite.process_setup_args,
            debug_mode=suite.debug_mode,
            used_aliases=suite.used_aliases,
            debug_sql=self._session.options.debug_sql,
            on_disk=[] if self.inherits else _on_disk(suite.used_aliases or ()),
            mirrors={} if self.inherits else _mirrors(suite.used_aliases or ()),
            inherits=self.inherits,
        )


def _on_disk(aliases: Iterable[str]) -> list[str]:
    """The aliases among these that are SQLite files, and stand for no other one."""
    mirrors = _mirrors(aliases)
    found: list[Any] = [connections[alias] for alias in aliases if alias not in mirrors]
    return [
        connection.alias
        for connection in found
        if connection.vendor == "sqlite" and not connection.creation.is_in_memory_db(connection.settings_dict["NAME"])
    ]


def _mirrors(aliases: Iterable[str]) -> dict[str, str]:
    """The aliases among these that stand for another one, with that one."""
    found = {alias: connections[alias].settings_dict.get("TEST", {}).get("MIRROR") for alias in aliases}
    return {alias: primary for alias, primary in found.items() if primary}


def _function(attribute: Any) -> Any:
    # Django keeps plain functions as class attributes; looked up on an instance they are bound methods.
    return getattr(attribute, "__func__", attribute)


def _suite_class(suite: Any) -> type[unittest.TestSuite]:
    return next((type(part) for part in suite.subsuites), unittest.TestSuite)
