"""Reads the pages that the HTML reporter makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from greenroom.events import Event
from greenroom.reporters.html import HtmlReport

_BLOCK = re.compile(r'<script type="application/json" id="([\w-]+)-data">(.*?)</script>', re.DOTALL)


class Page(msgspec.Struct):
    """A page and the data in it."""

    text: str
    data: dict[str, Any]

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Each test by its id, with its columns, its verdict and its details."""
        tests, found = self.data["tests"], {}
        details = self.block("details")
        columns = tests["columns"]
        for place in range(len(columns["name"])):
            row = {name: column[place] for name, column in columns.items()}
            test = tests["groups"][row["group"]] + row["name"]
            row["verdict"] = self.data["run"]["verdicts"][row["code"]]
            row["said"] = tests["said"].get(str(place), "")
            at = row["detail"] + 2
            row["shown"] = json.loads(details[at : at + row["length"]]) if row["detail"] >= 0 else {}
            found[test] = row
        return found

    def block(self, name: str) -> str:
        """The text of a block of data."""
        return str(dict(_BLOCK.findall(self.text))[name])


def read(path: Path) -> Page:
    """Read a page."""
    text = path.read_text(encoding="utf-8")
    return Page(text, {name: json.loads(data) for name, data in _BLOCK.findall(text)})


def write(path: Path, events: Iterable[Event], **options: Any) -> HtmlReport:
    """Make a page of events."""
    report = HtmlReport(path, options.pop("root", path.parent), **options)
    for event in events:
        report.handle(event)
    report.flush()
    report.close()
    return report


def page_of(path: Path, events: Iterable[Event], **options: Any) -> Page:
    """Make a page of events, and read it."""
    report = write(path, events, **options)
    assert report.trouble == ""
    return read(path)
