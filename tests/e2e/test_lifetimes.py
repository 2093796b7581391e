"""A test object that ran is let go, as unittest's suites do it: signals and caches hold what it made by weak references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

TESTS = """\
    import weakref
    from django.test import TestCase, TransactionTestCase

    RAN = []

    class Objects:
        def test_1(self): RAN.append(weakref.ref(self))
        def test_2(self): RAN.append(weakref.ref(self))
        def test_3(self):
            self.assertEqual([ran() for ran in RAN], [None] * len(RAN))
            self.assertGreater(len(RAN), 1)
            RAN.clear()

    class Rows(Objects, TestCase): pass
    class Commits(Objects, TransactionTestCase): pass
    """
TESTS_IN_ALL = 6
OPTIONS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "pipeline": ("--pipeline",),
    "retries": ("--retries", "1"),
    "repeat": ("--repeat", "2"),
}


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of a project whose tests look whether those before them are gone."""
    runs = make_runs(make_shared_project(files={"shop/tests.py": TESTS}))
    for mode in (SERIAL, FORK, SPAWN):
        for options in OPTIONS.values():
            runs.plan(*options, mode=mode)
    return runs


@pytest.mark.parametrize("options", list(OPTIONS.values()), ids=list(OPTIONS))
@in_main_modes
def test_a_test_that_ran_does_not_live_on(runs: Runs, mode: Mode, options: tuple[str, ...]) -> None:
    """What hangs on it by weak references, a receiver of a signal for one, is gone for the next test."""
    ran = runs(*options, mode=mode)
    assert ran.returncode == 0, ran.output
    assert set(ran.outcomes.values()) == {"passed"}
    assert len(ran.outcomes) == TESTS_IN_ALL
