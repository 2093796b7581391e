"""The command that checks the project must neither pass over a failure nor miscount."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from tools import run_tests
from tools.environments import Environment, Interpreter
from tools.run_tests import Stage, StageError, parity_count, pytest_count


@pytest.mark.parametrize(
    ("output", "count"),
    [
        ("....\n4 passed in 0.12s\n", 4),
        ("=== 4 passed, 1 skipped in 75.12s (0:01:15) ===\n", 4),
        ("=== 1 failed, 3 passed, 2 xfailed in 0.12s ===\n", 3),
        ("3 passed, 7 subtests passed in 0.12s\n", 3),
        ("2 skipped in 0.12s\n", 0),
        ("a test printed: 9 passed in 1s\n\n4 passed in 0.12s\n", 4),
        ("killed before the end", None),
    ],
)
def test_pytest_is_counted_by_its_closing_line(output: str, count: int | None) -> None:
    """What is printed before the last such line does not count."""
    assert pytest_count(output) == count


@pytest.mark.parametrize(
    ("output", "count"),
    [("suite  mode\nDjango fork\n1234 passed, 0 failed\n", 1234), ("1 passed, 0 failed tests\n", None)],
)
def test_parity_is_counted_by_its_summary(output: str, count: int | None) -> None:
    """Only a line that is nothing but the summary counts."""
    assert parity_count(output) == count


@dataclasses.dataclass(frozen=True)
class Here(Environment):
    """The environment that this very test runs in."""

    @property
    def folder(self) -> Path:
        """Its prefix."""
        return Path(sys.prefix)


def stage(code: str, *, counted: bool = True) -> Stage:
    """A stage that runs a line of Python here."""
    interpreter = Interpreter(sys.executable, (3, 11, 0), has_pip=True)
    return Stage("x", "a stage", Here(interpreter, "5.2"), ("python", "-c", code), pytest_count if counted else None)


@pytest.fixture(autouse=True)
def _prefix_is_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "ROOT", Path(sys.prefix))


def test_a_stage_gives_its_count(capfd: pytest.CaptureFixture[str]) -> None:
    """Its output is passed on, between a line before and a line after."""
    assert run_tests.run_stage(stage("print('5 passed in 0.1s')")) == 5
    lines = capfd.readouterr().out.splitlines()
    assert lines[:2] == ["== a stage (Python 3.11 × Django 5.2)", "5 passed in 0.1s"]
    assert lines[2].startswith("-- a stage: ok, 5 passed, ")


def test_a_failing_stage_stops_the_check() -> None:
    """The error says how to run the stage alone."""
    with pytest.raises(StageError, match=r"a stage .*exit code 3(?s:.*)python -c raise SystemExit\(3\)"):
        run_tests.run_stage(stage("raise SystemExit(3)"))


def test_a_stage_of_tests_that_names_no_count_fails() -> None:
    """A command that ends well without having tested anything is no success."""
    with pytest.raises(StageError, match="no count"):
        run_tests.run_stage(stage("pass"))


def test_a_stage_without_tests_counts_none() -> None:
    """A linter has nothing to count."""
    assert run_tests.run_stage(stage("pass", counted=False)) == 0


def test_the_last_line_is_the_sum(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All that ran, in the form that other programs read."""
    monkeypatch.setattr(run_tests, "check", lambda _names: 12)
    assert run_tests.main([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "12 passed, 0 failed"


def test_django_is_compared_on_both_databases() -> None:
    """PostgreSQL comes last, since it needs most; both are counted by the summary of the comparison."""
    last = run_tests.stages([stage("pass").environment])[-2:]
    assert [one.name for one in last] == ["parity", "parity-postgresql"]
    assert last[1].command[-2:] == ("--database", "postgresql")
    assert all(one.count is parity_count for one in last)


def test_every_other_pair_tests_where_they_could_differ() -> None:
    """Options, API, databases and XML, with paths that exist; the primary pair is not tested twice."""
    found = [one for one in run_tests.stages(pairs("3.13/6.1", "3.11/5.2", "3.13/5.2")) if one.name == "e2e"]
    assert len(found) == 2
    root = Path(__file__).parents[2]
    paths, briefly = ([word for word in one.command if word.startswith("tests/")] for one in found)
    assert [path for path in [*paths, *briefly] if not (root / path).exists()] == []
    names = {Path(path).stem.removeprefix("test_") for path in paths}
    assert {"outcomes", "api", "options", "databases", "xml", "leases", "snapshots"} <= names
    assert set(briefly) < set(paths)


def test_each_python_and_each_django_is_tested_in_full() -> None:
    """By as few pairs as have them all, after the primary one."""
    every = pairs("3.13/6.1", "3.13/6.0", "3.12/6.0", "3.12/5.2", "3.11/5.2")
    assert run_tests.first_of_their_kind(every) == pairs("3.13/6.1", "3.12/6.0", "3.11/5.2")
    assert run_tests.first_of_their_kind([]) == []


def pairs(*names: str) -> list[Environment]:
    """Environments of these Pythons and Djangos."""
    every = []
    for name in names:
        python, _, django = name.partition("/")
        major, _, minor = python.partition(".")
        every.append(Environment(Interpreter("python", (int(major), int(minor), 0), has_pip=True), django))
    return every


def test_a_stage_that_does_not_exist_is_refused() -> None:
    """With the names that do."""
    with pytest.raises(StageError, match=r"no stage lints\. Known: x"):
        run_tests.chosen([stage("pass")], ["lints"])


def test_the_count_of_greenrooms_own_line() -> None:
    """What was skipped did not pass; a run with failures has no such line."""
    line = "greenroom: 120 tests, 0 failures, 0 errors, 3 skipped in 9.31 s (2 workers; databases restored 0.01 s)\n"
    assert run_tests.greenroom_count(f"OK (skipped=3)\n{line}Destroying test database\n") == 117
    assert run_tests.greenroom_count("greenroom: 1 test, 1 failure, 0 errors, 0 skipped in 0.1 s\n") is None


def test_a_stage_may_have_variables_of_its_own() -> None:
    """Beside those of its environment."""
    code = "import os; assert os.environ['WHERE'] == 'below' and os.environ['PATH']; print('1 passed in 0.1s')"
    one = dataclasses.replace(stage(code), variables=(("WHERE", "below"),))
    assert run_tests.run_stage(one) == 1
