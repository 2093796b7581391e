"""How much memory a run with two workers takes."""

from __future__ import annotations

from benchmarks.contenders import GREENROOM_PARALLEL, STOCK_PARALLEL, Calls, available, run_figures
from benchmarks.measure import run_checked
from benchmarks.model import Command, Contender, Report, Results, Sample
from benchmarks.processes import INTERVAL, MemoryWatcher, supported
from benchmarks.projects import INSERT, SIMPLE, WIDE
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison

METRICS = (
    ("parent_rss", "parent RSS, MB"),
    ("parent_pss", "parent PSS, MB"),
    ("worker_rss", "largest worker RSS, MB"),
    ("worker_pss", "largest worker PSS, MB"),
    ("tree_pss", "all PSS, MB"),
)
KINDS = (("simple", SIMPLE, "SimpleTestCase"), ("insert", INSERT, "TestCase, one insert"))


def run(session: Session) -> Report:
    """Watch the memory of stock and greenroom with two workers."""
    if not supported():
        return Report(notes=("Not measured: this system has no /proc/PID/smaps_rollup.",))
    results: dict[str, Results] = {}
    tables = []
    for name, body, header in KINDS:
        calls = session.project(f"memory-{name}", WIDE, body)
        title = f"{calls.project.tests:,} tests, {header}"
        results[name] = session.measure(title, contenders(calls))
        tables.append(
            comparison(results[name], METRICS, STOCK_PARALLEL, (("tree_pss", "all PSS, ratio"),), f"{title}:")
        )
    note = (
        f"Sampled every {INTERVAL * 1000:.0f} ms; 1 MB is 1,000,000 bytes. Peaks of single processes needn't coincide."
    )
    return Report(tuple(tables), notes=(note,), results=results)


def contenders(calls: Calls) -> list[Contender]:
    """Stock and greenroom, both watched."""
    tests = calls.project.tests
    both = [
        watched(STOCK_PARALLEL, calls.stock(2), tests),
        watched(GREENROOM_PARALLEL, calls.greenroom(2), tests),
    ]
    return available(both, calls.toolbox)


def watched(name: str, command: Command, expected: int) -> Contender:
    """A contender whose figures are its peaks of memory."""

    def measure() -> Sample:
        watcher = MemoryWatcher()
        run_figures(run_checked(command, watcher), expected)
        return watcher.figures()

    return Contender(name, measure)


MEMORY = Benchmark(
    "memory",
    "Memory",
    "Peaks of memory of the 20,000-test runs with two workers. RSS counts shared pages in full for each process; PSS "
    "divides them among those who share them, so that only PSS can be summed over the processes.",
    run,
)
