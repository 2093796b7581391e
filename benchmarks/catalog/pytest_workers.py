"""5,000 functions in 200 files under two workers: how soon is the first result there, and what does collection cost?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.contenders import Calls, available, run_figures, warm_up
from benchmarks.measure import run_checked
from benchmarks.model import Contender, ContenderFailed, Report
from benchmarks.projects import write_project
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison

if TYPE_CHECKING:
    from benchmarks.model import Command, Sample

FILES = 200
TESTS = 25
WORKERS = 2
OURS = "pytest --workers 2"
SERIAL = "pytest"
_PLUGIN = ("-p", "greenroom.pytest_plugin.plugin")
_DISTRIBUTIONS = ("load", "loadscope", "worksteal")
_METRICS = (("wall", "wall, s"), ("first", "first result, s"), ("cpu", "processor, s"))
_RATIOS = (("wall", "wall / ours"), ("first", "first / ours"))
_STAMP = "first-result"
CONFTEST = f"""\
import os
import time


def pytest_runtest_logreport(report):
    # The process that the user looks at: a worker of xdist's has told nobody yet.
    if "PYTEST_XDIST_WORKER" not in os.environ and not os.path.exists("{_STAMP}"):
        with open("{_STAMP}", "w") as file:
            file.write(repr(time.time()))
"""


def run(session: Session) -> Report:
    """The same files under each way to run them."""
    each = max(1, round(TESTS * session.scale))
    text = "\n\n".join(f"def test_{number}():\n    assert 1 + 1 == 2\n" for number in range(each))
    modules = {f"test_{number:03}.py": text for number in range(FILES)}
    calls = session.calls(write_project(session.work / "pytest-workers", modules, each * FILES))
    (calls.project.root / "conftest.py").write_text(CONFTEST)
    warm_up(calls)
    results = session.measure(f"{calls.project.tests:,} tests in {FILES} files", available(_ways(calls), calls.toolbox))
    return Report((comparison(results, _METRICS, OURS, _RATIOS),), results={"": results})


def _ways(calls: Calls) -> list[Contender]:
    return [
        timed(SERIAL, calls.pytest("--ds", "settings"), calls),
        timed(OURS, calls.pytest(*_PLUGIN, "--ds", "settings", "--workers", str(WORKERS)), calls),
        *(
            timed(f"pytest -n 2 --dist {kind}", calls.xdist(WORKERS, kind, "--ds", "settings"), calls)
            for kind in _DISTRIBUTIONS
        ),
    ]


def timed(name: str, command: Command, calls: Calls, *, rounds: int | None = None) -> Contender:
    """A contender whose first result is timed as well; its project has `CONFTEST`.

    Args:
        name: as the tables show it.
        command: what it runs.
        calls: of its project.
        rounds: at most so many rounds.
    """
    stamp = calls.project.root / _STAMP

    def measure() -> Sample:
        stamp.unlink(missing_ok=True)
        began = time.time()
        figures = run_figures(run_checked(command), calls.project.tests)
        if not stamp.exists():
            raise ContenderFailed("it told nobody of a result")
        return {**figures, "first": float(stamp.read_text()) - began}

    return Contender(name, measure, rounds)


PYTEST_WORKERS = Benchmark(
    "pytest-workers",
    "5,000 functions under two workers of pytest",
    "200 files of 25 functions each. greenroom collects once and forks; each worker of pytest-xdist collects for itself. The first "
    "result is the first one that the process on the command line hears of.",
    run,
    by_default=False,
)
