"""One long class at the end: does a worker idle while the other one works?"""

from __future__ import annotations

import shutil
from dataclasses import replace

from benchmarks.contenders import STOCK_PARALLEL, XDIST, Calls, available, runs_tests, warm_up
from benchmarks.model import Contender, Report, Results, Series, Target
from benchmarks.projects import Project, class_source, write_project
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison, median_of

SHORT_CLASSES = 40
SHORT_SECONDS = 0.75
LONG_TESTS = 30
LONG_SECONDS = 1.0
WORKERS = 2
METRICS = (
    ("wall", "wall, s"),
    ("phase", "test phase, s"),
    ("wall_to_ideal", "wall / ideal"),
    ("phase_to_ideal", "phase / ideal"),
)
FIRST = "greenroom, first run"
SECOND = "greenroom, second run"


def ideal(factor: float) -> float:
    """Seconds that two workers need at least."""
    return factor * (SHORT_CLASSES * SHORT_SECONDS + LONG_TESTS * LONG_SECONDS) / WORKERS


def make(session: Session, factor: float) -> Calls:
    """Write the project: short classes that sort first, the long one last."""
    header = "import time\n\nfrom django.test import SimpleTestCase"
    short = (
        class_source(f"Short{number:02}", "SimpleTestCase", 1, lambda _: f"time.sleep({SHORT_SECONDS * factor:.4f})")
        for number in range(SHORT_CLASSES)
    )
    long = class_source("Long", "SimpleTestCase", LONG_TESTS, lambda _: f"time.sleep({LONG_SECONDS * factor:.4f})")
    modules = {"test_a_short.py": "\n\n\n".join((header, *short)), "test_z_long.py": f"{header}\n\n\n{long}"}
    project = write_project(session.work / "balance", modules, SHORT_CLASSES + LONG_TESTS)
    return session.calls(project)


def contenders(calls: Calls) -> list[Contender]:
    """The second run of greenroom follows its first and finds the history that this one left."""
    tests = calls.project.tests
    return available(
        [
            runs_tests(STOCK_PARALLEL, calls.stock(WORKERS), tests),
            runs_tests(XDIST, calls.xdist(WORKERS), tests),
            runs_tests(FIRST, calls.greenroom(WORKERS), tests, before=lambda: forget(calls.project)),
            runs_tests(SECOND, calls.greenroom(WORKERS), tests),
        ],
        calls.toolbox,
    )


def forget(project: Project) -> None:
    """Remove what greenroom knows of a project."""
    shutil.rmtree(project.root / ".greenroom", ignore_errors=True)


def run(session: Session) -> Report:
    """Run the project under each runner; `--quick` and `--scale` shorten its sleeps."""
    factor = session.scale * (0.1 if session.quick else 1.0)
    calls = make(session, factor)
    warm_up(calls, pytest=True)
    results = session.measure(f"balance, ideal {ideal(factor):.1f} s", contenders(calls))
    results = {name: _with_ideal(series, ideal(factor)) for name, series in results.items()}
    table = comparison(
        results,
        METRICS,
        STOCK_PARALLEL,
        (("wall", "wall, ratio to stock"),),
    )
    note = f"Ideal: {ideal(factor):.1f} s with {WORKERS} workers. The wall time includes start-up, the phase does not."
    return Report((table,), targets(results), (note,), {"balance": results})


def targets(results: Results) -> tuple[Target, ...]:
    """What the project wants of a run that knows its tests' durations."""
    return (
        Target(f"{SECOND}, wall / ideal", 1.1, median_of(results, SECOND, "wall_to_ideal")),
        Target(f"{SECOND}, test phase / ideal", 1.1, median_of(results, SECOND, "phase_to_ideal")),
    )


def _with_ideal(series: Series, seconds: float) -> Series:
    samples = {
        number: {**sample, **{f"{metric}_to_ideal": sample[metric] / seconds for metric in ("wall", "phase")}}
        for number, sample in series.samples.items()
    }
    return replace(series, samples=samples)


BALANCE = Benchmark(
    "balance",
    "Balance of two workers",
    "40 classes with one test of 0.75 s each, whose names sort first, then one class of 30 tests of 1 s each, whose name "
    "sorts last, on two workers. Two workers need 30 s at least. Whoever hands out classes in the order of their names "
    "ends with one worker idle; greenroom's second run knows the durations from its first.",
    run,
)
