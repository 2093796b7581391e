"""The `DiscoverRunner` API: what callers, subclasses and third-party result classes rely on."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream, masked
from tests.e2e.api_project import BASE, RUNNERS
from tests.e2e.options_project import write_options_project
from tests.e2e.support import SERIAL, Mode, Runs, in_every_mode, in_main_modes, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project, Ran


class Bench:
    """Runs one of the runners of `api_project`, on greenroom or on stock, and gives what it told."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.runs = Runs(project)
        for name, source in RUNNERS.items():
            project.write(f"runner_{name}.py", BASE)
            path = project.root / f"runner_{name}.py"
            path.write_text(BASE + project.write("scratch.txt", source).read_text())

    def __call__(self, name: str, *args: str, mode: Mode = SERIAL, **env: str) -> tuple[Ran, list[str]]:
        """Run the tests under a runner on greenroom; give the run and the lines that the runner told."""
        return self._run(name, args, mode, env)

    def stock(self, name: str, *args: str, **env: str) -> tuple[Ran, list[str]]:
        """Run the tests serially under a runner on Django's own."""
        return self._run(name, args, SERIAL, {**env, "BASE": "stock"})

    def _run(self, name: str, args: tuple[str, ...], mode: Mode, env: dict[str, str]) -> tuple[Ran, list[str]]:
        key = re.sub(r"\W+", "-", f"{name}-{'-'.join(args)}-{mode}-{sorted(env.items())}")[:200]
        told = self.project.root.parent / f"told-{key}"
        ran = self.runs(*args, mode=mode, runner=f"runner_{name}.Runner", env={"TOLD": str(told), **env})
        return ran, told.read_text().splitlines() if told.exists() else []


@pytest.fixture(scope="module")
def bench(make_shared_project: Callable[..., Project]) -> Bench:
    """The options' project with those runners."""
    return Bench(write_options_project(make_shared_project()))


@pytest.mark.parametrize("processes", ["0", "2"])
def test_run_tests_returns_the_number_of_failures(bench: Bench, processes: str) -> None:
    """`get_runner()` finds greenroom, `run_tests()` returns how many tests failed, and can be called again."""
    lines = []
    for runner in ("stock", "greenroom.TestRunner"):
        told = bench.project.root.parent / f"told-main-{runner}-{processes}"
        labels = ("shop.tests.test_unit,shop.tests.test_rows", "shop.tests.test_slow", "shop.tests.test_red")
        started = bench.project.start(
            *(sys.executable, "runner_main.py", "0" if runner == "stock" else processes, *labels),
            runner="django.test.runner.DiscoverRunner" if runner == "stock" else runner,
            env={"TOLD": str(told), "GREENROOM_EVENTS": ""},
        )
        ran = started.finish()
        assert ran.returncode == 0, ran
        lines.append([line for line in told.read_text().splitlines() if "lone" not in line])
    assert [line for line in lines[1] if line.startswith("returned")] == ["returned 3", "returned 0", "returned 5"]
    assert lines[1] == lines[0]


@in_every_mode
def test_own_result_class(bench: Bench, mode: Mode) -> None:
    """A result class of one's own is told the same, test by test, as under stock: calls, exceptions and their frames."""
    ran, told = bench("own_result", mode=mode)
    stock, expected = bench.stock("own_result")
    check_stream(ran.events)
    assert ran.returncode == stock.returncode == 1
    if mode is SERIAL:
        assert told == expected
    assert by_test(told) == by_test(expected)
    assert ran.report.counts == stock.report.counts
    assert sorted(map(str, ran.report.sections)) == sorted(map(str, stock.report.sections))


def by_test(told: list[str]) -> dict[str, list[str]]:
    """What was told of each test, in order."""
    found: dict[str, list[str]] = {}
    for line in told:
        test, _, what = line.partition(" ")
        found.setdefault(test, []).append(what)
    return found


@in_every_mode
def test_own_test_runner(bench: Bench, mode: Mode) -> None:
    """A runner class of unittest's kind gets the suite and gives a result with the right counts and lists."""
    ran, told = bench("own_test_runner", mode=mode)
    stock, expected = bench.stock("own_test_runner")
    assert ran.returncode == stock.returncode == 1
    assert [line for line in told if not line.startswith("run ")] == expected[1:]
    assert ran.report.counts == stock.report.counts


@in_every_mode
def test_overriding_everything(bench: Bench, mode: Mode) -> None:
    """Each documented method is called, in Django's order, with Django's arguments, and its result is used."""
    ran, told = bench("overriding", mode=mode)
    stock, expected = bench.stock("overriding")
    assert told == expected
    assert ran.outcomes["shop.tests.test_rows.Rows.test_errs_after_query"] == "error"
    assert ran.returncode == stock.returncode == 1
    assert "test_b (shop.tests.test_unit.Fast.test_b) ... ok" in ran.stderr


def test_rows_made_by_setup_databases(bench: Bench) -> None:
    """Rows that `setup_databases()` of a subclass adds are there for the tests."""
    ran, _ = bench("overriding", "shop.tests.test_rows.Rows", WITH_ROW="1")
    stock, _ = bench.stock("overriding", "shop.tests.test_rows.Rows", WITH_ROW="1")
    assert ran.outcomes["shop.tests.test_rows.Rows.test_count"] == "failed"
    assert ran.report.counts == stock.report.counts


def test_build_suite_takes_tests_away(bench: Bench) -> None:
    """What `build_suite()` of a subclass leaves out is not run, and an option of its own is understood."""
    ran, told = bench("overriding", "--without", "test_red")
    _, expected = bench.stock("overriding", "--without", "test_red")
    assert told == expected
    assert ran.order
    assert not [test for test in ran.order if "test_red" in test]


def test_own_suite_loader_and_order(bench: Bench) -> None:
    """`test_suite`, `test_loader` and `reorder_by` of a subclass decide how tests are found, bundled and ordered."""
    bench.project.write("ordered/__init__.py", "")
    bench.project.write(
        "ordered/tests.py",
        """\
        from django.test import SimpleTestCase, TestCase, TransactionTestCase

        class Rows(TestCase):
            def check_rows(self): print(self.id())

        class Simple(SimpleTestCase):
            def check_simple(self): print(self.id())
            def test_never(self): self.fail("not with this loader")

        class Commits(TransactionTestCase):
            def check_commits(self): print(self.id())
        """,
    )
    ran, told = bench("own_classes", "ordered")
    stock, expected = bench.stock("own_classes", "ordered")
    assert told == expected
    assert masked(ran.stdout) == masked(stock.stdout)
    assert ran.order == [line for line in stock.stdout.splitlines() if line.startswith("ordered.")]
    assert len(ran.order) == 3


@in_workers
def test_own_parallel_suite(bench: Bench, mode: Mode) -> None:
    """A `parallel_test_suite` with set-up of its own for each worker has it called there, once, with its number."""
    bench.project.write("workers/__init__.py", "")
    bench.project.write(
        "workers/tests.py",
        """\
        import os

        import django.test.runner
        from django.test import TestCase

        class Resources:
            def test_resource(self):
                number = django.test.runner._worker_id
                self.assertIn(number, (1, 2))
                self.assertEqual(os.environ["OWN_RESOURCE"], f"resource-{number}")
                if os.environ["GREENROOM_START_METHOD"] != "fork":
                    self.assertEqual(os.environ["PROCESS_SET_UP"], "(1, 'two')")

        class One(Resources, TestCase): pass
        class Two(Resources, TestCase): pass
        class Three(Resources, TestCase): pass
        """,
    )
    ran, told = bench("own_workers", "workers", mode=mode)
    check_stream(ran.events)
    assert set(ran.outcomes.values()) == {"passed"}, ran
    assert len(ran.outcomes) == 3
    assert Counter(told) <= Counter(["init_worker 1", "init_worker 2"])
    assert told


@in_main_modes
def test_worker_numbers(bench: Bench, mode: Mode) -> None:
    """`django.test.runner._worker_id` is what resources per worker are named by: 1 or 2 in workers, else 0."""
    bench.project.write("numbered/__init__.py", "")
    bench.project.write(
        "numbered/tests.py",
        "import django.test.runner\nfrom django.test import SimpleTestCase\n"
        + "".join(
            f"class Case{n}(SimpleTestCase):\n def test_it(self): print('number', django.test.runner._worker_id)\n"
            for n in range(4)
        ),
    )
    ran = bench.runs("numbered", mode=mode)
    numbers = set(re.findall(r"number (\d+)", ran.stdout))
    assert numbers
    assert numbers <= ({"1", "2"} if mode.args else {"0"})
