"""From the command to the first test, and what listing and importing cost."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.contenders import (
    GREENROOM_PARALLEL,
    GREENROOM_SERIAL,
    STOCK_PARALLEL,
    STOCK_SERIAL,
    Calls,
    available,
    run_figures,
    runs_plain,
)
from benchmarks.measure import run_checked
from benchmarks.model import Command, Contender, ContenderFailed, Report, Results, Sample, Table
from benchmarks.projects import ONE, STAMPED, WIDE
from benchmarks.session import Benchmark, Session
from benchmarks.tables import NOTHING, cell, comparison, median_of

if TYPE_CHECKING:
    from pathlib import Path

STAMPS = "BENCHMARK_STAMPS"
BASE_IMPORT = "django.test.runner"
GREENROOM_IMPORT = "greenroom.TestRunner on top"
SLOWEST = 8
"""How many of the slowest imports are shown."""

_IMPORT_COST = """
import sys, json, time
start = time.perf_counter()
import django.test.runner, django.core.management.commands.test
middle, modules = time.perf_counter(), len(sys.modules)
import greenroom
greenroom.TestRunner
end = time.perf_counter()
print(json.dumps({"base": middle - start, "extra": end - middle, "modules": len(sys.modules) - modules}))
"""
_IMPORT_TIMES = "import django.test.runner, django.core.management.commands.test, greenroom; greenroom.TestRunner"


def run(session: Session) -> Report:
    """Measure the time to the first test in a small and a large project, then listing and importing."""
    results: dict[str, Results] = {}
    tables = []
    for name, shape in (("small", ONE), ("large", WIDE)):
        stamps = session.work / f"stamps-{name}"
        calls = session.project(f"startup-{name}", shape, STAMPED, env={STAMPS: str(stamps)})
        tests = f"{calls.project.tests:,} test{'s' if calls.project.tests > 1 else ''}"
        results[name] = session.measure(f"to the first of {tests}", first_tests(calls, stamps))
        tables.append(_first_test_table(results[name], tests))
    results["list"] = session.measure("list", listers(calls))
    tables.append(
        comparison(results["list"], (("wall", "wall, s"),), LISTERS[0], (("wall", "ratio"),), f"List {tests}:")
    )
    notes: tuple[str, ...] = ()
    if session.toolbox.has_greenroom:
        results["import"] = session.measure("import", [Contender("import", partial(import_cost, calls))])
        tables.append(_import_table(results["import"]))
        notes = (f"Slowest own times of imports on top of Django: {slowest_imports(calls)}",)
    return Report(tuple(tables), notes=notes, results=results)


def first_tests(calls: Calls, stamps: Path) -> list[Contender]:
    """The Django runners, each with the time from its command to its first test."""
    commands = {
        STOCK_SERIAL: calls.stock(),
        STOCK_PARALLEL: calls.stock(2),
        GREENROOM_SERIAL: calls.greenroom(),
        GREENROOM_PARALLEL: calls.greenroom(2),
    }
    measure = partial(first_test, stamps, calls.project.tests)
    contenders = [Contender(name, partial(measure, command)) for name, command in commands.items()]
    return available(contenders, calls.toolbox)


def first_test(stamps: Path, expected: int, command: Command) -> Sample:
    """Run all tests; each process leaves a stamp at its first one, and the earliest of them counts."""
    stamps.unlink(missing_ok=True)
    finished = run_checked(command)
    figures = run_figures(finished, expected)
    if not stamps.exists():
        raise ContenderFailed("no test left its time")
    first = min(float(line) for line in stamps.read_text(encoding="utf-8").splitlines())
    return {"first": first - finished.started, **figures}


LISTERS = ("Django build_suite()", "greenroom list", "greenroom list --json")


def listers(calls: Calls) -> list[Contender]:
    """Those that find all tests and run none."""
    commands = (calls.command("collect_stock.py"), calls.greenroom_list(), calls.greenroom_list("--json"))
    return available(
        [runs_plain(name, command) for name, command in zip(LISTERS, commands, strict=True)], calls.toolbox
    )


def import_cost(calls: Calls) -> Sample:
    """Seconds to import Django's runner, and greenroom's on top of it, in a fresh process."""
    output = run_checked(calls.command("-c", _IMPORT_COST)).output
    return {name: float(value) for name, value in json.loads(output.splitlines()[-1]).items()}


def slowest_imports(calls: Calls) -> str:
    """The modules that take the most time of their own after Django's, from `python -X importtime`."""
    output = run_checked(calls.command("-X", "importtime", "-c", _IMPORT_TIMES)).output
    after_django = output.rpartition("django.core.management.commands.test\n")[2]
    slowest = sorted(parse_import_times(after_django), reverse=True)[:SLOWEST]
    return ", ".join(f"{module} {micros / 1000:.1f} ms" for micros, module in slowest)


def parse_import_times(output: str) -> list[tuple[int, str]]:
    """(microseconds of its own, module) for each line of `python -X importtime`."""
    fields = (line.removeprefix("import time:").split("|") for line in output.splitlines() if line.startswith("import"))
    return [(int(own), module.strip()) for own, _, module in fields if own.strip().isdigit()]


def _first_test_table(results: Results, tests: str) -> Table:
    metrics = (("first", "to first test, s"), ("wall", "wall, s"), ("cpu", "CPU, s"))
    return comparison(results, metrics, STOCK_SERIAL, (("first", "to first test, ratio"),), f"Project with {tests}:")


def _import_table(results: Results) -> Table:
    def milliseconds(metric: str) -> str:
        found = median_of(results, "import", metric)
        return cell(found.scaled(1000) if found else None)

    modules = median_of(results, "import", "modules")
    rows = (
        (BASE_IMPORT, milliseconds("base"), NOTHING),
        (GREENROOM_IMPORT, milliseconds("extra"), f"{modules.median:.0f}" if modules else NOTHING),
    )
    return Table(("", "import, ms", "modules added"), rows, "Import, in a fresh process:")


STARTUP = Benchmark(
    "startup",
    "Start-up",
    "The time from the command to the body of the first test, wherever it runs, in a project with one test and in one "
    "with 20,000; the time to list 20,000 tests; and the time that importing greenroom's runner adds to importing Django's.",
    run,
)
