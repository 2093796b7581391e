"""What a runner costs when the tests cost nothing."""

from __future__ import annotations

from benchmarks.contenders import (
    GREENROOM_PARALLEL,
    GREENROOM_SERIAL,
    STOCK_PARALLEL,
    STOCK_SERIAL,
    django_runners,
)
from benchmarks.model import Report, Results, Target
from benchmarks.projects import SIMPLE, WIDE
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison, ratio

METRICS = (("wall", "wall, s"), ("cpu", "CPU, s"), ("phase", "test phase, s"))
RATIOS = (("wall", "wall, ratio"), ("cpu", "CPU, ratio"), ("phase", "phase, ratio"))


def targets(results: Results) -> tuple[Target, ...]:
    """What the project wants of trivial tests."""
    wanted = (
        (GREENROOM_SERIAL, STOCK_SERIAL, "wall", 1.0, False),
        (GREENROOM_SERIAL, STOCK_SERIAL, "phase", 1.0, False),
        (GREENROOM_PARALLEL, STOCK_SERIAL, "phase", 0.55, False),
        (GREENROOM_PARALLEL, STOCK_SERIAL, "wall", 0.55, False),
        (GREENROOM_PARALLEL, STOCK_PARALLEL, "phase", 1.0, True),
        (GREENROOM_PARALLEL, STOCK_PARALLEL, "wall", 1.0, True),
    )
    return tuple(
        Target(f"{name} / {baseline}, {metric}", limit, ratio(results, name, baseline, metric), strict=strict)
        for name, baseline, metric, limit, strict in wanted
    )


def run(session: Session) -> Report:
    """Run 20,000 tests that assert that 1 + 1 is 2."""
    calls = session.project("trivial", WIDE, SIMPLE)
    results = session.measure(f"{calls.project.tests:,} SimpleTestCase tests", django_runners(calls))
    table = comparison(results, METRICS, STOCK_SERIAL, RATIOS)
    return Report((table,), targets(results), results={"trivial": results})


TRIVIAL = Benchmark(
    "trivial",
    "20,000 trivial tests",
    "20,000 `SimpleTestCase` tests in 20 modules of 10 classes, each asserting that 1 + 1 is 2: what remains is what "
    "the runner costs. Wall time is that of the whole command, from the shell's view; CPU time is that of all its "
    "processes, user and system; the test phase is the time in `Ran 20000 tests in … s`. Ratios are to stock serial.",
    run,
)
