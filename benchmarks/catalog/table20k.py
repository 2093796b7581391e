"""20,000 small tests of several kinds under each runner, and what collecting them costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import (
    PYTEST_ROUNDS,
    STOCK_SERIAL,
    Calls,
    available,
    django_runners,
    pytest_runners,
    runs_plain,
)
from benchmarks.model import Contender, Report, Results, Series, Table
from benchmarks.projects import CLIENT_GET, INSERT, MANY_CLASSES, SIMPLE, WIDE, Body, Shape
from benchmarks.session import Benchmark, Session
from benchmarks.stats import summarize
from benchmarks.tables import FAILED, NOTHING, comparison, figure, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Column:
    """One kind of test."""

    name: str
    header: str
    shape: Shape
    body: Body


COLUMNS = (
    Column("simple", "SimpleTestCase", WIDE, SIMPLE),
    Column("insert", "TestCase, one insert", WIDE, INSERT),
    Column("client", "Client GET", WIDE, CLIENT_GET),
    Column("classes", "many classes", MANY_CLASSES, INSERT),
)


def run(session: Session) -> Report:
    """Run each kind of test under each runner."""
    results: dict[str, Results] = {}
    for column in COLUMNS:
        calls = session.project(f"table-{column.name}", column.shape, column.body, pytest=not session.quick)
        contenders = django_runners(calls) + ([] if session.quick else pytest_runners(calls))
        results[column.name] = session.measure(f"{calls.project.tests:,} tests, {column.header}", contenders)
        if column is COLUMNS[0]:
            results["collection"] = session.measure("collection alone", collectors(calls, quick=session.quick))
    collection = comparison(
        results["collection"],
        (("wall", "wall, s"), ("cpu", "CPU, s")),
        "Django build_suite()",
        (("wall", "ratio"),),
        "Collection alone, of the SimpleTestCase project:",
    )
    return Report((wide_table(results), ratio_table(results), collection), results=results)


def collectors(calls: Calls, *, quick: bool) -> list[Contender]:
    """Those that only find the tests."""
    contenders = [
        runs_plain("Django build_suite()", calls.command("collect_stock.py")),
        runs_plain("greenroom list", calls.greenroom_list()),
    ]
    if not quick:
        contenders.append(runs_plain("pytest --collect-only -q", calls.pytest("--collect-only"), rounds=PYTEST_ROUNDS))
    return available(contenders, calls.toolbox)


def wide_table(results: Mapping[str, Results]) -> Table:
    """Wall time with CPU time, a row for each runner, a column for each kind."""
    rows = tuple(
        (name, *(_time_cell(results[column.name][name]) for column in COLUMNS)) for name in results[COLUMNS[0].name]
    )
    return Table(("", *(column.header for column in COLUMNS)), rows, "Wall time in seconds, CPU time in brackets:")


def ratio_table(results: Mapping[str, Results]) -> Table:
    """The same as ratios to stock serial."""
    rows = tuple(
        (name, *(_ratio_cell(results[column.name], name) for column in COLUMNS)) for name in results[COLUMNS[0].name]
    )
    return Table(
        ("", *(column.header for column in COLUMNS)), rows, "Wall time as a ratio to stock serial, spread in brackets:"
    )


def _time_cell(series: Series) -> str:
    if series.failure:
        return FAILED
    wall, cpu = (summarize(list(series.metric(metric).values())) for metric in ("wall", "cpu"))
    return f"{figure(wall.median)} [{figure(cpu.median)}]" if wall and cpu else NOTHING


def _ratio_cell(results: Results, name: str) -> str:
    found = ratio(results, name, STOCK_SERIAL)
    return NOTHING if found is None else f"{found.median:.2f} ({found.spread:.2f})"


TABLE20K = Benchmark(
    "table20k",
    "20,000 small tests of several kinds",
    "Each column is a project of 20,000 tests on SQLite in memory: `SimpleTestCase` tests that assert that 1 + 1 is 2; "
    "`TestCase` tests that insert one row; `TestCase` tests that get a page from the test client; and the insert again "
    "in 5,000 classes instead of 200. The pytest rows run at most two rounds.",
    run,
)
