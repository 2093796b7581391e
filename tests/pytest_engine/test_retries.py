"""Retries and quarantine of pytest's tests under `manage.py test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenroom.testing import check_stream
from tests.e2e.support import in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project
    from tests.e2e.support import Mode

TESTS = """\
    import os
    from pathlib import Path

    import greenroom
    import pytest

    def times(name):
        fd = os.open(Path(__file__).parent / f"{name}.count", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        os.write(fd, b"x")
        number = os.lseek(fd, 0, os.SEEK_CUR)
        os.close(fd)
        return number

    @pytest.fixture
    def rows():
        return []

    def test_flaky(rows):
        assert rows == []
        rows.append(1)
        assert times("flaky") > 1

    def test_bad():
        assert times("bad") == 0

    @pytest.mark.parametrize("number", [0, 1])
    def test_params(number):
        assert number == 0 or times("params") > 1

    @pytest.mark.quarantine("by mark")
    def test_marked(): assert 0

    @greenroom.quarantine("by decorator")
    def test_decorated(): assert 0

    class TestPlain:
        def test_method(self): assert times("method") > 2
    """
OTHER = """\
    from django.test import SimpleTestCase

    class Other(SimpleTestCase):
        def test_other(self): pass
    """


@in_main_modes
def test_each_test_has_one_verdict(make_project: Callable[..., Project], mode: Mode) -> None:
    """With fresh fixtures for each try, wherever it runs."""
    ini = "[pytest]\nDJANGO_SETTINGS_MODULE = settings\n"
    project = make_project(files={"shop/test_x.py": TESTS, "shop/tests.py": OTHER, "pytest.ini": ini})
    ran = project.manage_test("--retries", "2", *mode.args, start_method=mode.start_method, timeout=120)
    check_stream(ran.events)
    assert {
        event.test.rpartition("::")[2]: (event.outcome, event.attempts, event.flaky) for event in ran.events.finished
    } == {
        "test_flaky": ("passed", 2, True),
        "test_bad": ("failed", 3, False),
        "test_params[0]": ("passed", 1, False),
        "test_params[1]": ("passed", 2, True),
        "test_marked": ("failed", 1, False),
        "test_decorated": ("failed", 1, False),
        "test_method": ("passed", 3, True),
        "shop.tests.Other.test_other": ("passed", 1, False),
    }
    assert (ran.returncode, ran.summary.failures, ran.summary.quarantined) == (1, 1, 2)
    assert "Does not count: by mark" in ran.stderr
