"""The lines at the bottom of the screen, while others print."""

from __future__ import annotations

import os

import pytest

from greenroom.reporters.area import Area, terminal_size
from tests.reporters.screen import Screen


def drawn(screen: Screen, *lines: str) -> Area:
    """An area with these lines."""
    area = Area(screen, screen.size)
    draw(area, *lines)
    return area


def draw(area: Area, *lines: str) -> None:
    """One frame."""
    assert area.measure()
    area.draw(lines)


def test_output_scrolls_above() -> None:
    """Many lines from somebody else leave the area alone and are all kept; the end leaves nothing of the area."""
    screen = Screen(20, 6)
    screen.write("before\n")
    area = drawn(screen, "worker", "bar")
    for number in range(8):
        screen.write(f"line {number}\n")
    draw(area, "worker", "bar 2")
    assert screen.lines == ["line 5", "line 6", "line 7", "", "worker", "bar 2"]
    area.erase()
    screen.write("after\n")
    assert screen.whole.split("\n") == ["before", *(f"line {number}" for number in range(8)), "after"]
    assert screen.region_is_whole


def test_a_line_that_is_not_complete_goes_on() -> None:
    """A frame between two halves of a line does not break it, even where the area makes its room meanwhile."""
    screen = Screen(20, 4)
    screen.write("1\n2\n3\nfirst ")
    area = drawn(screen, "worker", "bar")
    screen.write("second ")
    draw(area, "worker", "bar")
    screen.write("third\n")
    area.erase()
    assert screen.whole.split("\n") == ["1", "2", "3", "first second third"]


def test_what_shrinks_leaves_no_letters() -> None:
    """A shorter line, and a lower area, leave nothing of what was there."""
    screen = Screen(20, 6)
    area = drawn(screen, "a long line", "another one", "bar")
    draw(area, "short", "", "bar")
    assert screen.lines[-3:] == ["short", "", "bar"]
    draw(area, "bar")
    assert screen.text.split() == ["bar"]
    assert screen.lines[5] == "bar"


def test_replace_first() -> None:
    """The first line alone; not where there is none, nor where it is the bar."""
    screen = Screen(20, 6)
    area = Area(screen, screen.size)
    area.replace_first("early")
    assert not screen.text
    draw(area, "test_one", "bar")
    area.replace_first("two")
    assert screen.lines[-2:] == ["two", "bar"]
    draw(area, "bar")
    area.replace_first("three")
    assert screen.text.strip() == "bar"


def test_a_larger_screen() -> None:
    """When the terminal grows, the area goes to its new bottom and is not left behind at the old one."""
    screen = Screen(20, 6)
    screen.write("before\n")
    area = drawn(screen, "worker", "bar")
    screen.rows, screen.bottom = 9, 8
    screen.cells += [[" "] * 20 for _ in range(3)]
    draw(area, "worker", "bar")
    assert screen.lines == ["before", "", "", "", "", "", "", "worker", "bar"]


@pytest.mark.parametrize(("rows", "room"), [(2, 0), (3, 1), (24, 8), (60, 20)])
def test_room(rows: int, room: int) -> None:
    """The area has a third of the screen; a tiny one has none."""
    screen = Screen(40, rows)
    area = Area(screen, screen.size)
    assert area.measure() == room
    assert area.width == 39


def test_a_terminal_that_fails() -> None:
    """A frame that can't be written costs nothing but the frame."""

    class Gone(Screen):
        def write(self, text: str) -> None:
            raise BrokenPipeError

    area = drawn(Gone(), "bar")
    area.erase()


def test_size_of_what_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """`COLUMNS` and `LINES` say how large a stream is that can't say it itself."""
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("LINES", "20")
    assert terminal_size(Screen()) == os.terminal_size((70, 20))
