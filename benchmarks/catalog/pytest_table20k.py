"""20,000 small tests under pytest: the fast path of test cases, and what greenroom's plugin costs where it is not gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.catalog.table20k import COLUMNS, Column
from benchmarks.contenders import STOCK_SERIAL, Calls, available, runs_plain, runs_tests, warm_up
from benchmarks.model import Contender, Report, Results, Table
from benchmarks.projects import TOTAL, write_project
from benchmarks.session import Benchmark, Session
from benchmarks.stats import summarize
from benchmarks.tables import FAILED, NOTHING, figure, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.model import Series

_PLAIN = ("-m", "pytest", "-q", "-p", "django", "--ds", "settings")
_PLUGIN = (*_PLAIN, "-p", "greenroom")
FAST = "pytest, greenroom"
FAST_PARALLEL = "pytest, greenroom, --workers 2"
ORDINARY = "pytest, greenroom, --no-fast-path"
PYTEST = "pytest, pytest-django alone"
_MODULES = 20


def run(session: Session) -> Report:
    """Each kind of test under each way to run it; then the collection, and plain functions."""
    results: dict[str, Results] = {}
    for column in COLUMNS:
        calls = session.project(f"pytest-{column.name}", column.shape, column.body)
        part = f"{calls.project.tests:,} tests, {column.header}"
        results[column.name] = session.measure(part, available(_runners(calls), calls.toolbox))
        if column is COLUMNS[0]:
            found = available(_collectors(calls), calls.toolbox)
            results["collection"] = session.measure("collection alone", found)
    calls = _functions(session)
    contenders = available(_ways(calls), calls.toolbox)
    results["functions"] = session.measure(f"{calls.project.tests:,} functions", contenders)
    return Report(
        (
            _table(results, COLUMNS, STOCK_SERIAL, "Wall time in seconds, and in brackets as a ratio to stock serial:"),
            _table(results, COLUMNS, PYTEST, "The same, as a ratio to pytest-django alone:"),
            _others(results),
        ),
        results=results,
    )


def _runners(calls: Calls) -> list[Contender]:
    return [runs_tests(STOCK_SERIAL, calls.stock(), calls.project.tests), *_ways(calls)]


def _ways(calls: Calls) -> list[Contender]:
    tests = calls.project.tests
    return [
        runs_tests(FAST, calls.command(*_PLUGIN), tests),
        runs_tests(FAST_PARALLEL, calls.command(*_PLUGIN, "--workers", "2"), tests),
        runs_tests(ORDINARY, calls.command(*_PLUGIN, "--no-fast-path"), tests),
        runs_tests(PYTEST, calls.command(*_PLAIN), tests),
    ]


def _collectors(calls: Calls) -> list[Contender]:
    return [
        runs_plain(STOCK_SERIAL, calls.command("collect_stock.py")),
        runs_plain(FAST, calls.command(*_PLUGIN, "--collect-only")),
        runs_plain(PYTEST, calls.command(*_PLAIN, "--collect-only")),
    ]


def _functions(session: Session) -> Calls:
    """A project of plain functions: greenroom's plugin has nothing to do for them, so what it takes is its cost."""
    each = max(1, round(TOTAL * session.scale / _MODULES))
    text = "\n\n".join(f"def test_{number:04}():\n    assert 1 + 1 == 2\n" for number in range(each))
    modules = {f"test_{number:03}.py": text for number in range(_MODULES)}
    calls = session.calls(write_project(session.work / "pytest-functions", modules, each * _MODULES))
    warm_up(calls)
    return calls


def _table(results: Mapping[str, Results], columns: tuple[Column, ...], base: str, caption: str) -> Table:
    rows = tuple(
        (name, *(_cell(results[column.name], name, base) for column in columns)) for name in results[columns[0].name]
    )
    return Table(("", *(column.header for column in columns)), rows, caption)


def _others(results: Mapping[str, Results]) -> Table:
    names = dict.fromkeys([*results["collection"], *results["functions"]])
    rows = tuple(
        (name, *(_cell(results[part], name, PYTEST) for part in ("collection", "functions"))) for name in names
    )
    return Table(
        ("", "collection alone", "plain functions"),
        rows,
        "Wall time in seconds, and as a ratio to pytest-django alone:",
    )


def _cell(results: Results, name: str, base: str) -> str:
    if name not in results:
        return NOTHING
    series: Series = results[name]
    if series.failure:
        return FAILED
    wall = summarize(list(series.metric("wall").values()))
    found = ratio(results, name, base)
    shown = figure(wall.median) if wall else NOTHING
    return shown if found is None else f"{shown} ({found.median:.2f})"


PYTEST_TABLE20K = Benchmark(
    "pytest-table20k",
    "20,000 small tests under pytest",
    "The projects of the table above, under pytest with greenroom: on the fast path of test cases, with two workers, and on the "
    "ordinary path; beside Django's runner and pytest-django alone. Plain functions show what greenroom's plugin costs where it "
    "has nothing to do.",
    run,
    by_default=False,
)
