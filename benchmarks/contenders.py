"""The contenders' command lines, and how the figures are read from what they print."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.measure import Finished, Watcher, run_checked
from benchmarks.model import BenchmarkError, Command, Contender, ContenderFailed, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.projects import Project
    from benchmarks.toolbox import Toolbox

GREENROOM_RUNNER = "greenroom.TestRunner"

_RAN = re.compile(r"^Ran ([\d,]+) tests? in ([\d.]+)\s?s", re.MULTILINE)
_PYTEST_PASSED = re.compile(r"^=*\s*(\d+) passed.* in ([\d.]+)s", re.MULTILINE)


@dataclass(frozen=True)
class Calls:
    """Command lines for one project."""

    toolbox: Toolbox
    project: Project
    extra_env: Mapping[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> Command:
        """Python with these arguments, in the project's folder."""
        argv = (str(self.toolbox.python), *arguments)
        return Command(argv, self.project.root, self.toolbox.env(TMPDIR=str(self.project.temporary), **self.extra_env))

    def stock(self, workers: int = 0, *options: str) -> Command:
        """`manage.py test` with Django's own runner."""
        return self.command("manage.py", "test", *_parallel(workers), *options)

    def greenroom(self, workers: int = 0, *options: str) -> Command:
        """`manage.py test` with greenroom's runner."""
        return self.stock(workers, "--testrunner", GREENROOM_RUNNER, *options)

    def greenroom_list(self, *options: str) -> Command:
        """`greenroom list`."""
        return self.command("-m", "greenroom", "list", "--settings", "settings", *options)

    def pytest(self, *options: str) -> Command:
        """The pytest command with pytest-django; greenroom is loaded where `options` name it, as no plugin comes by itself."""
        return self.command("-m", "pytest", "-q", "-p", "django", *options)

    def xdist(self, workers: int, distribution: str = "load", *options: str) -> Command:
        """The pytest command with pytest-django and pytest-xdist."""
        return self.pytest("-p", "xdist.plugin", "-n", str(workers), "--dist", distribution, *options)


def _parallel(workers: int) -> tuple[str, ...]:
    return ("--parallel", str(workers)) if workers else ()


def parse_run(output: str) -> tuple[int, float] | None:
    """How many tests ran, and in how many seconds, from the summary of any of the runners.

    The last summary counts, as a test may print one.
    """
    found = _RAN.findall(output) or _PYTEST_PASSED.findall(output)
    if not found:
        return None
    tests, seconds = found[-1]
    return int(tests.replace(",", "")), float(seconds)


def run_figures(finished: Finished, expected: int | None) -> Sample:
    """The figures of a test run: `wall`, `cpu`, `tests`, and `phase`, the seconds of tests that its summary tells.

    Raises:
        ContenderFailed: when it did not run as many tests as expected; None: any number will do.
    """
    parsed = parse_run(finished.output)
    if parsed is None:
        raise ContenderFailed("its output has no summary with the number of tests")
    tests, phase = parsed
    if expected is not None and tests != expected:
        raise ContenderFailed(f"ran {tests:,} tests of {expected:,}")
    return {"wall": finished.wall, "cpu": finished.cpu, "phase": phase, "tests": tests}


def runs_tests(
    name: str,
    command: Command,
    expected: int,
    *,
    rounds: int | None = None,
    before: Callable[[], None] | None = None,
    watcher: Watcher | None = None,
) -> Contender:
    """A contender that runs tests.

    Args:
        name: as the tables show it.
        command: what it runs.
        expected: how many tests have to run for its figures to count.
        rounds: at most so many rounds.
        before: called before each run, outside of the measured time.
        watcher: looks on during each run.
    """

    def measure() -> Sample:
        if before:
            before()
        return run_figures(run_checked(command, watcher), expected)

    return Contender(name, measure, rounds)


def runs_plain(name: str, command: Command, *, rounds: int | None = None) -> Contender:
    """A contender that runs no tests, such as a collection; it has to succeed."""

    def measure() -> Sample:
        finished = run_checked(command)
        return {"wall": finished.wall, "cpu": finished.cpu}

    return Contender(name, measure, rounds)


STOCK_SERIAL = "stock serial"
STOCK_PARALLEL = "stock --parallel 2"
GREENROOM_SERIAL = "greenroom serial"
GREENROOM_PARALLEL = "greenroom --parallel 2"
PYTEST_SERIAL = "pytest-django serial"
XDIST = "xdist -n 2 load"
PYTEST_ROUNDS = 2
"""The rounds of the pytest rows of large projects: they take half a minute each, and their lead is not close."""


def django_runners(calls: Calls) -> list[Contender]:
    """Stock and greenroom, serial and with two workers, in turns; greenroom only where it can be imported."""
    tests = calls.project.tests
    contenders = [
        runs_tests(STOCK_SERIAL, calls.stock(), tests),
        runs_tests(STOCK_PARALLEL, calls.stock(2), tests),
        runs_tests(GREENROOM_SERIAL, calls.greenroom(), tests),
        runs_tests(GREENROOM_PARALLEL, calls.greenroom(2), tests),
    ]
    return available(contenders, calls.toolbox)


def available(contenders: list[Contender], toolbox: Toolbox) -> list[Contender]:
    """Leave out greenroom's contenders where greenroom is not there."""
    return [contender for contender in contenders if toolbox.has_greenroom or "greenroom" not in contender.name]


def pytest_runners(calls: Calls) -> list[Contender]:
    """pytest-django, and xdist with two workers."""
    tests = calls.project.tests
    return [
        runs_tests(PYTEST_SERIAL, calls.pytest(), tests, rounds=PYTEST_ROUNDS),
        runs_tests(XDIST, calls.xdist(2), tests, rounds=PYTEST_ROUNDS),
    ]


def warm_up(calls: Calls, *, pytest: bool = False) -> None:
    """Compile the project's modules, and pytest's rewritten ones, before anything is measured.

    Raises:
        BenchmarkError: when the generated project can't be compiled or collected.
    """
    try:
        run_checked(calls.command("-m", "compileall", "-q", "."))
        if pytest:
            run_checked(calls.pytest("--collect-only"))
    except ContenderFailed as failure:
        raise BenchmarkError(f"The project in {calls.project.root.name} can't be made ready: {failure}") from failure
