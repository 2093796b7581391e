"""With the fast path and without it a run says the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.pytest_plugin.fastpath.samples import FILES
from tests.pytest_plugin.support import pytest_project, run_pytest, stock

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project
    from tests.pytest_plugin.support import PytestRan

_TIMES = re.compile(r" *\b\d+\.\d+m?s\b( \(\d+:\d\d:\d\d\))?|0x[0-9a-f]+|localhost:\d+|Thread-\d+")


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """A project with every sort of test case."""
    return pytest_project(make_project, FILES, databases="two")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-v", "-rA"),
        ("-s", "-q"),
        ("-x",),
        ("--maxfail=5", "--capture=sys", "--tb=short"),
        ("-k", "test_a or Tagged", "-vv", "--log-level=INFO"),
        ("-m", "slower or not slow", "--deselect", "shop/test_cases.py::Ordinary::test_e_raises", "--tb=line"),
        ("-W", "error", "--tb=native"),
        ("-p", "no:logging", "-p", "no:warnings"),
        ("-o", "console_output_style=count"),
        ("-o", "console_output_style=times", "-k", "Ordinary or Data"),
        ("--collect-only",),
        ("shop/test_cases.py::Data::test_b", "shop/test_cases.py::Data::test_a", "shop/test_cases.py::Ordinary"),
        ("--durations=0", "-vv", "-k", "Data or Commits"),
    ],
    ids=" ".join,
)
def test_all_sorts_of_test_cases(project: Project, options: tuple[str, ...]) -> None:
    """Names, outcomes, texts, captured output, warnings, order and the exit code."""
    slow, fast = run_pytest(project, *options, "--no-fast-path"), run_pytest(project, *options)
    assert fast.outcomes == slow.outcomes
    assert lines(fast, options) == lines(slow, options)
    assert fast.code == slow.code


def test_narrow_terminal(project: Project) -> None:
    """Lines are broken at the same places, and how far the run is stands at each edge."""
    env = {"COLUMNS": "40"}
    options = ("--tb=no",)
    slow, fast = (run_pytest(project, *options, *more, env=env) for more in (("--no-fast-path",), ()))
    assert lines(fast, ()) == lines(slow, ())
    assert fast.output.count("%]") > 2


def lines(ran: PytestRan, options: tuple[str, ...]) -> list[str]:
    """What a run printed, without what differs from run to run."""
    # A line with a time in it is filled up with fewer "=" where the time is longer.
    found = [re.sub("(?<=…) =+$|^=+ (?=.*… =+$)", "", line) for line in _TIMES.sub("…", ran.output).splitlines()]
    return sorted(found) if "--durations=0" in options else found


@pytest.mark.parametrize("options", [(), ("-o", "junit_logging=all", "-o", "junit_family=xunit1")], ids=" ".join)
def test_junit(project: Project, options: tuple[str, ...]) -> None:
    """The file has the same elements with the same texts."""
    found = []
    for more in (("--no-fast-path",), ()):
        run_pytest(project, *options, *more)
        root = ET.parse(project.root.parent / "outcomes.xml").getroot()
        for element in root.iter():
            for name in ("time", "timestamp"):
                element.attrib.pop(name, None)
        found.append(_TIMES.sub("…", ET.tostring(root, encoding="unicode")))
    assert found[0] == found[1]


def test_as_without_greenroom(project: Project) -> None:
    """Outcomes are those of pytest and pytest-django alone."""
    assert run_pytest(project).outcomes == stock(project).outcomes
