"""What workers tell, told to the plugins of the parent: in their words, test by test."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from greenroom.events import (
    ChecksFinished,
    DatabaseStep,
    Event,
    FixtureFinished,
    GroupFinished,
    TestFinished,
    WorkerLost,
    WorkerStarted,
)
from greenroom.execute.control import Control
from greenroom.execute.messages import Carried, Told
from greenroom.execute.workerhandle import WorkerHandle
from greenroom.pytest_plugin.run import PytestRun
from greenroom.pytest_plugin.workers.calls import (
    ATTRIBUTES,
    FINISH,
    REPORT,
    START,
    Call,
    add_attributes,
    count_subtests,
    quiet_reports,
    warning_from_data,
)
from greenroom.pytest_plugin.workers.packing import unpack
from greenroom.pytest_plugin.workers.settling import properties_of, worker_name

_MACHINERY = tuple(f"{os.sep}{part}{os.sep}" for part in ("_pytest", "pluggy", f"pytest_plugin{os.sep}workers"))
"""In the paths of files whose frames say nothing of a test."""


class BrokenWorkerError(Exception):
    """A hook raised an exception in a worker: for pytest an internal error."""


class Replay:
    """A narrator of the engine, and whom it gives what workers of pytest's say.

    Args:
        session: pytest's.
        run: the run.
        control: stops it.
        tell: is given events about workers.
    """

    started_wanted = False

    def __init__(self, session: Any, run: PytestRun, control: Control, tell: Callable[[Event], None]) -> None:
        self._session = session
        self._config = session.config
        self._items: Sequence[Any] = session.items
        self._run = run
        self._control = control
        self._tell = tell
        self._held: dict[int, int] = {}
        """The test whose teardown a worker has not told of yet, by the worker's number."""
        self.error: BaseException | None = None
        """What ends the run, other than that it is through."""
        self.interrupted: dict[str, Any] | None = None
        """Where a worker was interrupted by its own test."""

    # From the engine --------------------------------------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Take an event; those of tests that came to their end are told of by reports."""
        match event:
            case WorkerStarted() | WorkerLost() | GroupFinished() | DatabaseStep():
                self._tell(event)
            case TestFinished() if not event.interrupted and event.problems:
                self._guarded(self._lost, event)
            case FixtureFinished():
                self._guarded(self._lost_between, event)
            case _:
                pass

    def test_passed(self, index: int, at: float, seconds: float, worker: int) -> None:
        """Not said by workers of pytest's."""

    def tests_passed(self, tests: Sequence[tuple[int, float, float]], worker: int) -> None:
        """Not said by workers of pytest's."""

    def flush(self) -> None:
        """Nothing is kept."""

    def _lost(self, event: TestFinished) -> None:
        """A worker ended in the middle of a test: it failed."""
        item, slot = self._items[event.index], event.worker
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for phase in ("setup", "call", "teardown"):
            self._report(_made(item, phase, _text(event) if phase == "call" else ""), item, slot)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _lost_between(self, event: FixtureFinished) -> None:
        """A worker ended between two tests: what it held back is told of the one before."""
        index = self._held.pop(event.worker, None)
        if index is None:
            self._trouble(_text(event))
        else:
            self._finish(index, event.worker, _text(event))

    def _finish(self, index: int, slot: int, problem: str) -> None:
        item = self._items[index]
        self._report(_made(item, "teardown", problem), item, slot)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _trouble(self, text: str) -> None:
        """Something failed that is no test's."""
        self._run.say(text)
        self._session.testsfailed += 1

    # From workers -----------------------------------------------------------------------------------------------------

    def hear(self, worker: WorkerHandle, carried: Carried) -> None:
        """Take what a worker has to say."""
        if isinstance(carried, Told):
            self._guarded(self._told, worker.slot, carried)
            return
        said, slot = unpack(carried.data), worker.slot
        match carried.what:
            case "held":
                self._held[slot] = carried.index
            case "rest":
                self._held.pop(slot, None)
                self._guarded(self._replay, said, slot)
            case "timeless":
                worker.deadline = None
            case "trouble":
                self._trouble(said)
            case "end":
                self._take_end(said)
            case _:
                self._stop(carried.what, said)

    def _told(self, slot: int, told: Told) -> None:
        item = self._items[told.index]
        if not told.times:
            self._replay(unpack(told.data), slot)
            return
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        name = worker_name(slot)
        for report in quiet_reports(item, told.times):
            report.worker_id = name
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _replay(self, calls: list[Call], slot: int) -> None:
        by_id = self._by_id
        for call in calls:
            kind, rest = call[0], call[1:]
            if kind == REPORT:
                report = self._config.hook.pytest_report_from_serializable(config=self._config, data=rest[0])
                for failed in rest[1:]:
                    count_subtests(self._config, report, failed)
                self._report(report, by_id.get(report.nodeid), slot)
            elif kind == START:
                self._hook(rest[0]).pytest_runtest_logstart(nodeid=rest[0], location=rest[1])
            elif kind == ATTRIBUTES:
                if rest[0] in by_id:
                    add_attributes(self._config, by_id[rest[0]], rest[1])
            elif kind == FINISH:
                self._hook(rest[0]).pytest_runtest_logfinish(nodeid=rest[0], location=rest[1])
            else:
                warning, when, nodeid, location = rest
                self._hook(nodeid).pytest_warning_recorded.call_historic(
                    kwargs={
                        "warning_message": warning_from_data(warning),
                        "when": when,
                        "nodeid": nodeid,
                        "location": location,
                    }
                )

    @property
    def _by_id(self) -> dict[str, Any]:
        known: dict[str, Any] | None = self.__dict__.get("_known")
        if known is None:
            known = self.__dict__["_known"] = {item.nodeid: item for item in self._items}
        return known

    def _hook(self, nodeid: str) -> Any:
        item = self._by_id.get(nodeid)
        return self._config.hook if item is None else item.ihook

    def _report(self, report: Any, item: Any, slot: int) -> None:
        report.worker_id = worker_name(slot)
        hook = self._config.hook if item is None else item.ihook
        hook.pytest_runtest_logreport(report=report)

    def _guarded(self, do: Callable[..., None], *args: Any) -> None:
        """Tell plugins something, and stop when they want that; once the run is to stop they hear no more."""
        if self._control.reason is not None:
            return
        try:
            do(*args)
        except BaseException as error:
            self.error = error
            self._control.stop("interrupted")
        if self._session.shouldfail or self._session.shouldstop:
            self._control.stop("failfast")

    def _stop(self, what: str, said: Any) -> None:
        if self._control.reason is not None:
            return
        match what:
            case "stop":
                self._session.shouldfail = said["fail"] or self._session.shouldfail
                self._session.shouldstop = said["stop"] or self._session.shouldstop
            case "exit":
                self.error = pytest.exit.Exception(said["reason"], said["code"])
            case "interrupt":
                self.error, self.interrupted = KeyboardInterrupt(), said
            case _:
                self.error = BrokenWorkerError(f"in a worker:\n{said}")
        self._control.stop("interrupted")

    def _take_end(self, said: dict[str, Any]) -> None:
        for line in said["notes"]:
            self._run.say(line)
        self._config.pluginmanager.getplugin("greenroom-account").broken(said["broken_plugins"])
        kept = properties_of(self._config)
        kept += [pair for pair in said["properties"] if pair not in kept]
        self._run.trouble = self._run.trouble or said["trouble"]
        self._run.steps += msgspec.convert(said["steps"], list[DatabaseStep])
        self._run.checked = self._run.checked or msgspec.convert(said["checked"], ChecksFinished | None)

    def settle(self) -> None:
        """All workers are gone: what one of them still had to say it did not come to."""
        for slot, index in self._held.items():
            self._guarded(
                self._finish,
                index,
                slot,
                f"greenroom: worker {slot} ended while fixtures of a wider scope were torn down",
            )


def _made(item: Any, phase: Any, problem: str) -> Any:
    now = time.time()
    return pytest.TestReport(
        getattr(item, "id", item.nodeid), item.location, dict.fromkeys(item.keywords, 1),
        "failed" if problem else "passed", problem or None, phase, (), 0.0, now, now,
    )  # fmt: skip


def _text(event: TestFinished | FixtureFinished) -> str:
    text = "\n".join(problem.text.strip() for problem in event.problems)
    return "\n".join(line for line in text.splitlines() if not _is_machinery(line))


def _is_machinery(line: str) -> bool:
    """Whether a line of a stack is of what runs the test."""
    return line.lstrip().startswith("File ") and any(part in line for part in _MACHINERY)
