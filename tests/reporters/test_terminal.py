"""`manage.py test` on a real terminal: what is seen while it runs, and what is left at the end."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.reporters.screen import Screen
from tests.reporters.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

TESTS = """\
    import time
    import unittest

    from django.test import SimpleTestCase

    class Orders(SimpleTestCase):
        def test_a_fails(self): self.assertEqual(1, 2)
        def test_b_takes_long(self): time.sleep(1.2)

    class Printing(SimpleTestCase):
        def test_prints(self):
            for number in range(12):
                print("printed", number)
                time.sleep(0.1)

        @unittest.skip("not now")
        def test_skipped(self): pass
    """
SECONDS = re.compile(r"\d+\.\d+ ?s")


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """A project whose tests take a while, print, and fail."""
    return make_project(databases="none", files={"shop/test_slow.py": TESTS})


def on_terminal(project: Project, *args: str, screen: Screen, **env: str) -> Terminal:
    """Start `manage.py test` on a terminal, which is no CI's."""
    environment = project.environment("greenroom.TestRunner", None, project.root / "events.jsonl")
    # PYTHONUNBUFFERED would have print() write each line in pieces, between which others may write.
    for name in ("CI", "NO_COLOR", "COLUMNS", "LINES", "PYTHONUNBUFFERED"):
        environment.pop(name, None)
    command = [sys.executable, "manage.py", "test", *args]
    return Terminal(command, folder=project.root, env={**environment, "TERM": "xterm", **env}, screen=screen)


ENDINGS = {
    (): "greenroom: 4 tests, 1 failure, 0 errors, 1 skipped in …",
    ("--parallel", "2"): "greenroom: 4 tests, 1 failure, 0 errors, 1 skipped in … (2 workers)",
}


@pytest.mark.parametrize("args", list(ENDINGS), ids=["serial", "parallel"])
@pytest.mark.parametrize("columns", [90, 40])
def test_a_run(project: Project, args: tuple[str, ...], columns: int) -> None:
    """The failure and the running test are seen before the end; afterwards only text is left, and all of it."""
    screen = Screen(columns, 30)
    with on_terminal(project, *args, screen=screen) as terminal:
        terminal.wait_for(lambda: "test_b_takes_long  shop" in screen.text and "AssertionError: 1 != 2" in screen.text)
        terminal.wait_for(lambda: re.search(r"━+─+  [1-3]/4  1", screen.lines[-1]))
        assert "Ran" not in screen.text
        assert terminal.finish() == 1
    assert "1;31" in screen.colours
    assert screen.region_is_whole
    left = screen.whole
    assert "━" not in left
    assert "─" not in left
    assert [line for line in left.split("\n") if line.startswith("printed")] == [f"printed {n}" for n in range(12)]
    if columns == 90:
        assert SECONDS.sub("…", left[left.rindex("=" * 70) :]).split("\n") == [
            "=" * 70,
            "FAIL: test_a_fails (shop.test_slow.Orders.test_a_fails)",
            "-" * 70,
            "Ran 4 tests in …",
            "",
            "FAILED (failures=1, skipped=1)",
            ENDINGS[args],
        ]


@pytest.mark.parametrize("args", list(ENDINGS), ids=["serial", "parallel"])
def test_ctrl_c(project: Project, args: tuple[str, ...]) -> None:
    """Ctrl-C leaves the terminal as it was, with a report and nothing of the area."""
    screen = Screen(90, 30)
    with on_terminal(project, *args, screen=screen, NO_COLOR="1") as terminal:
        terminal.wait_for(lambda: "test_b_takes_long  shop" in screen.text)
        terminal.type(b"\x03")
        assert terminal.finish() == 130
    assert screen.region_is_whole
    assert "INTERRUPTED" in screen.text
    assert "━" not in screen.whole
    assert not screen.colours


def test_no_color(project: Project) -> None:
    """Django's own option takes the colours away too."""
    for option, coloured in (("--no-color", False), ("-v1", True)):
        screen = Screen(90, 60)
        with on_terminal(project, option, screen=screen) as terminal:
            assert terminal.finish() == 1
        assert screen.frames
        assert bool(screen.colours) is coloured


def test_ci_gets_dots(project: Project) -> None:
    """A CI job that pretends to be a terminal has the classic report."""
    screen = Screen(90, 60)
    with on_terminal(project, screen=screen, CI="true") as terminal:
        assert terminal.finish() == 1
    assert screen.frames == 0
    assert "\nF." in screen.text
