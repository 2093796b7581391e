"""Django's own test suite on two workers, whole or in parts."""

from __future__ import annotations

import os
import platform
import re
import shutil
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.contenders import GREENROOM_PARALLEL, GREENROOM_RUNNER, STOCK_PARALLEL, available, run_figures
from benchmarks.measure import last_lines, run
from benchmarks.model import BenchmarkError, Command, Contender, ContenderFailed, Report, Results, Sample
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison
from parity import sources, venvs
from parity.catalogue import Package, load
from parity.errors import ParityError
from parity.runs import settings_source

if TYPE_CHECKING:
    from pathlib import Path

RUNNERS = {STOCK_PARALLEL: "django.test.runner.DiscoverRunner", GREENROOM_PARALLEL: GREENROOM_RUNNER}
WORKERS = 2
TIMEOUT = 3600.0
METRICS = (
    ("wall", "wall, s"),
    ("cpu", "CPU, s"),
    ("phase", "test phase, s"),
    ("tests", "tests"),
    ("bad", "failures and errors"),
)
RATIOS = (("wall", "wall, ratio"), ("cpu", "CPU, ratio"), ("phase", "phase, ratio"))

_FAILED = re.compile(r"^FAILED \((.*)\)", re.MULTILINE)
_BAD = re.compile(r"(?<!expected )(?:failures|errors|unexpected successes)=(\d+)")


def measure_suite(session: Session) -> Report:
    """Run Django's suite, or the labels given, under stock and greenroom."""
    try:
        package = load().django_for(session.toolbox.versions["django"])
        python = environment(package)
        commands = {name: prepare(session, package, python, name) for name in RUNNERS}
    except ParityError as error:
        raise BenchmarkError(str(error)) from error
    contenders = [Contender(name, partial(run_suite, command)) for name, command in commands.items()]
    part = " ".join(session.labels) or "the whole suite"
    results = session.measure(f"Django {package.version}, {part}", available(contenders, session.toolbox))
    caption = f"Django {package.version}, {part}, SQLite:"
    return Report(
        (comparison(results, METRICS, STOCK_PARALLEL, RATIOS, caption),), (), notes(results), {"suite": results}
    )


def environment(package: Package) -> Path:
    """The interpreter of the environment that `parity` runs the suite in: it has what the suite's tests need."""
    name = f"{package.name}-{package.version}-django{package.version}-py{platform.python_version()}"
    return venvs.ensure(name, [f"Django=={package.version}", *package.requirements]).python


def prepare(session: Session, package: Package, python: Path, name: str) -> Command:
    """Copy the suite for one contender, write its settings, and give its command."""
    place = session.work / f"django-{'greenroom' if name == GREENROOM_PARALLEL else 'stock'}"
    shutil.copytree(sources.unpacked(package), place / "tree")
    settings = settings_source(package, RUNNERS[name], place / "tree")
    (place / f"{package.settings_name}.py").write_text(settings, encoding="utf-8")
    start = place / "tree" / package.directory
    paths = (place, *((start / entry).resolve() for entry in package.path))
    env = session.toolbox.env(
        DJANGO_SETTINGS_MODULE=package.settings_name,
        PYTHONPATH=os.pathsep.join(map(str, paths)),
        PYTHONHASHSEED="0",
    )
    argv = (str(python), *package.command, "--noinput", "--parallel", str(WORKERS), *session.labels)
    return Command(argv, start, env, TIMEOUT)


def run_suite(command: Command) -> Sample:
    """Run the suite once. Some of its tests fail on some machines (as root, say), so that an exit code 1 is no fault."""
    finished = run(command)
    if finished.timed_out or finished.returncode not in {0, 1}:
        raise ContenderFailed(f"exit code {finished.returncode}: {last_lines(finished.output)}")
    figures = run_figures(finished, None)
    return {**figures, "bad": count_bad(finished.output)}


def count_bad(output: str) -> int:
    """How many tests failed, by the last line of a run that begins with FAILED."""
    found = _FAILED.findall(output)
    return sum(map(int, _BAD.findall(found[-1]))) if found else 0


def notes(results: Results) -> tuple[str, ...]:
    """Say it when the contenders did not run the same tests."""
    counts = {(sample["tests"], sample["bad"]) for series in results.values() for sample in series.samples.values()}
    if len(counts) <= 1:
        return ()
    return ("The runs differ in the number of tests or failures: compare their times with care (`python -m parity`).",)


DJANGO_SUITE = Benchmark(
    "django_suite",
    "Django's own test suite",
    "The suite that Django's developers run, on SQLite with two workers. Its classes are small, so that there is little "
    "to gain from balance: what shows is what a runner adds to tests that do something.",
    measure_suite,
    by_default=False,
)
