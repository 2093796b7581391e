"""Test functions on the fast path: a run says the same with it and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pytest_plugin.fastpath.function_samples import FUNCTIONS
from tests.pytest_plugin.fastpath.test_same import lines
from tests.pytest_plugin.support import pytest_project, run_pytest, stock

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project


# Of exceptions that pytest itself raises it shows its own frames, of which the fast path has fewer.
_OF_PYTEST = "not returns and not thread and not unraisable"


@pytest.mark.parametrize(
    "options",
    [
        ("-v", "-rA", "-o", "junit_logging=all"),
        ("-s", "-q", "-W", "ignore", "--log-level=DEBUG", "-k", _OF_PYTEST),
        ("--maxfail=3", "--capture=sys", "--tb=short"),
        ("-p", "no:logging", "-p", "no:warnings", "-k", f"not after and {_OF_PYTEST}"),
        ("-p", "no:unraisableexception", "-p", "no:threadexception", "-n", "0", "--tb=line"),
        ("test_plain.py::test_passes", "test_plain.py::test_first", "test_wide.py", "test_plain.py::test_fails"),
    ],
    ids=" ".join,
)
def test_all_sorts_of_functions(make_project: Callable[..., Project], options: tuple[str, ...]) -> None:
    """Names, outcomes, texts, captured output, warnings, order and the exit code."""
    project = pytest_project(make_project, FUNCTIONS)
    slow, fast = run_pytest(project, *options, "--no-fast-path"), run_pytest(project, *options)
    assert len(fast.outcomes) > 3, fast.ran
    assert fast.outcomes == slow.outcomes
    assert lines(fast, options) == lines(slow, options)
    assert fast.code == slow.code


def test_as_without_greenroom(make_project: Callable[..., Project]) -> None:
    """Outcomes are those of pytest and pytest-django alone."""
    project = pytest_project(make_project, FUNCTIONS)
    before = stock(project).outcomes
    assert len(before) > 50
    assert run_pytest(project).outcomes == before


def test_explained(make_project: Callable[..., Project]) -> None:
    """It is told how many functions of a module go the fast path, and why others do not."""
    ran = run_pytest(pytest_project(make_project, FUNCTIONS), "--explain-fast-path")
    said = [line.strip() for line in ran.ran.stdout.partition(" fast path =")[2].splitlines()]
    for line in (
        "test_late.py: fast path, 2 of 3 functions",
        "1 not, for the fixture 'late'",
        "test_around.py: fast path, 0 of 2 functions",
        "2 not, for the fixture 'around' of test_around",
        "2 not, for pytest_runtest_call of",
        "2 not, for the mark 'django_db'",
        "2 not, for the fixture 'of_class' of test_wide",
        "1 not, for something is attached to it",
    ):
        assert any(line in each for each in said), (line, said)
