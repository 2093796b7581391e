"""A test that fails by chance does not fail the check, and is not passed over; any other failure stays one."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from tools import run_tests, second_try
from tools.environments import Environment, Interpreter
from tools.run_tests import Stage, StageError, pytest_count


@dataclasses.dataclass(frozen=True)
class Here(Environment):
    """The environment that this very test runs in, seen from below the root."""

    link: Path

    @property
    def folder(self) -> Path:
        """The link to its prefix."""
        return self.link


TESTS = """\
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", NAMES)
def test_it(name):
    times = Path(__file__).with_name(name + ".count")
    with times.open("a") as file:
        file.write("x")
    assert name == "good" or name.startswith("flaky") and times.stat().st_size > 1
"""


@pytest.fixture
def tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a module of tests; pytest's memory is beside it."""
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    (tmp_path / "here").symlink_to(sys.prefix)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def stage_of(folder: Path, *names: str) -> Stage:
    """A stage of pytest's, whose tests called flaky fail when they run first."""
    (folder / "test_it.py").write_text(TESTS.replace("NAMES", repr(names)))
    command = ("pytest", "-q", "-p", "no:greenroom", "-p", "no:django", "-p", "no:asyncio", str(folder / "test_it.py"))
    return Stage(
        "x",
        "a stage",
        Here(Interpreter(sys.executable, (3, 11, 0), has_pip=True), "5.2", folder / "here"),
        command,
        pytest_count,
    )


def test_what_failed_by_chance_is_named_and_counted(tests: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Only that is tried again."""
    assert run_tests.run_stage(stage_of(tests, "flaky", "good")) == 2
    said = capfd.readouterr().out
    assert "-- 1 failed; once more, alone:" in said
    assert "-- FLAKY, failed beside others and passed alone: test_it.py::test_it[flaky]" in said
    assert (tests / "flaky.count").read_text() == "xx"
    assert (tests / "good.count").read_text() == "x"


@pytest.mark.parametrize(
    "names",
    [("bad", "good"), ("bad", "flaky"), [f"flaky{number}" for number in range(second_try.MOST + 1)]],
    ids=["fails again", "one of two fails again", "too many"],
)
def test_what_is_no_chance_fails(tests: Path, names: tuple[str, ...]) -> None:
    """Whatever else passed in the end."""
    with pytest.raises(StageError, match="exit code 1"):
        run_tests.run_stage(stage_of(tests, *names))


def test_what_failed_in_an_earlier_run_is_forgotten(tests: Path) -> None:
    """It would be tried again in place of what failed now."""
    with pytest.raises(StageError):
        run_tests.run_stage(stage_of(tests, "bad"))
    assert run_tests.run_stage(stage_of(tests, "good")) == 1
    assert second_try.failed(tests / "nothing") == []
