"""The account of a run: its events, for `--events`, and the durations of its tests, for the history."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import greenroom
from greenroom.errors import ExitCode
from greenroom.events import (
    SCHEMA,
    ChecksFinished,
    DatabaseStep,
    Event,
    ExecutionStarted,
    Note,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
    TestStarted,
)
from greenroom.history import HistoryRecorder, open_history, run_row
from greenroom.hooks.sources import find_sources
from greenroom.model import TestSpec
from greenroom.pytest_engine.doctests import describe_failure
from greenroom.pytest_engine.uses import test_id
from greenroom.pytest_plugin.hooks_here import hooks_of
from greenroom.pytest_plugin.kept import Kept, Queries
from greenroom.pytest_plugin.naming import Hearing, Telling, doc_of, named, names_of
from greenroom.pytest_plugin.others import result_of_others
from greenroom.pytest_plugin.quarantine import forgive, reason_of
from greenroom.pytest_plugin.reporting import Reports
from greenroom.pytest_plugin.reports import EXTRA, Merger
from greenroom.pytest_plugin.run import PytestRun
from greenroom.pytest_plugin.specs import Specs
from greenroom.reporters.recording import Recording
from greenroom.reporters.runs import RunRecording
from greenroom.running import attachments
from greenroom.session.keeping import run_recording
from greenroom.tally import Tally

if TYPE_CHECKING:
    from greenroom.hooks.plugins import Plugins

_CODES = {
    pytest.ExitCode.OK: ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED: ExitCode.FAILED,
    pytest.ExitCode.INTERRUPTED: ExitCode.INTERRUPTED,
    pytest.ExitCode.USAGE_ERROR: ExitCode.USAGE,
    pytest.ExitCode.NO_TESTS_COLLECTED: ExitCode.NO_TESTS,
}
_OUTPUT = "greenroom_events"
_MANY = 300
"""Reports that are kept at most before they are merged."""
_clock = time.perf_counter
"""Held here: libraries that freeze time patch what the module holds."""


class Account:
    """Keeps account of a run.

    Args:
        run: the run.
        ask: called with the test and the call of each phase in which something was raised, before its report is made.

    Raises:
        GreenroomError: the file for events can't be written.
    """

    def __init__(self, run: PytestRun, ask: Callable[[Any, Any], None]) -> None:
        self._run = run
        self._ask = ask
        self._recording: Recording | None = None
        self._runs: RunRecording | None = None
        self._listeners: list[Callable[[Event], None]] = []
        self._flushes: list[Callable[[], None]] = []
        self._reported: list[Any] = []
        """The reports that are not merged yet, at most those of some hundredths of a second."""
        self._may_wait = False
        """Whether reports of tests that pass may: nobody is told of them at once."""
        self._at_once = False
        """Whether the running test did anything but pass."""
        self._tally = Tally()
        self._history = HistoryRecorder()
        self._merger = Merger(self._emit)
        self._began = self._at = 0.0
        self._reports: Reports | None = None
        self._kept: Any = None
        self._item: Any = None
        self._id = ""
        """That of `_item`."""
        self._hearing = Hearing()
        self._tells_raised = bool(run.config.events or run.config.report or run.config.keep_runs)
        """Whether anybody wants an exception as data."""
        if run.is_worker:
            return  # What happens is told by the process that the command line started.
        self._listeners = [self._tally.handle, self._history.handle]
        if run.config.events:
            self._recording = Recording(run.place.root / run.config.events)
            self._listeners.append(self._recording.handle)
        if not run.pytest.option.collectonly and (runs := run_recording(run.config, run.place.root)) is not None:
            self._runs = runs
            self._listeners.append(runs.handle)
        self._reports = Reports(run)
        self._listeners += self._reports.listeners
        self._tells_raised = self._tells_raised or self._reports.has_any
        run.needs = self._reports.needs
        self._merger.tells_starts = self._recording is not None or bool(self._reports.wants(TestStarted))
        if self._recording is None and not self._reports.has_any:
            self._merger.passed = self._passed
            self._may_wait = True
        each: tuple[Any, ...] = (self._recording, self._runs, *self._reports.reporters)
        self._flushes = [one.flush for one in each if one is not None]

    def parts(self) -> dict[str, Any]:
        """The plugins of pytest's that what is told needs where tests run, by name; nearly always none."""
        found: dict[str, Any] = {}
        tape = None
        if "queries" in self._run.needs:
            # Imported here: it needs Django's database backends.
            from greenroom.execute.sqltape import SqlTape

            tape = SqlTape()
            found["queries"] = Queries(tape)
        logging = self._run.pytest.pluginmanager.getplugin("logging-plugin")
        self._kept = self._run.kept = Kept(self._run.needs, logging, tape)
        if self._run.is_worker:
            found["telling"] = Telling()
        return found | hooks_of(self._run, self._plugins())

    def _plugins(self) -> Plugins | None:
        """Greenroom's plugins in this process."""
        if self._reports is not None:
            return self._reports.plugins
        sources = find_sources(self._run.place.root, self._run.config.plugins)
        if not sources.any:
            return None
        # Imported here: a run without plugins does without pluggy's manager of them.
        from greenroom.hooks.plugins import Plugins

        plugins = Plugins(self._run.say)
        plugins.load(sources)
        return plugins

    def tell(self, event: Event) -> None:
        """Take an event about workers."""
        self._merge()
        self._emit(event)

    def broken(self, plugins: list[str]) -> None:
        """Plugins of greenroom's failed in another process."""
        if self._reports is not None:
            self._reports.broken(plugins)

    def share_out(self, specs: list[TestSpec]) -> None:
        """The tests go to workers, bundled by the groups that these name."""
        if self._history.handle in self._listeners:
            self._listeners.remove(self._history.handle)
            self._history = HistoryRecorder(specs)
            self._listeners.append(self._history.handle)

    def _emit(self, event: Event) -> None:
        for listen in self._listeners:
            listen(event)

    def _passed(self, index: int, test: str, at: float, seconds: float, worker: int, name: str) -> None:
        """A test passed with nothing to say, in a run that nobody else is told of: as what `_emit` does, in short."""
        self._tally.ran += 1
        self._history.passed(index, test, seconds)
        if self._runs is not None and not self._runs.takes((index, at, seconds, worker), test, name):
            self._runs.handle(TestFinished(at, test, index, seconds, "passed", worker, name=name))

    # In the process that runs a test ----------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        """Add to a report what only this process knows; within all wrappers, which see it."""
        kept = self._kept
        if (
            call.excinfo is None
            and type(item) is pytest.Function
            and not (self._run.set_up_seconds or attachments.KEPT)
            # Nothing is kept of it: see `Kept.after`.
            and not (kept.always or kept.odd or kept.records or (kept.handler is not None and kept.handler.records))
        ):
            # Nearly all there is: a plain function is called as it is by pytest, and nothing is to be added.
            return None
        if call.excinfo is not None:
            self._ask(item, call)
        report = result_of_others(item.ihook.pytest_runtest_makereport, self, {"item": item, "call": call})
        if report is not None:
            self._add(report, item, call)
        return report

    def _add(self, report: Any, item: Any, call: Any) -> None:
        extra: dict[str, Any] = {}
        if item is not self._item:
            self._item, self._id = item, test_id(item)
        if self._id != item.nodeid:
            extra["id"] = self._id
        if self._run.set_up_seconds and call.when == "setup":
            extra["shared"], self._run.set_up_seconds = self._run.set_up_seconds, 0.0
        if report.outcome == "failed":
            self._add_failure(extra, report, call)
            if (reason := reason_of(item, self._run)) is not None:
                forgive(report, extra, reason)
        if attachments.KEPT and call.when == "teardown":
            extra["attachments"] = msgspec.to_builtins(attachments.taken())
        if kept := self._kept.after(item, call.when, passed=report.outcome == "passed"):
            extra |= kept
        if extra:
            setattr(report, EXTRA, extra)

    def _add_failure(self, extra: dict[str, Any], report: Any, call: Any) -> None:
        if attachments.KEPT:
            lines = "\n".join(f"{kept.name}: {kept.file}" for kept in attachments.KEPT)
            report.sections.append(("Kept with this test", lines))
        if call.excinfo is not None and self._tells_raised:
            extra["raised"] = msgspec.to_builtins(describe_failure(call.excinfo.value))

    # In the process that tells ----------------------------------------------------------------------------------------

    def pytest_sessionstart(self) -> None:
        """The run begins."""
        import django

        self._began, self._at = time.perf_counter(), time.time()
        if self._run.is_controller:
            self._run.pytest.pluginmanager.register(self._hearing, "greenroom-hearing")
        if self._reports is not None:
            self._reports.begin()
        self._emit(
            RunStarted(
                at=self._at,
                schema=SCHEMA,
                greenroom=greenroom.__version__,
                python=platform.python_version(),
                django=django.get_version(),
                front_door="pytest",
            )
        )

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: Any) -> None:
        """It is known which tests will run, and in which order."""
        if self._run.is_worker or self._run.is_controller:
            return
        self._plan([item.nodeid for item in session.items])
        specs = Specs(self._run)
        if self._recording is not None or (self._reports is not None and self._reports.wants(TestPlanned)):
            for index, item in enumerate(session.items):
                self._emit(TestPlanned(specs.of(index, item), doc=doc_of(item)))
        elif self._runs is not None:
            for index, item in enumerate(session.items):
                self._runs.handle(TestPlanned(specs.of(index, item)))
        self._execute(workers=self._run.workers)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Any) -> None:
        """A worker of xdist's has collected; all of them collect the same."""
        if not self._merger.index:
            self._plan(ids)
            self._execute(workers=len(node.config.getoption("tx") or ()))

    def _plan(self, ids: Any) -> None:
        self._merger.index = {nodeid: index for index, nodeid in enumerate(ids)}

    def _execute(self, workers: int) -> None:
        self._began = time.perf_counter()
        self._emit(ExecutionStarted(time.time(), len(self._merger.index), workers))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A phase of a test is over."""
        if not self._listeners:
            return
        self._reported.append(report)
        if report.outcome != "passed":
            self._at_once = True
        elif self._may_wait and not self._at_once:
            # Many at a time take less than each by itself, whose code the next test drives out of the processor's caches.
            if report.when != "teardown":
                return
            if len(self._reported) < _MANY and (self._runs is None or _clock() < self._runs.due):
                return
        self._merge()

    def _merge(self) -> None:
        """Tell of the reports that came in."""
        reports, self._reported = self._reported, []
        for report in reports:
            self._merger.take(report)
        if reports and reports[-1].when == "teardown":
            self._at_once = False
            for flush in self._flushes:
                flush()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker of xdist's did to databases, and what its checks said."""
        told = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if told:
            steps, checked, broken = msgspec.convert(told, tuple[list[DatabaseStep], ChecksFinished | None, list[str]])
            self.broken(broken)
            self._run.steps += steps
            self._run.checked = self._run.checked or checked

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        """Nothing more will run."""
        if self._run.is_worker:
            told = msgspec.to_builtins((self._run.steps, self._run.checked, self._run.broken_plugins))
            self._run.pytest.workeroutput[_OUTPUT] = told  # type: ignore[attr-defined]
            return
        self._merge()
        for event in (*self._run.steps, *filter(None, [self._run.checked])):
            self._emit(event)
        left = [nodeid for nodeid in self._merger.index if nodeid not in self._merger.finished]
        if left:
            reason = str(session.shouldfail or session.shouldstop or "the run ended before")
            names = self._hearing.names or names_of(getattr(session, "items", ()))
            self._emit(TestsNotRun(time.time(), tuple(named(nodeid, names) for nodeid in left), reason))
        if count := self._tally.quarantined:
            self._run.notes.append(
                f"{count} test{'s' if count > 1 else ''} failed in quarantine, and count for nothing"
            )
        for line in self._run.notes:
            self._emit(Note(time.time(), line, "warning"))
        end = self._end(session, len(left))
        self._emit(end)
        self._keep(end)
        if self._reports is not None and (code := self._reports.end(end)) is not None:
            session.exitstatus = code

    def _end(self, session: Any, left: int) -> RunFinished:
        tally = self._tally
        return RunFinished(
            at=time.time(),
            seconds=time.perf_counter() - self._began,
            exit_code=int(_CODES.get(session.exitstatus, ExitCode.BROKEN)),
            tests=tally.ran,
            failures=tally.failures,
            errors=tally.errors,
            skipped=tally.skipped,
            expected_failures=tally.expected_failures,
            unexpected_successes=tally.unexpected_successes,
            flaky=tally.flaky,
            quarantined=tally.quarantined,
            not_run=left,
            interrupted=session.exitstatus == pytest.ExitCode.INTERRUPTED,
        )

    def _keep(self, end: RunFinished) -> None:
        for recording in (self._recording, self._runs):
            if recording is None:
                continue
            recording.close()
            if recording.trouble:
                self._run.say(recording.trouble)
        if self._run.config.history:
            history = open_history(self._run.place.folder, self._run.say)
            self._history.flush(history, run=run_row(self._at, end))
