"""Pages that must say what the code says."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import pytest

import greenroom.errors
from greenroom import events
from greenroom.errors import ExitCode, GreenroomError
from tools import events_page, hooks_page

ROOT = Path(__file__).resolve().parents[2]
EXIT_CODES = (ROOT / "docs/reference/exit-codes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", ExitCode, ids=lambda code: code.name)
def test_each_exit_code_has_its_line(code: ExitCode) -> None:
    """With its number and its name."""
    assert re.search(rf"^\| {code.value} \| `{code.name}` \| \S", EXIT_CODES, re.MULTILINE)


def test_the_exit_codes_page_names_no_other() -> None:
    """A code that is gone leaves the page as well."""
    listed = re.findall(r"^\| \d+ \| `(\w+)` \|", EXIT_CODES, re.MULTILINE)
    assert listed == [code.name for code in ExitCode]


def test_each_error_leads_to_the_code_that_its_line_says() -> None:
    """The errors of `greenroom.errors`, sorted by name."""
    found = [
        one for one in vars(greenroom.errors).values() if isinstance(one, type) and issubclass(one, GreenroomError)
    ]
    errors = {one.__name__: str(one.exit_code.value) for one in found if one is not GreenroomError}
    assert re.findall(r"^\| `(\w+)` \| (\d+) \|", EXIT_CODES, re.MULTILINE) == sorted(errors.items())


def test_the_events_page_is_fresh() -> None:
    """It is written from the types; run `python tools/events_page.py` after a change."""
    assert events_page.PAGE.read_text(encoding="utf-8") == events_page.page()


def test_the_hooks_page_is_fresh() -> None:
    """It is written from the specifications; run `python tools/hooks_page.py` after a change."""
    assert hooks_page.PAGE.read_text(encoding="utf-8") == hooks_page.page()


def test_the_events_page_has_each_event_and_field() -> None:
    """The types themselves are asked, where the page is written from their source."""
    text = events_page.page()
    sections = {part.partition("\n")[0]: part for part in text.split("\n### ")[1:]}
    for event in typing.get_args(events.Event):
        assert re.findall(r"^\| `(\w+)` \|", sections[event.__name__], re.MULTILINE) == list(event.__struct_fields__)
