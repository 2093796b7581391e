"""What goes the fast path, and what keeps a test off it."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING

import pytest
from _pytest import unittest as stock

from greenroom.pytest_plugin.fastpath import decision
from tests.pytest_plugin.fastpath.samples import FILES
from tests.pytest_plugin.support import pytest_project, run_pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project


def explained(project: Project, *options: str) -> list[str]:
    """The lines under "fast path"."""
    output = run_pytest(project, "--collect-only", "-q", "--explain-fast-path", *options).output.splitlines()
    begin = next(number for number, line in enumerate(output) if line.startswith("=") and "fast path" in line)
    return [line for line in output[begin + 1 :] if "path" in line or line.startswith("    ")]


def test_each_class_is_explained(make_project: Callable[..., Project]) -> None:
    """Fixtures, marks, hooks and what hooks changed keep off; the rest goes."""
    lines = explained(pytest_project(make_project, FILES, databases="two"))
    assert {
        "shop/test_cases.py::Ordinary: fast path, 18 of 18 tests",
        "shop/test_cases.py::Commits: fast path, 3 of 3 tests",
        "shop/test_cases.py::Tagged: fast path, 3 of 3 tests",
        "shop/test_cases.py::Cleaning: fast path, 6 of 10 tests",
        "    1 not, for the mark 'xfail'",
        "    1 not, for a hook changed its fixtures",
        "shop/test_cases.py::Skipped: ordinary path, for the class is skipped",
        "shop/test_cases.py::OwnFixture: ordinary path, for the fixture 'given' of shop.test_cases",
        "touched/test_by_fixture.py::Touched: ordinary path, for the fixture 'around' of touched.conftest",
    } <= set(lines)
    assert any(
        line.startswith("hooked/test_by_hook.py::Touched: ordinary path, for pytest_runtest_setup") for line in lines
    )
    assert not any("OwnInit" in line for line in lines)


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("--no-fast-path", "switched off"),
        ("--pdb", "--pdb"),
        ("--log-cli-level=INFO", "live"),
        ("--pipeline", "--pipeline"),
    ],
)
def test_options_keep_all_off(make_project: Callable[..., Project], option: str, reason: str) -> None:
    """Where an option looks into each test, none goes the fast path."""
    files = {
        "shop/test_one.py": "from django.test import SimpleTestCase\nclass One(SimpleTestCase):\n    def test_a(self): pass\n"
    }
    first = explained(pytest_project(make_project, files), option)[0]
    assert first.startswith("no class goes the fast path") and reason in first  # noqa: PT018 - one line is shown


def test_the_fast_path_is_gone(make_project: Callable[..., Project]) -> None:
    """A test of a class that nothing touches has fewer frames of pytest's below it, but for the first."""
    files = {
        "shop/test_frames.py": """\
            import traceback
            from django.test import SimpleTestCase

            class Frames(SimpleTestCase):
                def look(self):
                    print("FAST" if any("lane.py" in each.filename for each in traceback.extract_stack()) else "ORDINARY")

                def test_a(self):
                    self.look()

                def test_b(self):
                    self.look()
            """
    }
    project = pytest_project(make_project, files)
    words = [line.lstrip(".") for line in run_pytest(project, "-s", "-q").output.splitlines()]
    assert [word for word in words if word in {"FAST", "ORDINARY"}] == ["ORDINARY", "FAST"]


def test_attributes_that_have_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries give pytest's classes some: Twisted's declares interfaces for them, and so does whatever imports daphne."""

    class Absent:
        def __get__(self, instance: object, owner: object) -> object:
            raise AttributeError("__provides__")

    monkeypatch.setattr(stock.TestCaseFunction, "__provides__", Absent(), raising=False)
    assert runpy.run_path(str(decision.__file__))["_METHODS"] >= {"runtest", "setup"}
