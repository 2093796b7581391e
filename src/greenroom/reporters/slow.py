"""`--report slow[:PATH]`: where the time of a run went: its slowest tests, classes and class fixtures."""

from __future__ import annotations

import heapq

from greenroom.events import (
    AttemptFailed,
    DatabaseStep,
    Event,
    ExecutionStarted,
    GroupFinished,
    RunFinished,
    TestFinished,
)
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import BaseReporter
from greenroom.reporters.output import Output, one_line

TESTS = 20
CLASSES = 10

_Top = list[tuple[float, str]]


def _keep(top: _Top, most: int, seconds: float, name: str) -> None:
    if len(top) < most:
        heapq.heappush(top, (seconds, name))
    elif seconds > top[0][0]:
        heapq.heapreplace(top, (seconds, name))


class Slow(BaseReporter):
    """Writes the lists when the run is over.

    Args:
        context: without a path they go to standard output.

    Raises:
        GreenroomError: the file can't be opened.
    """

    wants = frozenset({ExecutionStarted, TestFinished, AttemptFailed, GroupFinished, DatabaseStep, RunFinished})

    def __init__(self, context: ReporterContext) -> None:
        self._output = Output(context.path, context.out)
        self._tests: _Top = []
        self._classes: dict[str, float] = {}
        self._fixtures: dict[str, float] = {}
        self._databases: dict[str, float] = {}
        self._seconds = 0.0
        self._count = 0
        self._tries: dict[int, float] = {}
        """The seconds of tests that failed and are tried again."""

    def handle(self, event: Event) -> None:
        """Take one event."""
        match event:
            case TestFinished():
                self._test(event)
            case AttemptFailed():
                self._tries[event.index] = self._tries.get(event.index, 0.0) + event.seconds
            case GroupFinished():
                self._classes[event.group] = self._classes.get(event.group, 0.0) + event.seconds
                self._fixtures[event.group] = self._fixtures.get(event.group, 0.0) + event.fixture_seconds
            case DatabaseStep():
                self._databases[event.deed] = self._databases.get(event.deed, 0.0) + event.seconds
            case RunFinished():
                self._end(event)
            case _:
                pass

    def _test(self, event: TestFinished) -> None:
        seconds = event.seconds + (self._tries.pop(event.index, 0.0) if self._tries else 0.0)
        self._count += 1
        self._seconds += seconds
        verdict = "flaky, " if event.flaky else ""
        name = f"{event.test} ({verdict}{event.attempts} tries)" if event.attempts > 1 else event.test
        _keep(self._tests, TESTS, seconds, name)

    def _end(self, event: RunFinished) -> None:
        if not self._count:
            return
        self._list("Slowest tests", self._tests)
        classes: _Top = []
        fixtures: _Top = []
        for group, seconds in self._classes.items():
            _keep(classes, CLASSES, seconds, group)
        for group, seconds in self._fixtures.items():
            if seconds >= 0.001:
                _keep(fixtures, CLASSES, seconds, group)
        self._list("Slowest classes, with their fixtures", classes)
        self._list("Slowest class fixtures", fixtures)
        databases = [(seconds, deed) for deed, seconds in self._databases.items() if seconds >= 0.001]
        self._list("Databases", databases)
        share = sum(seconds for seconds, _ in self._tests) / self._seconds if self._seconds else 0.0
        self._output.write(
            f"The slowest {len(self._tests)} of {self._count} took {share:.0%} of {self._seconds:.2f} s in tests; "
            f"the run took {event.seconds:.2f} s.\n"
        )

    def _list(self, title: str, top: _Top) -> None:
        if top:
            lines = [f"{seconds:9.3f} s  {one_line(name)}\n" for seconds, name in sorted(top, reverse=True)]
            self._output.write(f"{title}:\n{''.join(lines)}\n")

    def flush(self) -> None:
        """Write what there is."""
        self._output.flush()

    def close(self) -> None:
        """Close the file."""
        self._output.close()
