"""What reports cost: all of them at once, of 20,000 tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contenders import Calls, runs_tests
from benchmarks.model import Contender, Report, Results, Table, Target
from benchmarks.processes import MemoryWatcher, supported
from benchmarks.projects import CLIENT_GET, SIMPLE, WIDE
from benchmarks.session import Benchmark, Session
from benchmarks.stats import paired_difference, paired_ratio
from benchmarks.tables import cell, comparison

if TYPE_CHECKING:
    from benchmarks.stats import Summary

NAMES = (
    "junit", "html", "json", "github", "gitlab", "teamcity", "tap", "slow", "markdown", "dots", "verbose", "emoji",
)  # fmt: skip
WORKERS = (0, 2)
LIMIT_PERCENT = 10
KINDS = (("empty", SIMPLE, "tests that do nothing"), ("client", CLIENT_GET, "tests that get a page by the test client"))


def run(session: Session) -> Report:
    """Measure runs without reports, with JUnit and with all reports, of empty tests and of small ones."""
    if not session.toolbox.has_greenroom:
        return Report(notes=("Not measured: greenroom could not be imported.",))
    tables: list[Table] = []
    targets: list[Target] = []
    results: dict[str, Results] = {}
    for name, body, words in KINDS:
        calls = session.project(f"reports-{name}", WIDE, body)
        tests = calls.project.tests
        title = f"{tests:,} {words}"
        found = results[name] = session.measure(title, contenders(calls, session.work / "reports"))
        metrics = (("wall", "wall, s"), ("cpu", "CPU, s"), ("parent_rss", "parent RSS, MB"))
        tables += [comparison(found, metrics, plain(0), (), f"{title}:"), cost_table(found, tests)]
        if name != "empty":
            targets += [
                Target(f"all reports, {mode(workers)}, {words}", LIMIT_PERCENT, share(found, workers), "%", strict=True)
                for workers in WORKERS
            ]
    return Report(tuple(tables), tuple(targets), results=results)


def mode(workers: int) -> str:
    """The name of a way to run in the tables."""
    return f"--parallel {workers}" if workers else "serial"


def plain(workers: int) -> str:
    """The name of a contender without reports."""
    return f"greenroom {mode(workers)}"


def reported(workers: int, what: str = "all reports") -> str:
    """The name of a contender with reports."""
    return f"greenroom {mode(workers)}, {what}"


def contenders(calls: Calls, folder: Path) -> list[Contender]:
    """Without, with JUnit, and with all of them, serial and with workers; the parent's memory is watched."""
    found = []
    everything = [option for name in NAMES for option in ("--report", f"{name}:{folder / name}")]
    for workers in WORKERS:
        for name, options in (
            (plain(workers), []),
            (reported(workers, "junit"), ["--report", f"junit:{folder / 'junit'}"]),
            (reported(workers), everything),
        ):
            found.append(_watched(name, calls, workers, options))
    return found


def _watched(name: str, calls: Calls, workers: int, options: list[str]) -> Contender:
    tests = calls.project.tests
    command = calls.greenroom(workers, *options)

    def measure() -> dict[str, float]:
        watcher = MemoryWatcher() if supported() else None
        sample = dict(runs_tests(name, command, tests, watcher=watcher).measure())
        return {**sample, "parent_rss": watcher.figures()["parent_rss"]} if watcher is not None else sample

    return Contender(name, measure)


def share(results: Results, workers: int) -> Summary | None:
    """How many percent of a run's processor time all reports add."""
    if plain(workers) not in results or reported(workers) not in results:
        return None
    ratio = paired_ratio(results[reported(workers)].metric("cpu"), results[plain(workers)].metric("cpu"))
    if ratio is None:
        return None
    return type(ratio)((ratio.median - 1) * 100, (ratio.low - 1) * 100, (ratio.high - 1) * 100, ratio.count)


def cost(results: Results, workers: int, what: str, tests: int) -> Summary | None:
    """Microseconds of processor time that reports add to a test."""
    if plain(workers) not in results or reported(workers, what) not in results:
        return None
    more = paired_difference(results[reported(workers, what)].metric("cpu"), results[plain(workers)].metric("cpu"))
    return more.scaled(1e6 / tests) if more is not None else None


def cost_table(results: Results, tests: int) -> Table:
    """What a test costs more, by way to run."""
    rows = tuple(
        (mode(workers), *(cell(cost(results, workers, what, tests)) for what in ("junit", "all reports")))
        for workers in WORKERS
    )
    return Table(("", "junit, µs", "all, µs"), rows, "CPU that reports add to each test:")


REPORTS = Benchmark(
    "reports",
    "Reports",
    f"20,000 tests without reports, with JUnit and with {len(NAMES)} reports at once, each into a file: what they add to a run, "
    "and what the parent keeps in memory.",
    run,
)
