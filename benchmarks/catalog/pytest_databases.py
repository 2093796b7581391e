"""What a large migrated schema costs under pytest: from the command to the first result, and to the end of two tiny tests."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.catalog.pytest_workers import CONFTEST, timed
from benchmarks.contenders import Calls, available, warm_up
from benchmarks.model import Report
from benchmarks.schema import ALTERATIONS, APPS, IN_A_FILE, MODELS, make_schema_project
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison

if TYPE_CHECKING:
    from benchmarks.model import Contender

_PLUGIN = ("-p", "greenroom.pytest_plugin.plugin")
ALONE = "greenroom, second run"
CREATED = "pytest-django --create-db"
REUSED = "pytest-django --reuse-db"
ALONE_2 = "greenroom --workers 2, second run"
CREATED_2 = "pytest-django --create-db -n 2"
REUSED_2 = "pytest-django --reuse-db -n 2"
SLOW_ROUNDS = 2
"""The rounds of what migrates in each run: its lag is not close."""
_METRICS = (("wall", "wall, s"), ("first", "first result, s"), ("cpu", "processor, s"))
_RATIOS = (("wall", "wall / ours"), ("first", "first / ours"))
_MODULE = "import pytest\n\n\n@pytest.mark.django_db\ndef test_one():\n    assert 1 + 1 == 2\n"
"""Two of these: with two workers each makes its database."""


def run(session: Session) -> Report:
    """In one process, then in two."""
    alone = session.measure("in one process", _ways(session, "alone"))
    both = session.measure("in two processes", _ways(session, "both"))
    tables = (
        comparison(alone, _METRICS, ALONE, _RATIOS, "In one process:"),
        comparison(both, _METRICS, ALONE_2, _RATIOS, "In two processes:"),
    )
    return Report(tables, results={"alone": alone, "both": both})


def _ways(session: Session, part: str) -> list[Contender]:
    ours, created, reused = (_calls(session, f"{part}-{way}") for way in ("ours", "created", "reused"))
    if part == "alone":
        runs = [
            timed(ALONE, ours.pytest(*_PLUGIN, "--ds", "settings"), ours),
            timed(CREATED, created.pytest("--ds", "settings", "--create-db"), created, rounds=SLOW_ROUNDS),
            timed(REUSED, reused.pytest("--ds", "settings", "--reuse-db"), reused),
        ]
    else:
        runs = [
            timed(ALONE_2, ours.pytest(*_PLUGIN, "--ds", "settings", "--workers", "2"), ours),
            timed(CREATED_2, created.xdist(2, "load", "--ds", "settings", "--create-db"), created, rounds=SLOW_ROUNDS),
            timed(REUSED_2, reused.xdist(2, "load", "--ds", "settings", "--reuse-db"), reused),
        ]
    found = available(runs, ours.toolbox)
    # Once before anything is measured: what is kept is there from then on.
    for contender in found:
        if "--create-db" not in contender.name:
            contender.measure()
    return found


def _calls(session: Session, name: str) -> Calls:
    root = session.work / f"pytest-schema-{name}"
    shutil.rmtree(root, ignore_errors=True)
    modules = {f"test_{number}.py": _MODULE for number in range(2)}
    project = make_schema_project(root, IN_A_FILE, modules, 2)
    (root / "conftest.py").write_text(CONFTEST)
    env = {
        "BENCHMARK_DB": str(session.work / f"pytest-{name}.sqlite3"),
        "GREENROOM_CACHE": str(session.work / "pytest-databases-cache"),
    }
    calls = Calls(session.toolbox, project, env)
    warm_up(calls)
    return calls


PYTEST_DATABASES = Benchmark(
    "pytest-databases",
    "Databases under pytest",
    f"The project of {APPS * MODELS} tables and {APPS * (ALTERATIONS + 1)} migrations, on SQLite in files, with two tiny tests under "
    "pytest: with greenroom, from a snapshot; with pytest-django alone, migrated in each run, and with the database of the run "
    "before.",
    run,
    by_default=False,
)
