"""Measuring, cutting and colouring text for a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.reporters.ansi import Span, cells, fit, painted, plain, printable, wants_colour

texts = st.text(alphabet=st.sampled_from("abc 日本ｗé̈́…"), max_size=30)
spans = st.lists(st.tuples(texts, st.sampled_from(["plain", "bad", "dim"])), max_size=5)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("…", 1), ("", 0)])
def test_cells(text: str, width: int) -> None:
    """Wide characters take two columns, combining ones none."""
    assert cells(text) == width


@given(spans, st.integers(0, 40))
def test_what_fits_is_no_wider(spans: list[Span], width: int) -> None:
    """A line never takes more than its width, and is whole where there is room."""
    line = fit(spans, width, plain)
    whole = "".join(text for text, _ in spans)
    assert cells(line) <= width
    assert (line == whole) == (cells(whole) <= width) or whole == line


@given(spans, st.integers(1, 40))
def test_colours_change_no_letter(spans: list[Span], width: int) -> None:
    """A coloured line is the plain one plus colours."""
    line = fit(spans, width, painted)
    for code in ("\x1b[1;31m", "\x1b[2m", "\x1b[0m"):
        line = line.replace(code, "")
    assert line == fit(spans, width, plain)


def test_a_wide_character_is_not_halved() -> None:
    """Where only half of it would fit, it is left out."""
    assert fit([("a日本", "plain")], 4, plain) == "a日…"
    assert fit([("日日本", "plain")], 4, plain) == "日…"


def test_printable() -> None:
    """What moves the cursor, and what the terminal's encoding lacks, is replaced."""
    assert printable("a\x1b[2Jb\nc", "utf-8") == "a?[2Jb?c"
    assert printable("test_名", "utf-8") == "test_名"
    assert printable("test_é名", "latin-1") == "test_é?"


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"DJANGO_COLORS": "nocolor"}, False)],
)
def test_wants_colour(environ: dict[str, str], wanted: bool) -> None:
    """Only a `NO_COLOR` that is not empty counts, as no-color.org has it."""
    assert wants_colour(environ) is wanted
