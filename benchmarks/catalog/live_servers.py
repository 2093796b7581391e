"""What tests over HTTP cost: the tests themselves, the servers, and a run that leaves them out."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.catalog.databases import METRICS, SLOW_ROUNDS, postgresql
from benchmarks.catalog.startup import STAMPS, first_test
from benchmarks.contenders import Calls, available, run_figures, runs_tests, warm_up
from benchmarks.measure import run_checked
from benchmarks.model import Command, Contender, ContenderFailed, Report, Results, Sample, Target
from benchmarks.projects import class_source
from benchmarks.schema import IN_MEMORY, ON_POSTGRESQL, committing_tests, make_schema_project
from benchmarks.serving import PIECE, add_views, live_tests, loading_test, write_settings
from benchmarks.session import Benchmark, Session
from benchmarks.stats import paired_ratio
from benchmarks.tables import comparison

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TESTS = 200
REQUESTS = 2_000
SIZE = 256 * 1024 * 1024
"""The bytes that go down, and up."""
STOCK = "stock, LiveServerTestCase"
ADOPTED = "greenroom, LiveServerTestCase"
RESET = "greenroom, reset"
SHARED = "greenroom, shared transaction"
DJANGOS = "Django's LiveServerThread"
SERVERS = {"threaded": "greenroom threaded", "cheroot": "greenroom cheroot", "asgi": "greenroom uvicorn"}
LOAD = (
    ("kept", "requests/s, one connection"),
    ("four", "requests/s, four connections"),
    ("fresh", "requests/s, a connection each"),
    ("down", "MB/s down"),
    ("up", "MB/s up"),
)
LOAD_RATIOS = (
    ("four", "four, ratio"),
    ("fresh", "a connection each, ratio"),
    ("down", "down, ratio"),
    ("up", "up, ratio"),
)
PLAIN = "greenroom, no database"
UNIT = "greenroom --kind unit, everything"
STOCK_UNIT = "stock, the unit tests by label, everything"
_SAID = re.compile(r"^LOAD (\{.+\})$", re.MULTILINE)


def run(session: Session) -> Report:
    """Time tests with a live server, the servers, and the way to the first unit test."""
    count = max(10, round(TESTS * session.scale * (0.25 if session.quick else 1.0)))
    results: dict[str, Results] = {"sqlite": session.measure(f"{count} live-server tests", live(session, count))}
    if session.toolbox.has_greenroom:
        with postgresql(session) as host:
            results["postgresql"] = session.measure("the same on PostgreSQL", live(session, count, host))
    results["load"] = session.measure("each server under load", servers(session))
    results["unit"] = session.measure("to the first unit test", first_units(session))
    ratios = (("phase", "phase, ratio"), ("wall", "wall, ratio"))
    captions = {
        "sqlite": f"{count} tests that store a row and ask the live server for it, SQLite in memory:",
        "postgresql": "The same on a private PostgreSQL server without fsync:",
    }
    tables = [
        comparison(results[part], METRICS, STOCK, ratios, caption)
        for part, caption in captions.items()
        if part in results
    ]
    tables.append(comparison(results["load"], LOAD, DJANGOS, LOAD_RATIOS, "Each server, asked by another process:"))
    tables.append(
        comparison(
            results["unit"],
            (("first", "to first test, s"), ("wall", "wall, s"), ("cpu", "CPU, s")),
            PLAIN,
            (("first", "to first test, ratio"),),
            "To the first unit test, of a project with tests of each kind and of one without a database:",
        )
    )
    return Report(tuple(tables), targets(results), (), results)


def live(session: Session, count: int, host: str = "") -> list[Contender]:
    """The same tests on Django's test case and on greenroom's.

    Args:
        session: this run.
        count: how many tests.
        host: of a PostgreSQL server; empty for SQLite.
    """
    ours = partial(_live_calls, session, count, host)
    djangos = ours("stock", live_tests(count, ours=False))
    runs = [
        runs_tests(STOCK, djangos.stock(0, "--noinput"), count, rounds=SLOW_ROUNDS),
        runs_tests(ADOPTED, djangos.greenroom(), count),
    ]
    if session.toolbox.has_greenroom:
        reset = ours("reset", live_tests(count, ours=True))
        shared = ours("shared", live_tests(count, ours=True, share=True))
        runs += [runs_tests(RESET, reset.greenroom(), count), runs_tests(SHARED, shared.greenroom(), count)]
    return _prepared(available(runs, session.toolbox))


def servers(session: Session) -> list[Contender]:
    """Each server, asked by a program in another process, from a test."""
    scale = session.scale * (0.25 if session.quick else 1.0)
    env = {
        "BENCHMARK_REQUESTS": str(max(40, round(REQUESTS * scale))),
        "BENCHMARK_SIZE": str(max(1, round(SIZE * scale / PIECE)) * PIECE),
    }
    make = partial(_calls, session, database=IN_MEMORY, env=env, settings={})
    django = make("load-django", modules={"test_load.py": loading_test("")})
    runs = [Contender(DJANGOS, partial(under_load, django.stock()))]
    if session.toolbox.has_greenroom:
        for kind, name in SERVERS.items():
            calls = make(f"load-{kind}", modules={"test_load.py": loading_test(kind)})
            runs.append(Contender(name, partial(under_load, calls.greenroom())))
    return _prepared(runs)


def under_load(command: Command) -> Sample:
    """Run the one test, and take the figures that its program printed."""
    finished = run_checked(command)
    found = _SAID.search(finished.output)
    if found is None:
        raise ContenderFailed("the program that asks said nothing")
    return {**{name: float(value) for name, value in json.loads(found[1]).items()}, **run_figures(finished, 1)}


def first_units(session: Session) -> list[Contender]:
    """Unit tests of a project with tests of each kind, and of one that has nothing else."""
    stamps = session.work / "stamps-unit"
    unit = "from django.test import SimpleTestCase\n\nfrom stamps import stamp\n\n\n" + class_source(
        "Unit", "SimpleTestCase", 10, lambda _: "stamp()"
    )
    env = {STAMPS: str(stamps)}
    plain = _calls(
        session, "unit-alone", modules={"test_unit.py": unit}, database="{}", env=env, settings={"DATABASES": "{}"}
    )
    everything = {
        "test_unit.py": unit,
        "test_commits.py": committing_tests(20),
        "test_live.py": live_tests(20, ours=session.toolbox.has_greenroom),
    }
    if session.toolbox.has_greenroom:
        everything["test_browser.py"] = "from greenroom.cases import PlaywrightTestCase\n\n\n" + class_source(
            "Pages", "PlaywrightTestCase", 20, lambda _: 'self.page.goto("/hello/")'
        )
    full = _calls(session, "unit-everything", modules=everything, database=IN_MEMORY, env=env, settings={})
    measure = partial(first_test, stamps, 10)
    runs = [
        Contender(PLAIN, partial(measure, plain.greenroom())),
        Contender(UNIT, partial(measure, full.greenroom(0, "--kind", "unit"))),
        Contender(STOCK_UNIT, partial(measure, full.stock(0, "suite.test_unit"))),
    ]
    return available(runs, session.toolbox)


def targets(results: Mapping[str, Results]) -> tuple[Target, ...]:
    """What the project wants: unit tests that pay for nothing that they do not use."""
    unit = results.get("unit", {})
    both = UNIT in unit and PLAIN in unit
    measured = paired_ratio(unit[UNIT].metric("first"), unit[PLAIN].metric("first")) if both else None
    return (Target(f"{UNIT} / {PLAIN}, to first test", 1.05, measured),)


def _live_calls(session: Session, count: int, host: str, name: str, module: str) -> Calls:
    env = {"GREENROOM_CACHE": str(session.work / "live-cache")}
    if host:
        env["BENCHMARK_PG"] = host
    # Stock and greenroom never have the same test database: one would find the other's.
    settings = {"DATABASES['default']['NAME']": repr(f"live_{name}")} if host else {}
    return _calls(
        session,
        f"live-{'pg' if host else 'sqlite'}-{name}",
        modules={"test_live.py": module},
        database=ON_POSTGRESQL if host else IN_MEMORY,
        env=env,
        settings=settings,
        tests=count,
    )


def _calls(
    session: Session,
    name: str,
    *,
    modules: dict[str, str],
    database: str,
    env: Mapping[str, str],
    settings: Mapping[str, str],
    tests: int = 1,
) -> Calls:
    root: Path = session.work / name
    shutil.rmtree(root, ignore_errors=True)
    project = make_schema_project(root, database, modules, tests)
    add_views(project)
    write_settings(root, {"STATIC_URL": "'static/'", "MEDIA_URL": "'media/'", **settings})
    calls = Calls(session.toolbox, project, {"GREENROOM_CACHE": str(session.work / "live-cache"), **env})
    warm_up(calls)
    return calls


def _prepared(runs: list[Contender]) -> list[Contender]:
    """Once before anything is measured: snapshots are there from then on."""
    for contender in runs:
        if "greenroom" in contender.name:
            # What fails is told when it is measured.
            with suppress(ContenderFailed):
                contender.measure()
    return runs


LIVE_SERVERS = Benchmark(
    "live_servers",
    "Live servers",
    "Tests that store a row and ask a live server for it, in a project with 200 tables: Django's `LiveServerTestCase` under "
    "stock and under greenroom, and greenroom's `HttpTestCase`, with a database that is put back after each test and with a "
    "transaction that test and server share. Then each server under load, and the time to the first test of "
    "`--kind unit`.",
    run,
)
