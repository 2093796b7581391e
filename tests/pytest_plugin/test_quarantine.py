"""Quarantine under pytest: by mark, by decorator, by the list; in this process and in workers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

TESTS = """\
    import greenroom
    import pytest
    from django.test import TestCase

    @pytest.mark.quarantine("by mark")
    def test_marked(): assert 0

    @greenroom.quarantine("by decorator")
    def test_decorated(): assert 0

    def test_listed(): assert 0

    @pytest.fixture
    def broken(): raise ValueError("no")

    @pytest.mark.quarantine(reason="its set-up")
    def test_set_up(broken): pass

    @pytest.mark.quarantine("was mended")
    def test_good(): pass

    @greenroom.quarantine("the whole class")
    class Case(TestCase):
        def test_fails(self): self.fail("nobody minds")
        def test_subtests(self):
            for number in range(2):
                with self.subTest(number=number):
                    self.assertEqual(number, 0)
    """
FILES = {
    "test_x.py": TESTS,
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = settings\n",
    "pyproject.toml": '[tool.greenroom]\nquarantine = ["test_x.test_lis*"]\n',
}
TOLD = {
    "test_x.py::test_marked": ("failed", "by mark"),
    "test_x.py::test_decorated": ("failed", "by decorator"),
    "test_x.py::test_listed": ("failed", "test_x.test_lis* is on the list"),
    "test_x.py::test_set_up": ("error", "its set-up"),
    "test_x.py::test_good": ("passed", ""),
    "test_x.Case.test_fails": ("failed", "the whole class"),
    "test_x.Case.test_subtests": ("failed", "the whole class"),
}


@pytest.mark.parametrize("args", [(), ("--workers", "2"), ("--no-fast-path",)], ids=str)
def test_a_failure_in_quarantine_does_not_fail_the_run(
    make_project: Callable[..., Project], args: tuple[str, ...]
) -> None:
    """It is an expected failure for pytest, and in the events the failure that it is; `-x` goes on."""
    project = make_project(files=FILES)
    ran = project.start(
        sys.executable, "-m", "pytest", "-x", "--strict-markers", "-p", "no:cacheprovider", "test_x.py", *args
    ).finish()
    assert ran.returncode == 0, ran
    check_stream(ran.events)
    assert {event.test: (event.outcome, event.quarantine) for event in ran.events.finished} == TOLD
    assert (ran.summary.quarantined, ran.summary.failures, ran.summary.errors) == (6, 0, 0)
    assert "6 tests failed in quarantine, and count for nothing" in ran.stdout


def test_a_mark_of_the_projects_own_is_left_alone(make_project: Callable[..., Project]) -> None:
    """What it calls quarantine may be something else."""
    ini = f"{FILES['pytest.ini']}markers = quarantine: ours\n"
    project = make_project(files={**FILES, "pytest.ini": ini})
    ran = project.start(sys.executable, "-m", "pytest", "test_x.py::test_marked").finish()
    assert ran.returncode == 1, ran
