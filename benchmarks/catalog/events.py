"""What recording events costs, and what a recording is worth when the run is killed."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.contenders import Calls, runs_tests
from benchmarks.measure import run
from benchmarks.model import Command, Contender, ContenderFailed, Report, Results, Sample, Table, Target
from benchmarks.projects import LEDGER, SIMPLE, WIDE
from benchmarks.session import Benchmark, Session
from benchmarks.stats import Summary, paired_difference
from benchmarks.tables import cell, comparison, median_of

if TYPE_CHECKING:
    import threading
    from pathlib import Path

WORKERS = (0, 2)
LIMIT_MICROSECONDS = 50
LEDGER_VARIABLE = "BENCHMARK_LEDGER"
POLL = 0.002
"""Seconds between two looks at how many tests have ended."""


@dataclass(frozen=True)
class Recording:
    """What was found in the file of a run, killed or not."""

    whole: int
    """Lines that are an event."""
    broken: int
    """Lines that end and don't parse: there may be none."""
    torn: bool
    """Whether a last line lacks its end."""
    finished: int
    """Tests that have ended, by its lines."""


def mode(workers: int) -> str:
    """The name of a way to run in the tables."""
    return f"--parallel {workers}" if workers else "serial"


def measure_all(session: Session) -> Report:
    """Measure the cost of recording, then kill recorded runs."""
    if not session.toolbox.has_greenroom:
        return Report(notes=("Not measured: greenroom could not be imported.",))
    calls = session.project("events", WIDE, SIMPLE)
    file = session.work / "events.jsonl"
    tests = calls.project.tests
    cost = session.measure(f"{tests:,} tests with and without events", recorders(calls, file))
    ledger = session.work / "ledger"
    killed_calls = session.project("events-killed", WIDE, LEDGER, env={LEDGER_VARIABLE: str(ledger)})
    killed = session.measure("killed in the middle", kills(killed_calls, file, ledger))
    tables = (
        comparison(cost, (("wall", "wall, s"), ("cpu", "CPU, s"), ("phase", "test phase, s")), without(0), ()),
        cost_table(cost, tests),
        killed_table(killed),
    )
    return Report(tables, targets(cost, tests), results={"cost": cost, "killed": killed})


def without(workers: int) -> str:
    """The name of a contender that records nothing."""
    return f"greenroom {mode(workers)}"


def with_events(workers: int) -> str:
    """The name of a contender that records."""
    return f"greenroom {mode(workers)} --events"


def recorders(calls: Calls, file: Path) -> list[Contender]:
    """Pairs without and with a recording, serial and with workers."""
    tests = calls.project.tests
    contenders = []
    for workers in WORKERS:
        recorded = calls.greenroom(workers, "--events", str(file))
        contenders.append(runs_tests(without(workers), calls.greenroom(workers), tests))
        contenders.append(Contender(with_events(workers), partial(record, recorded, file, tests)))
    return contenders


def record(command: Command, file: Path, tests: int) -> Sample:
    """Run all tests with a recording, and look that it is complete.

    Raises:
        ContenderFailed: when a line does not parse or a test is missing.
    """
    file.unlink(missing_ok=True)
    sample = runs_tests("", command, tests).measure()
    recording = read_recording(file)
    if recording.broken or recording.torn or recording.finished != tests:
        raise ContenderFailed(f"recorded {recording.finished:,} tests of {tests:,}, broken lines: {recording.broken}")
    return {**sample, "bytes_per_test": file.stat().st_size / tests}


def read_recording(file: Path) -> Recording:
    """Read a recording line by line, as any reader of JSON lines would."""
    content = file.read_bytes() if file.exists() else b""
    *lines, rest = content.split(b"\n")
    events = [_event(line) for line in lines]
    finished = sum(event == "TestFinished" for event in events)
    return Recording(sum(map(bool, events)), events.count(""), bool(rest), finished)


def _event(line: bytes) -> str:
    """The name of the event in a line; empty when it is none."""
    try:
        return str(json.loads(line)["event"])
    except (ValueError, KeyError, TypeError):
        return ""


@dataclass
class Killer:
    """Kills a run when half of its tests have ended.

    The tests themselves keep count, a byte each at the end of their body, in a file that is nobody's business but ours.
    """

    ledger: Path
    half: int
    done: int = 0
    """How many tests had ended just before the kill; 0: the run was over first."""

    def watch(self, pid: int, ended: threading.Event) -> None:
        """Wait for the half, then send SIGKILL to the parent alone."""
        while not ended.is_set():
            done = self.ledger.stat().st_size if self.ledger.exists() else 0
            if done >= self.half:
                self.done = done
                os.kill(pid, signal.SIGKILL)
                return
            time.sleep(POLL)


def kills(calls: Calls, file: Path, ledger: Path) -> list[Contender]:
    """Recorded runs that are killed, serial and with workers."""
    return [
        Contender(
            f"greenroom {mode(workers)}, killed",
            partial(killed_run, calls.greenroom(workers, "--events", str(file)), file, ledger, calls.project.tests),
        )
        for workers in WORKERS
    ]


def killed_run(command: Command, file: Path, ledger: Path, tests: int) -> Sample:
    """Run with a recording, kill the parent in the middle, and read what is left.

    Raises:
        ContenderFailed: when the run was over before it could be killed.
    """
    file.unlink(missing_ok=True)
    ledger.unlink(missing_ok=True)
    killer = Killer(ledger, tests // 2)
    finished = run(command, killer)
    if not killer.done or finished.returncode != -signal.SIGKILL:
        raise ContenderFailed(f"was not killed (exit code {finished.returncode}); more tests are needed")
    recording = read_recording(file)
    return {
        "done": killer.done,
        "recorded": recording.finished,
        "whole": recording.whole,
        "broken": recording.broken,
        "torn": recording.torn,
        "share": recording.finished / killer.done,
    }


def cost_per_test(results: Results, workers: int, metric: str, tests: int) -> Summary | None:
    """Microseconds that the recording adds to a test."""
    if with_events(workers) not in results or without(workers) not in results:
        return None
    recorded, plain = results[with_events(workers)].metric(metric), results[without(workers)].metric(metric)
    difference = paired_difference(recorded, plain)
    return difference.scaled(1e6 / tests) if difference else None


def cost_table(results: Results, tests: int) -> Table:
    """The cost by way to run and by clock."""
    rows = tuple(
        (
            mode(workers),
            *(cell(cost_per_test(results, workers, metric, tests)) for metric in ("wall", "cpu", "phase")),
            cell(median_of(results, with_events(workers), "bytes_per_test")),
        )
        for workers in WORKERS
    )
    headers = ("", "wall, µs", "CPU, µs", "test phase, µs", "bytes in the file")
    return Table(headers, rows, "What `--events FILE` adds to each test:")


def killed_table(results: Results) -> Table:
    """What was left in the file."""
    metrics = (
        ("done", "tests ended at the kill"),
        ("recorded", "of them in the file"),
        ("share", "share"),
        ("whole", "whole lines"),
        ("broken", "broken lines"),
        ("torn", "torn last line"),
    )
    return comparison(results, metrics, "", (), "After SIGKILL of the parent in the middle of the run:")


def targets(results: Results, tests: int) -> tuple[Target, ...]:
    """What the project wants of a recording."""
    return tuple(
        Target(
            f"--events, {mode(workers)}, wall per test",
            LIMIT_MICROSECONDS,
            cost_per_test(results, workers, "wall", tests),
            "µs",
            strict=True,
        )
        for workers in WORKERS
    )


EVENTS = Benchmark(
    "events",
    "Recording events",
    "20,000 trivial tests with and without `--events FILE`. Then such a run is killed with SIGKILL when half of its tests "
    "have ended: each line that ends has to parse, and what had ended should be in the file.",
    measure_all,
)
