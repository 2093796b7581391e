"""System checks: before the tests or beside them, a failing one stops the run as under stock."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from greenroom.events import ChecksFinished
from greenroom.testing import check_stream, differences, masked
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

CHECKS = """\
    import time

    from django.apps import AppConfig
    from django.core import checks

    class ShopConfig(AppConfig):
        name = "shop"

        def ready(self):
            @checks.register
            def own(app_configs, **kwargs):
                time.sleep(SECONDS)
                return [checks.LEVEL("of our own making", hint="mend it", id="shop.X001")]
    """
TESTS = """\
    import time
    from django.test import SimpleTestCase, TestCase

    class Rows(TestCase):
        def test_it(self): pass

    class Simple(SimpleTestCase):
        def test_one(self): time.sleep(0.1)
        def test_two(self): time.sleep(0.1)
        def test_three(self): self.fail("an ordinary failure")
    """


WAYS = [(mode, checks) for mode in (SERIAL, FORK, SPAWN) for checks in ("auto", "before", "beside")]
in_every_way = pytest.mark.parametrize(("mode", "checks"), WAYS, ids=[f"{mode}-{checks}" for mode, checks in WAYS])


def files(level: str, seconds: float = 0) -> dict[str, str]:
    """An app whose checks come to one message of a level, after so many seconds, and its tests."""
    return {"shop/apps.py": CHECKS.replace("LEVEL", level).replace("SECONDS", str(seconds)), "shop/tests.py": TESTS}


def planned(runs: Runs) -> Runs:
    """The runs, in every way and under stock, planned."""
    runs.plan(runner="stock")
    for mode, checks in WAYS:
        runs.plan("--checks", checks, mode=mode)
    return runs


@pytest.fixture(scope="module", params=[0, 0.4], ids=["at once", "late"])
def failing(
    make_shared_project: Callable[..., Project],
    make_runs: Callable[[Project], Runs],
    request: pytest.FixtureRequest,
) -> Runs:
    """Runs of a project with a failing check."""
    return planned(make_runs(make_shared_project(files=files("Error", request.param))))


@pytest.fixture(scope="module")
def warning(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of a project with a check that warns."""
    return planned(make_runs(make_shared_project(files=files("Warning"))))


def message(stderr: str) -> str:
    """What stock prints of a failed check."""
    text = stderr[stderr.index("SystemCheckError") :]
    return text[: text.index("(0 silenced).") + 13]


@in_every_way
def test_a_failing_check_stops_the_run(failing: Runs, mode: Mode, checks: str) -> None:
    """A failing check ends the run with stock's message and exit code 1; no test counts as passed; all is torn down."""
    ran, stock = failing("--checks", checks, mode=mode), failing.stock()
    assert ran.returncode == stock.returncode == 1, ran
    assert message(ran.stderr) == message(stock.stderr)
    assert "(shop.X001) of our own making" in ran.stderr
    assert "\nOK" not in ran.output
    assert "Traceback" not in message(ran.stderr)
    assert "Destroying test database for alias 'default'..." in ran.stderr
    check_stream(ran.events)
    assert [event.ok for event in ran.events.of(ChecksFinished)] == [False]
    assert ran.summary.exit_code == 1
    assert ran.left_behind == ()


@in_every_way
def test_a_warning_is_printed_and_no_more(warning: Runs, mode: Mode, checks: str) -> None:
    """What checks warn of is printed as under stock, and the tests run."""
    ran, stock = warning("--checks", checks, mode=mode), warning.stock()
    assert ran.returncode == stock.returncode == 1
    assert ran.outcomes == stock.outcomes
    for line in ("System check identified some issues:", "?: (shop.X001) of our own making", "\tHINT: mend it"):
        assert line in stock.stderr
        assert line in ran.stderr, ran
    check_stream(ran.events)
    assert [event.ok for event in ran.events.of(ChecksFinished)] == [True]


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_checks_before_print_what_stock_prints(failing: Runs, mode: Mode) -> None:
    """With `--checks before` a run with a failing check prints nothing else than stock does."""
    ran, stock = failing("--checks", "before", mode=mode), failing(*mode.args, runner="stock")
    difference = differences(masked(ran.stderr), masked(stock.stderr), name="stderr")
    assert not difference, f"{difference}\n{ran}"
    assert ran.order == []


def test_checks_beside_take_no_time(make_project: Callable[..., Project]) -> None:
    """With `--checks beside` slow checks run while the first tests do."""
    project = make_project(files=files("Info", 1))
    project.write(
        "shop/tests.py",
        "import time\nfrom django.test import SimpleTestCase\nclass A(SimpleTestCase):\n def test_it(self): time.sleep(1)\n",
    )
    ran = project.manage_test("--checks", "beside")
    assert ran.returncode == 0, ran
    [checks] = ran.events.of(ChecksFinished)
    assert checks.ok
    assert checks.beside
    [test] = ran.events.finished
    assert test.at < checks.at


def test_a_check_that_raises(make_project: Callable[..., Project]) -> None:
    """A check that raises ends the run with its traceback, whether it runs before the tests or beside them."""
    project = make_project(files=files("no_such_level"))
    stock = project.manage_test(runner="stock")
    for checks in ("before", "beside"):
        ran = project.manage_test("--checks", checks)
        assert ran.returncode == stock.returncode == 1
        assert "has no attribute 'no_such_level'" in ran.stderr
        assert "\nOK" not in ran.output


@pytest.mark.parametrize(
    "line", ["signal.signal(signal.SIGCHLD, signal.SIG_IGN)", "os.waitpid(-1, 0)"], ids=["ignored", "reaped"]
)
def test_a_test_that_takes_away_the_children(make_project: Callable[..., Project], line: str) -> None:
    """Checks beside the tests come to their result even where a test ignores or reaps the process's children."""
    project = make_project(files=files("Info"))
    project.write(
        "shop/tests.py",
        "import os, signal, time, unittest\nclass A(unittest.TestCase):\n"
        f" def test_a(self):\n  time.sleep(0.5)\n  {line}\n def test_b(self): pass\n",
    )
    ran = project.manage_test("--checks", "beside", timeout=20)
    check_stream(ran.events)
    assert len(ran.outcomes) == 2
    assert "Traceback" not in ran.stderr
    [checks] = ran.events.of(ChecksFinished)
    assert ran.returncode == (0 if checks.ok else 1)


DIE_ONCE = """

    def die_once():
        import os
        from pathlib import Path

        died = Path(__file__).with_name("died")
        if not died.exists():
            died.touch()
            os.kill(os.getpid(), 9)
        died.with_name("ran-again").touch()
    """


def test_a_check_that_dies(make_project: Callable[..., Project]) -> None:
    """Checks beside the tests whose process dies do not count as passed: the run fails and says why."""
    project = make_project(files=files("Info"))
    source = (project.root / "shop" / "apps.py").read_text()
    project.write("shop/apps.py", source.replace("time.sleep(0)", "die_once()") + dedent(DIE_ONCE))
    ran = project.manage_test("--checks", "beside", timeout=30)
    assert (project.root / "shop" / "died").exists()
    assert ran.returncode == 1, ran
    assert "checks failed beside the tests" in ran.stderr
    check_stream(ran.events)
    assert not ran.events.of(ChecksFinished)[0].ok
    assert "\nOK" not in ran.output
    assert "Traceback" not in ran.stderr
