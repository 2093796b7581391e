"""`--report trace[:PATH]`: a timeline of the run, for Perfetto (ui.perfetto.dev) and `chrome://tracing`.

The format is the "Trace Event Format" of Chromium's tracing: `X` is a span, `i` a moment, `M` a name; times are
microseconds. Each worker is a thread of its own; spans within others are drawn below them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    DatabaseStep,
    Event,
    ExecutionStarted,
    FixtureFinished,
    GroupFinished,
    RunFinished,
    RunStarted,
    TestFinished,
    WorkerLost,
    WorkerStarted,
)
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import BaseReporter, Need
from greenroom.reporters.output import Output

_CHECKS = 1_000_000
"""The thread of the system checks, which may go on beside the tests."""
_NAMED = 60
"""Characters of a statement that name its span; the whole stands in its details."""


class Trace(BaseReporter):
    """Writes spans as they come to an end.

    Args:
        context: without a path they go to `reports/trace.json` in greenroom's folder.

    Raises:
        GreenroomError: the file can't be opened.
    """

    wants = frozenset(
        {RunStarted, ExecutionStarted, ChecksFinished, DatabaseStep, WorkerStarted, WorkerLost, TestFinished,
         AttemptFailed, FixtureFinished, GroupFinished, RunFinished}
    )  # fmt: skip
    needs: frozenset[Need] = frozenset({"queries"})

    def __init__(self, context: ReporterContext) -> None:
        self._output = Output(context.path_or("trace.json"), context.out)
        self._encode = msgspec.json.Encoder().encode
        self._began = 0.0
        self._lanes: set[int] = set()
        self._output.write('{"displayTimeUnit": "ms", "traceEvents": [\n')
        self._separator = ""

    def handle(self, event: Event) -> None:  # noqa: C901, PLR0912 - one case for each event
        """Take one event."""
        match event:
            case TestFinished():
                self._test(event)
            case AttemptFailed():
                about = {"test": event.test, "outcome": event.outcome, "try": event.attempt}
                self._span("test", _short(event.test), event.worker, event.at, event.seconds, about)
            case GroupFinished():
                about = {"tests": event.tests, "seconds of fixtures": event.fixture_seconds}
                self._span("class", event.group, event.worker, event.at - event.seconds, event.seconds, about)
            case DatabaseStep():
                about = {"detail": event.detail, "count": event.count}
                name = f"{event.deed} {event.alias}"
                if event.count == 1:
                    self._span("database", name, event.worker, event.at - event.seconds, event.seconds, about)
                else:
                    self._moment(name, event.worker, event.at, {**about, "seconds": event.seconds})
            case RunStarted():
                self._began = event.at
                self._line({"ph": "M", "name": "process_name", "pid": 1, "tid": 0, "args": {"name": "greenroom"}})
            case ExecutionStarted():
                self._span("run", "set-up", 0, self._began, event.at - self._began, {"workers": event.workers})
            case ChecksFinished():
                self._span("run", "system checks", _CHECKS, event.at - event.seconds, event.seconds, {"ok": event.ok})
            case WorkerStarted():
                self._moment("ready", event.worker, event.at, {"pid": event.pid})
            case WorkerLost():
                self._moment(f"lost: {event.reason}", event.worker, event.at, {"test": event.test})
            case FixtureFinished():
                self._moment(event.fixture, event.worker, event.at, {"outcome": event.outcome})
            case RunFinished():
                self._span("run", "tests", 0, event.at - event.seconds, event.seconds, {"exit code": event.exit_code})
            case _:
                pass

    def _test(self, event: TestFinished) -> None:
        about = {"test": event.test, "outcome": event.outcome, "flaky": event.flaky, "queries": len(event.queries)}
        self._span("test", _short(event.test), event.worker, event.at, event.seconds, about)
        for query in event.queries:
            place = f"{query.file}:{query.line} in {query.function}" if query.file else ""
            details = {"sql": query.sql, "alias": query.alias, "from": place}
            self._span("sql", query.sql[:_NAMED], event.worker, query.at, query.seconds, details)

    def _span(self, kind: str, name: str, lane: int, at: float, seconds: float, about: dict[str, Any]) -> None:
        self._name(lane)
        self._line(
            {"ph": "X", "cat": kind, "name": name, "pid": 1, "tid": lane, "ts": _micro(at), "dur": _micro(seconds),
             "args": about}
        )  # fmt: skip

    def _moment(self, name: str, lane: int, at: float, about: dict[str, Any]) -> None:
        self._name(lane)
        self._line({"ph": "i", "s": "t", "name": name, "pid": 1, "tid": lane, "ts": _micro(at), "args": about})

    def _name(self, lane: int) -> None:
        if lane not in self._lanes:
            self._lanes.add(lane)
            name = {0: "run", _CHECKS: "system checks"}.get(lane, f"worker {lane}")
            self._line({"ph": "M", "name": "thread_name", "pid": 1, "tid": lane, "args": {"name": name}})

    def _line(self, entry: dict[str, Any]) -> None:
        self._output.write(self._separator)
        self._separator = ",\n"
        self._output.write(self._encode(entry).decode())

    def flush(self) -> None:
        """Write what was taken."""
        self._output.flush()

    def close(self) -> None:
        """Write the end, and close the file."""
        self._output.write("\n]}\n")
        self._output.close()


def _short(test: str) -> str:
    return ".".join(test.split(".")[-2:])


def _micro(seconds: float) -> float:
    return round(seconds * 1e6, 1)
