"""Tests that replace the functions of `time` for good: the run goes on, and measures on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from greenroom.testing import Project, check_stream

TESTS = """\
    from unittest import mock

    from django.test import SimpleTestCase


    class One(SimpleTestCase):
        def test_a(self):
            for name in NAMES:
                mock.patch(f"time.{name}").start()

        def test_b(self):
            self.fail("b")


    class Two(SimpleTestCase):
        def test_c(self): pass
    """


@pytest.mark.parametrize("names", [("time",), ("time", "perf_counter", "monotonic", "sleep")], ids=["time", "all"])
def test_a_clock_that_is_not_put_back(make_project: Callable[..., Project], names: tuple[str, ...]) -> None:
    """Reported, recorded and remembered as any other run."""
    project = make_project(files={"shop/tests.py": TESTS.replace("NAMES", repr(names))})
    ran = project.manage_test("--retries", "1")
    check_stream(ran.events)
    assert (ran.returncode, ran.summary.tests, ran.summary.failures) == (1, 3, 1), ran
    assert 0 <= ran.summary.seconds < 60
    assert all(0 <= event.seconds < 60 for event in ran.events.finished)
    shown = project.greenroom("history", "shop.tests.One.test_b")
    assert "failed" in shown.stdout, shown
