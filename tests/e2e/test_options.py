"""Every option of `manage.py test`, alone and combined, serial and parallel: what greenroom prints is what stock prints."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.testing import check_stream, differences, masked, unordered
from greenroom.testing.output import without_clones
from tests.e2e.options_project import write_options_project
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_every_mode, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project, Ran

UNIT, ROWS, RED, SLOW = (f"shop.tests.test_{name}" for name in ("unit", "rows", "red", "slow"))
AFTER_311 = sys.version_info >= (3, 12)

LABELS = [
    [],
    ["."],
    ["shop"],
    ["shop.tests"],
    [UNIT],
    [f"{UNIT}.Fast"],
    [f"{UNIT}.Fast.test_a"],
    ["shop/tests"],
    ["./shop/tests/"],
    [RED, UNIT],
    [UNIT, f"{UNIT}.Fast", f"{UNIT}.Fast.test_a"],
]
IN_SERIES = [LABELS[0], *(pytest.param(args, marks=pytest.mark.one_pair) for args in LABELS[1:])]
"""Labels are read by Django, so that trying them on one pair of Python and Django will do."""
SELECTING = [
    ["-p", "check_*.py"],
    ["-p", "test_u*.py", "shop"],
    ["-t", "outer", "outer/inner"],
    ["outer/inner"],
    ["-t", ".", "shop/tests"],
    ["-k", "test_a"],
    ["-k", "Fast", "-k", "*rows*count"],
    ["-k", "test_a", UNIT, ROWS],
    ["--tag", "slow"],
    ["--tag=fast", "--tag=slow", "--exclude-tag=core"],
    ["--tag=fast", "-v", "2", UNIT],
    ["--exclude-tag", "slow", "--exclude-tag", "fast"],
    ["--tag", "core", "-k", "test_f"],
]
ORDERING = [
    ["--shuffle", "123"],
    ["--shuffle", "5", "shop"],
    ["--reverse"],
    ["-r", UNIT, ROWS],
    ["--shuffle", "123", "--reverse"],
]
REPORTING = [
    ["-v", "0"],
    ["-v", "2"],
    ["-v", "3"],
    ["-v", "0", UNIT, "-k", "Fast"],
    ["--buffer"],
    ["-b", "-v", "2"],
    ["--debug-mode"],
    ["--debug-sql"],
    ["-d", "-v", "2", ROWS],
    ["--debug-sql", "--buffer", ROWS, RED],
    ["--timing"],
    ["--timing", "-v", "2", ROWS],
    ["--no-faulthandler"],
    ["--noinput"],
    *([["--durations", "3"], ["--durations", "0", SLOW], ["--durations=2", "-v", "2", SLOW]] if AFTER_311 else []),
]
STOPPING = [["--failfast"], ["--failfast", "--reverse"], ["--failfast", "--buffer", RED], ["--failfast", "-v", "2"]]
SERIALLY = [
    *STOPPING,
    ["--parallel", "1"],
    ["--parallel=0", UNIT],
    ["--failfast", "--shuffle", "9", "--debug-sql"],
    ["--tag", "core", "--failfast", "--timing", "--noinput", "--debug-mode", "--no-faulthandler", "-v", "2"],
]
SPAWNED = [[], ["--debug-sql", "-v", "2"], ["--buffer"], ["--shuffle", "3", "--tag", "core"], ["-k", "test_a"]]
PDB_ARGS: list[list[str]] = [[], ["--failfast"], ["--buffer"]]
TYPED = ["c\n" * 12, "q\n" * 12, "", "p 6 * 7\nc\n" * 12]
"""What is typed into the debugger."""


def name(args: list[str]) -> str:
    """The name of a parametrised test."""
    return " ".join(args) or "no options"


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]
) -> Runs:
    """Runs of the options' project, its database in memory."""
    runs = make_runs(write_options_project(make_shared_project()))
    runs.plan_each(selected(request, test_serial_run_is_like_stock), [SERIAL])
    runs.plan_each(selected(request, test_parallel_run_is_like_serial_stock), [FORK], stock=False)
    runs.plan_each(selected(request, test_spawned_run_is_like_serial_stock), [SPAWN], stock=False)
    for args in PDB_ARGS if selected(request, test_pdb_is_like_stock) else []:
        for typed in TYPED:
            for runner in ("greenroom.TestRunner", "stock"):
                runs.plan(RED, "--pdb", *args, stdin=typed, runner=runner)
    return runs


def selected(request: pytest.FixtureRequest, test: Callable[..., None]) -> list[Any]:
    """The arguments that a test is going to be called with: a run that no selected test looks at is not worth making."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function) and item.function is test]
    return [item.callspec.params["args"] for item in items]


def assert_like_stock(ran: Ran, stock: Ran) -> None:
    """A serial run: same exit code, same outcomes, same order, and the same text on both outputs."""
    assert ran.returncode == stock.returncode, ran
    assert ran.outcomes == stock.outcomes
    assert ran.order == stock.order
    for which in ("stdout", "stderr"):
        difference = differences(masked(getattr(ran, which)), masked(getattr(stock, which)), name=which)
        assert not difference, f"{difference}\n{ran}"


def assert_like_serial_stock(ran: Ran, stock: Ran) -> None:
    """A parallel run: same exit code, same outcomes, and the same text on both outputs but for its order."""
    assert ran.returncode == stock.returncode, ran
    assert ran.outcomes == stock.outcomes
    lines = (sorted(without_clones(masked(which.stdout)).splitlines()) for which in (ran, stock))
    difference = differences(*("\n".join(found) for found in lines), name="stdout")
    assert not difference, f"{difference}\n{ran}"
    difference = differences(unordered(ran.stderr), unordered(stock.stderr), name="stderr")
    assert not difference, f"{difference}\n{ran}"


@pytest.mark.parametrize("args", [*IN_SERIES, *SELECTING, *ORDERING, *REPORTING, *SERIALLY], ids=name)
def test_serial_run_is_like_stock(runs: Runs, args: list[str]) -> None:
    """Whatever the options, a serial run does, prints and returns what stock does."""
    ran = runs(*args)
    check_stream(ran.events)
    assert_like_stock(ran, runs.stock(*args))


@pytest.mark.one_pair
@pytest.mark.parametrize("args", [*LABELS, *SELECTING, *ORDERING, *REPORTING], ids=name)
def test_parallel_run_is_like_serial_stock(runs: Runs, args: list[str]) -> None:
    """Whatever the options, a parallel run prints what a serial run of stock prints, in another order."""
    ran = runs(*args, mode=FORK)
    check_stream(ran.events)
    assert_like_serial_stock(ran, runs.stock(*args))


@pytest.mark.parametrize("args", SPAWNED, ids=name)
def test_spawned_run_is_like_serial_stock(runs: Runs, args: list[str]) -> None:
    """Workers that inherit nothing honour the options as forked ones do."""
    ran = runs(*args, mode=SPAWN)
    check_stream(ran.events)
    assert_like_serial_stock(ran, runs.stock(*args))


def test_parallel_run_tells_of_clones_as_stock_does(runs: Runs) -> None:
    """The lines about databases, their clones and their end are those of stock's own `--parallel 2`."""
    args = (*FORK.args, UNIT, ROWS, "-v", "2")
    telling = [
        [line for line in ran.stderr.splitlines() if "test database" in line]
        for ran in (runs(*args), runs.stock(*args))
    ]
    assert telling[0] == telling[1]


@in_every_mode
def test_one_more_line_than_stock(runs: Runs, mode: Mode) -> None:
    """The last line counts tests, failures, errors and skips, and says how long it took and in how many workers."""
    ran = runs(mode=mode)
    [line] = re.findall(r"^greenroom: .*$", ran.output, re.MULTILINE)
    counts = ran.report.counts
    found = re.match(r"greenroom: (\d+) tests, (\d+) failures?, (\d+) errors?, (\d+) skipped.* in [\d.]+ s", line)
    assert found, line
    expected = [ran.report.ran, counts["failures"], counts["errors"], counts["skipped"]]
    assert [int(group) for group in found.groups()] == expected
    assert ("2 workers" in line) == bool(mode.args), line


def test_the_seed_is_in_the_last_line(runs: Runs) -> None:
    """A shuffled run can be repeated from its last line: it names the seed that was drawn."""
    ran = runs("--shuffle")
    [seed] = re.findall(r"Using shuffle seed: (\d+) \(generated\)", ran.stdout)
    [line] = re.findall(r"^greenroom: .*$", ran.output, re.MULTILINE)
    assert f"seed {seed}" in line
    assert runs("--shuffle", seed).order == ran.order


@in_workers
def test_failfast_stops_a_parallel_run(runs: Runs, mode: Mode) -> None:
    """With `--failfast` a parallel run ends after a failure: it is told of, and what was not run is named."""
    ran = runs("--failfast", mode=mode)
    check_stream(ran.events)
    assert ran.returncode == 1
    assert ran.report.sections
    assert ran.report.verdict.startswith("FAILED")
    assert len(ran.outcomes) + len(ran.events.not_run) <= len(runs.stock().outcomes)


def test_django_test_processes(runs: Runs) -> None:
    """`--parallel` without a number takes it from `DJANGO_TEST_PROCESSES`."""
    ran = runs(UNIT, ROWS, "--parallel", env={"DJANGO_TEST_PROCESSES": "2"})
    assert ran.summary.workers == 2
    ran = runs(UNIT, ROWS, "--parallel", "auto", env={"DJANGO_TEST_PROCESSES": "1"})
    assert ran.summary.workers == 0


def test_parallel_uses_the_cores_it_may_use(runs: Runs) -> None:
    """`--parallel` counts the cores that the process may run on, not all of the machine's."""
    program = (
        "import os, runpy, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "sys.argv = ['manage.py', 'test', *sys.argv[1:], '--parallel']; runpy.run_path('manage.py', run_name='__main__')"
    )
    ran = runs.project.start(sys.executable, "-c", program, UNIT, ROWS).finish()
    assert ran.returncode == 1
    assert ran.summary.workers <= 1


@pytest.mark.parametrize("args", [["--parallel", "x"], ["--no-such-option"], ["--shuffle", "x"]], ids=name)
def test_wrong_usage_is_refused_as_by_stock(runs: Runs, args: list[str]) -> None:
    """An option or a value that is not understood ends the run with stock's message and exit code."""
    ran, stock = runs(*args), runs.stock(*args)
    assert ran.returncode == stock.returncode == 2
    assert ran.stderr.splitlines()[-1] == stock.stderr.splitlines()[-1]


def test_testrunner(runs: Runs) -> None:
    """`--testrunner` puts greenroom in the place of the runner that the settings name."""
    ran = runs(UNIT, "--testrunner", "greenroom.TestRunner", runner="django.test.runner.DiscoverRunner")
    check_stream(ran.events)
    assert ran.outcomes == runs.stock(UNIT).outcomes
    assert "greenroom: " in ran.output


@pytest.mark.parametrize("typed", TYPED, ids=["c", "q", "end", "p"])
@pytest.mark.parametrize("args", PDB_ARGS, ids=name)
def test_pdb_is_like_stock(runs: Runs, args: list[str], typed: str) -> None:
    """`--pdb` opens the debugger at each failure, and its commands work, as under stock."""
    ran = runs(RED, "--pdb", *args, stdin=typed, runner="greenroom.TestRunner")
    assert "Opening PDB" in ran.stdout
    assert_like_stock(ran, runs.stock(RED, "--pdb", *args, stdin=typed))


@in_workers
def test_pdb_in_a_parallel_run(runs: Runs, mode: Mode) -> None:
    """`--parallel --pdb` runs each failing test again, under the debugger, where the terminal is."""
    ran = runs(RED, UNIT, ROWS, "--pdb", mode=mode, stdin="p 'at the ' + 'prompt'\nc\n" * 20)
    assert ran.returncode == 1
    assert "Opening PDB: AssertionError('red')" in ran.stdout
    assert "'at the prompt'" in ran.stdout
    assert ran.outcomes == runs.stock(RED, UNIT, ROWS).outcomes
    check_stream(ran.events)


@in_every_mode
def test_no_warning_comes_from_greenroom(runs: Runs, mode: Mode) -> None:
    """With all warnings turned into errors a run comes to the same outcomes, and none is printed."""
    ran = runs(UNIT, ROWS, mode=mode, env={"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"})
    assert ran.outcomes == runs.stock(UNIT, ROWS).outcomes
    assert "Warning" not in ran.output
