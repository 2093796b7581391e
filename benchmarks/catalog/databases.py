"""What a large migrated schema costs: before the first test, and after each test that commits."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.contenders import Calls, available, runs_tests, warm_up
from benchmarks.measure import run_checked
from benchmarks.model import BenchmarkError, Contender, Report, Results, Target
from benchmarks.projects import class_source
from benchmarks.schema import (
    ALTERATIONS,
    APPS,
    IN_A_FILE,
    IN_MEMORY,
    MODELS,
    ON_POSTGRESQL,
    committing_tests,
    make_schema_project,
)
from benchmarks.session import Benchmark, Session
from benchmarks.stats import paired_ratio
from benchmarks.tables import comparison

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTHING = "stock, no database"
OURS_NOTHING = "greenroom, no database"
STOCK_FRESH = "stock, migrated"
STOCK_KEPT = "stock --keepdb"
FRESH = "greenroom --fresh-db"
RESTORED = "greenroom, from a snapshot"
RESTORED_FILE = "greenroom, from a snapshot, in a file"
STOCK_FLUSH = "stock, flush"
RESET = "greenroom, reset"
COMMITS = 500
SLOW_ROUNDS = 2
"""The rounds of what migrates or flushes with Django: their lag is not close."""
METRICS = (("wall", "wall, s"), ("cpu", "CPU, s"), ("phase", "test phase, s"))

_ONE_TEST = "from django.test import TestCase\n\n\n" + class_source(
    "One", "TestCase", 1, lambda _: "self.assertEqual(1 + 1, 2)"
)
_NO_DATABASE = "from django.test import SimpleTestCase\n\n\n" + class_source(
    "None_", "SimpleTestCase", 1, lambda _: "self.assertEqual(1 + 1, 2)"
)


def run(session: Session) -> Report:
    """Time one tiny test in each way, then many tests that commit."""
    start = session.measure("to the end of one test", starters(session))
    commits = max(10, round(COMMITS * session.scale * (0.1 if session.quick else 1.0)))
    resets = session.measure(f"{commits} tests that commit", resetters(session, commits))
    tables = [
        comparison(
            start, METRICS, NOTHING, (("wall", "wall, ratio"),), "From the command to the end of one tiny test:"
        ),
        comparison(resets, METRICS, STOCK_FLUSH, (("phase", "phase, ratio"),), f"{commits} tests that commit 3 rows:"),
    ]
    results = {"start": start, "resets": resets}
    if session.toolbox.has_greenroom:
        with postgresql(session) as host:
            results["postgresql"] = session.measure(
                "the same on PostgreSQL", on_postgresql(session, host, commits // 5)
            )
        tables.append(
            comparison(
                results["postgresql"],
                METRICS,
                STOCK_FRESH,
                (("wall", "wall, ratio"), ("phase", "phase, ratio")),
                f"On a private PostgreSQL server without fsync; the last two run {commits // 5} tests that commit:",
            )
        )
    return Report(tuple(tables), targets(start), (), results)


def starters(session: Session) -> list[Contender]:
    """Each way to come to one test."""
    cache = session.work / "databases-cache"
    kept = session.work / "kept.sqlite3"
    env = {"BENCHMARK_DB": str(kept), "GREENROOM_CACHE": str(cache)}
    plain = _calls(session, "none", IN_MEMORY, {"test_one.py": _NO_DATABASE}, env)
    memory = _calls(session, "memory", IN_MEMORY, {"test_one.py": _ONE_TEST}, env)
    stock_file = _calls(session, "file", IN_A_FILE, {"test_one.py": _ONE_TEST}, env)
    ours_file = _calls(
        session,
        "own-file",
        IN_A_FILE,
        {"test_one.py": _ONE_TEST},
        {**env, "BENCHMARK_DB": str(session.work / "own.sqlite3")},
    )
    runs = [
        runs_tests(NOTHING, plain.stock(), 1),
        runs_tests(OURS_NOTHING, plain.greenroom(), 1),
        runs_tests(STOCK_FRESH, memory.stock(), 1, rounds=SLOW_ROUNDS),
        runs_tests(STOCK_KEPT, stock_file.stock(0, "--keepdb"), 1),
        runs_tests(FRESH, memory.greenroom(0, "--fresh-db"), 1),
        runs_tests(RESTORED, memory.greenroom(), 1),
        runs_tests(RESTORED_FILE, ours_file.greenroom(), 1),
    ]
    # Once before anything is measured: what is kept is there from then on.
    for contender in runs[3:]:
        if session.toolbox.has_greenroom or "greenroom" not in contender.name:
            contender.measure()
    return available(runs, memory.toolbox)


def resetters(session: Session, commits: int) -> list[Contender]:
    """Stock's flush and greenroom's resets over the same tests, each with its database at hand."""
    kept = session.work / "flushed.sqlite3"
    cache = session.work / "databases-cache"
    module = {"test_commits.py": committing_tests(commits)}
    calls = _calls(
        session, "commits", IN_MEMORY, module, {"BENCHMARK_DB": str(kept), "GREENROOM_CACHE": str(cache)}, commits
    )
    return available(
        [
            runs_tests(STOCK_FLUSH, calls.stock(), commits, rounds=SLOW_ROUNDS),
            runs_tests(RESET, calls.greenroom(), commits),
        ],
        calls.toolbox,
    )


@contextmanager
def postgresql(session: Session) -> Iterator[str]:
    """A private server for the block; gives the folder of its socket."""
    calls = _calls(session, "server", ON_POSTGRESQL, {"test_one.py": _ONE_TEST}, {})
    try:
        output = run_checked(calls.command("-m", "greenroom", "db", "server", "start", "--settings", "settings")).output
        found = re.search(r"default HOST: (.+)", output)
        if found is None:
            raise BenchmarkError(f"the private server does not say where it is: {output}")
        yield found[1].strip()
    finally:
        run_checked(calls.command("-m", "greenroom", "db", "server", "stop"))


def on_postgresql(session: Session, host: str, commits: int) -> list[Contender]:
    """The ways to one test, and tests that commit, each with databases of its own."""
    env = {"BENCHMARK_PG": host, "GREENROOM_CACHE": str(session.work / "databases-cache")}
    one = _calls(session, "pg", ON_POSTGRESQL, {"test_one.py": _ONE_TEST}, env)
    many = _calls(session, "pg-commits", ON_POSTGRESQL, {"test_commits.py": committing_tests(commits)}, env, commits)
    runs = [
        runs_tests(STOCK_FRESH, one.stock(0, "--noinput"), 1, rounds=SLOW_ROUNDS),
        runs_tests(FRESH, one.greenroom(0, "--fresh-db"), 1, rounds=SLOW_ROUNDS),
        runs_tests(RESTORED, one.greenroom(), 1),
        runs_tests(STOCK_FLUSH, many.stock(0, "--noinput"), commits, rounds=SLOW_ROUNDS),
        runs_tests(RESET, many.greenroom(), commits),
    ]
    runs[2].measure()
    runs[4].measure()
    return runs


def targets(start: Results) -> tuple[Target, ...]:
    """What the project wants of a second run."""
    measured = (
        paired_ratio(start[RESTORED].metric("wall"), start[OURS_NOTHING].metric("wall")) if RESTORED in start else None
    )
    cold = paired_ratio(start[FRESH].metric("wall"), start[STOCK_FRESH].metric("wall")) if FRESH in start else None
    return (
        Target(f"{RESTORED} / {OURS_NOTHING}, wall", 1.05, measured),
        Target(f"{FRESH} / {STOCK_FRESH}, wall", 0.5, cold),
    )


def _calls(
    session: Session, name: str, database: str, modules: dict[str, str], env: dict[str, str], tests: int = 1
) -> Calls:
    root: Path = session.work / f"schema-{name}"
    shutil.rmtree(root, ignore_errors=True)
    project = make_schema_project(root, database, modules, tests)
    calls = Calls(session.toolbox, project, env)
    warm_up(calls)
    return calls


DATABASES = Benchmark(
    "databases",
    "Databases",
    f"A project with {APPS * MODELS} tables of its own and {APPS * (ALTERATIONS + 1)} migrations, on SQLite: the time from "
    "the command to the end of one tiny test, and the time of tests that commit.",
    run,
)
