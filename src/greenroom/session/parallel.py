"""Putting together what a run in worker processes needs."""

from __future__ import annotations

import multiprocessing
import unittest
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from django.db import connections

from greenroom.collect.specs import describe_tests, splittable_groups
from greenroom.databases.clones import DjangoClones
from greenroom.execute.api import Executor
from greenroom.execute.processes import ProcessExecutor, WorkerSetup
from greenroom.model import Group, TestSpec
from greenroom.schedule import Schedule, Stages, Times, build_groups, split
from greenroom.session.databases import ResetPlan
from greenroom.session.pipeline import Gate, Watch
from greenroom.session.run import Session
from greenroom.worker.main import WorkerOptions, WorkerStart, worker_main
from greenroom.worker.prepare import Preparation
from greenroom.worker.refs import ref_of

_FAREWELL = 5.0
"""Seconds that workers may take to end."""
_FAREWELL_MEASURED = 30.0
"""The same where they have to write down what coverage.py has measured, which may be much."""


class _Stage(msgspec.Struct, frozen=True):
    """Tests of which all have to end before the next stage begins: all of the run, or those of a kind."""

    first: int
    """The index of its first test."""
    groups: list[Group]
    local: list[int]
    """The tests that no worker could find by name: they run in this process."""


class ParallelPlan:
    """How the tests of a session are shared out among processes.

    Args:
        session: the run.
        suite: Django's `ParallelTestSuite`, or one derived from it: how workers are made ready.
        tests: the tests, in Django's order.
        bins: the classes of `DiscoverRunner.reorder_by`.
        start_method: fork, forkserver or spawn.
        pytest: runs those tests that are pytest's; None where none are.
    """

    def __init__(
        self,
        session: Session,
        suite: Any,
        tests: Sequence[Any],
        bins: Sequence[type],
        start_method: str,
        pytest: Any = None,
    ) -> None:
        self._pytest = pytest
        self._session = session
        self._suite = suite
        self._tests = session.roster.tests
        self.start_method = start_method
        self.inherits = start_method == "fork"
        options = session.options
        history = session.history
        times = Times(*history.times()) if history is not None else Times()
        specs = describe_tests(tests, session.roster.ids, bins, seconds=times.tests, kinds=options.config.pipeline)
        if session.overridden:
            from greenroom.session.overriding import with_shares

            specs = with_shares(specs, session.overridden)
        self._refs = None if self.inherits else {spec.index: ref_of(tests[spec.index]) for spec in specs}
        can_split = options.config.split and not options.keep_order
        splittable = splittable_groups(tests) if can_split and times.groups else set()
        by_kind = groupby(specs, lambda spec: spec.kind) if options.config.pipeline else [(None, iter(specs))]
        self._stages = [self._stage(list(of_kind), times, splittable) for _, of_kind in by_kind]
        groups = [group for stage in self._stages for group in stage.groups]
        self.workers = max(1, min(suite.processes, len(groups)))
        self.estimate = sum(group.seconds for group in groups) / self.workers if times.groups else None

    def _stage(self, specs: list[TestSpec], times: Times, splittable: Collection[str]) -> _Stage:
        refs = self._refs
        local = [spec.index for spec in specs if refs is not None and refs[spec.index] is None]
        found = [spec for spec in specs if refs[spec.index] is not None] if refs is not None else specs
        rounds = groupby(found, key=lambda spec: self._session.round_of(spec.index))
        groups = [group for _, part in rounds for group in build_groups(list(part), times, splittable=splittable)]
        first = specs[0].index if specs else 0
        return _Stage(first, split(groups, self._suite.processes) if splittable else groups, local)

    def executors(self, resets: ResetPlan | None, inline: Callable[[Sequence[int]], Executor]) -> list[Executor]:
        """What runs the tests, one after the other.

        Args:
            resets: puts databases back in the workers; None where Django's flush does.
            inline: makes what runs tests in this process, given their indexes.
        """
        # Workers go on from one stage to the next, unless some of its tests run in this process: then they wait.
        runs: list[list[_Stage]] = []
        for stage in self._stages:
            if runs and not stage.local and not runs[-1][-1].local:
                runs[-1].append(stage)
            else:
                runs.append([stage])
        executors: list[Executor] = []
        for place, stages in enumerate(runs):
            following = runs[place + 1][0].first if place + 1 < len(runs) else None
            executors += self._run_of(stages, following, resets, inline)
        return executors

    def _run_of(
        self,
        stages: list[_Stage],
        following: int | None,
        resets: ResetPlan | None,
        inline: Callable[[Sequence[int]], Executor],
    ) -> Iterator[Executor]:
        """What runs one stage, or several whose tests all run in workers; `following` is the first test after them."""
        schedules = [
            Schedule(
                stage.groups,
                self.workers,
                keep_order=self._session.options.keep_order,
                capacity=self._suite.processes,
            )
            for stage in stages
            if stage.groups
        ]
        watch = None
        if len(schedules) > 1:
            queue = Stages(schedules)
            if (attempts := self._session.attempts) is not None:
                queue.held = lambda: attempts.waiting
            watch = Watch(queue)
            self._session.dispatcher.listen(watch)
            yield self._executor(queue, resets)
        elif schedules:
            yield self._executor(schedules[0], resets)
        if local := [index for stage in stages for index in stage.local]:
            yield inline(local)
        if self._session.options.config.pipeline:
            dropped = watch
            yield Gate(
                self._session.dispatcher.tally,
                lambda: dropped.since if dropped is not None and dropped.since is not None else following,
            )

    def _executor(self, queue: Schedule | Stages, resets: ResetPlan | None) -> ProcessExecutor:
        session, config = self._session, self._session.options.config
        start = WorkerStart(
            options=self._worker_options(),
            prepare=self._preparation(),
            suite_class=_suite_class(self._suite),
            tests=self._tests if self.inherits else None,
            place=session.place,
            remake=session.attempts.remake if session.attempts is not None and self.inherits else None,
            resets=resets,
            companion=self._companion(),
            plugins=session.reporting.sources,
        )
        context = multiprocessing.get_context(self.start_method)
        refs = None if self._refs is None else {index: ref for index, ref in self._refs.items() if ref is not None}
        return ProcessExecutor(
            session.roster,
            queue,
            self.workers,
            WorkerSetup(context, worker_main, lambda slot: (start,), refs),
            DjangoClones(self._suite.used_aliases or ()),
            limits=session.limits,
            timeout=config.timeout,
            retries=session.attempts,
            farewell=_FAREWELL_MEASURED if config.coverage else _FAREWELL,
        )

    def _companion(self) -> Any:
        if self._pytest is None:
            return None
        self._pytest.lone = False
        return self._pytest if self.inherits else self._pytest.for_others()

    def _worker_options(self) -> WorkerOptions:
        options = self._session.options
        return WorkerOptions(
            # Where a test may be tried again, only the parent knows which failure is the last word.
            failfast=options.failfast and self._session.attempts is None,
            buffer=options.buffer,
            debug_sql=options.debug_sql,
            verbosity=options.verbosity,
            timeout=options.config.timeout,
            timed=self._session.timed,
            capture=self._session.capture,
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
