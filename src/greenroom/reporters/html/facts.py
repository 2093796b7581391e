"""What the page says of the run as a whole."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from greenroom.errors import ExitCode
from greenroom.events import (
    ChecksFinished,
    DatabaseStep,
    Event,
    ExecutionStarted,
    Note,
    RunFinished,
    RunStarted,
    TestsNotRun,
    WorkerLost,
    WorkerStarted,
)
from greenroom.reporters.html.details import cut
from greenroom.reporters.html.rows import BAD, CODES, VERDICTS, Row
from greenroom.reporters.wording import count

MOST = 2_000
"""So many notes, steps and workers are kept."""


class Facts:
    """Gathers what is known of the run beside its tests."""

    def __init__(self) -> None:
        self.started: RunStarted | None = None
        self.execution: ExecutionStarted | None = None
        self.checks: ChecksFinished | None = None
        self.end: RunFinished | None = None
        self._notes: list[list[Any]] = []
        self._steps: list[list[Any]] = []
        self._workers: list[list[Any]] = []
        self._lost: list[list[Any]] = []
        self._not_run: list[tuple[str, int]] = []

    @property
    def began(self) -> float:
        """The second that times of the page count from."""
        return self.started.at if self.started else 0.0

    def handle(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case RunStarted():
                self.started = event
            case ExecutionStarted():
                self.execution = event
            case ChecksFinished():
                self.checks = event
            case RunFinished():
                self.end = event
            case Note():
                _keep(self._notes, [self._when(event.at), event.level, cut(event.text, 10_000)])
            case DatabaseStep():
                times = [self._when(event.at), round(event.seconds, 4)]
                _keep(
                    self._steps, [*times, event.alias, event.deed, event.count, event.worker, cut(event.detail, 1000)]
                )
            case WorkerStarted():
                _keep(self._workers, [self._when(event.at), event.worker, event.pid])
            case WorkerLost():
                what = [event.worker, event.pid, cut(event.reason, 1000), cut(event.test, 1000)]
                _keep(self._lost, [self._when(event.at), *what])
            case TestsNotRun():
                self._not_run.append((event.reason, len(event.tests)))
            case _:
                pass

    def _when(self, at: float) -> float:
        return round(at - self.began, 4)

    def verdict(self, rows: Sequence[Row]) -> tuple[str, str, str]:
        """How the run ended: `good`, `fair` or `bad`, a headline, and a line below it that may be empty."""
        end = self.end
        if end is None:
            return "bad", "The run was cut off", "Its events end before the run did: what is missing here is not known."
        if end.aborted:
            return "bad", "The run did not begin", cut(end.aborted, 1000)
        if end.interrupted:
            return "bad", "Interrupted", f"{count(end.not_run, 'test')} did not run." if end.not_run else ""
        counts = Counter(row.code for row in rows)
        failed = sum(counts[code] for code in BAD)
        if failed or end.exit_code:
            return ("bad", *self._what_failed(end, failed))
        if not end.tests:
            return "fair", "No tests ran", ""
        flaky = f"Passed, {counts[CODES['flaky']]} flaky", "They failed first, and passed when they were tried again."
        return ("fair", *flaky) if counts[CODES["flaky"]] else ("good", "All passed" if end.tests > 1 else "Passed", "")

    def _what_failed(self, end: RunFinished, failed: int) -> tuple[str, str]:
        if failed:
            return f"{failed:,} of {max(end.tests, failed):,} failed", ""
        if self.checks is not None and not self.checks.ok:
            return "The system checks failed", "Without them no test’s success counts."
        if end.exit_code == ExitCode.NO_TESTS:
            return "No tests ran", ""
        return "The run failed", f"Its exit code is {end.exit_code}, though no test failed for good."

    def line(self) -> list[str]:
        """The figures of the run, each a few words."""
        words = []
        if self.end is not None:
            tests = self.end.tests
            words += [f"{tests:,} test{'' if tests == 1 else 's'}", seconds_words(self.end.seconds)]
        if self.execution is not None and self.execution.workers:
            words.append(count(self.execution.workers, "worker"))
        if self.started is not None:
            words += [f"Django {self.started.django}", f"Python {self.started.python}"]
            words.append(time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.started.at)))
        return words

    def environment(self) -> list[tuple[str, str]]:
        """What the run was: name and value."""
        found: list[tuple[str, str]] = []
        started, execution, end = self.started, self.execution, self.end
        if started is not None:
            found += [("greenroom", started.greenroom), ("Django", started.django), ("Python", started.python)]
            found.append(("Began", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(started.at))))
        if execution is not None:
            how = f"{execution.workers}, by {execution.start_method}" if execution.workers else "none: in one process"
            found.append(("Workers", how))
        seeds = [each.seed for each in (end, started) if each is not None and each.seed is not None]
        found += [("Seed of the order", str(seed)) for seed in seeds[:1]]
        if end is not None:
            found += [("Tests took", seconds_words(end.seconds)), ("Exit code", str(end.exit_code))]
        if self.checks is not None:
            ended = "passed" if self.checks.ok else "failed"
            found.append(("System checks", f"{ended} in {seconds_words(self.checks.seconds)}"))
        return found

    def data(self, rows: Sequence[Row]) -> dict[str, Any]:
        """All of it for the page's script."""
        checks, execution, end = self.checks, self.execution, self.end
        total = (end.at - self.began) if end is not None else 0.0
        return {
            "verdicts": list(VERDICTS),
            "began": self.began,
            "total": round(max([total, *(row.at - self.began + row.seconds for row in rows if row.at)]), 4),
            "tests_began": self._when(execution.at) if execution is not None else 0,
            "workers": execution.workers if execution is not None else 0,
            "environment": self.environment(),
            "checks": [checks.ok, round(checks.seconds, 4), cut(checks.text)] if checks is not None else None,
            "notes": self._notes,
            "steps": self._steps,
            "started_workers": self._workers,
            "lost": self._lost,
            "not_run": self._not_run,
        }


def seconds_words(seconds: float) -> str:
    """`0.42 s`, `3 min 12 s`."""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _keep(kept: list[list[Any]], row: list[Any]) -> None:
    if len(kept) < MOST:
        kept.append(row)
