"""unittest-xml-reporting, mixed into a runner the way its own documentation does."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from greenroom.testing import check_stream, masked
from tests.e2e.options_project import write_options_project
from tests.e2e.support import SERIAL, Mode, in_every_mode
from tests.e2e.test_api import Bench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.testing import Project


@pytest.fixture(scope="module")
def bench(make_shared_project: Callable[..., Project]) -> Bench:
    """The options' project with the runners of the API tests."""
    return Bench(write_options_project(make_shared_project()))


def cases(folder: Path) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """What the files say of each test: the tag, the type and the first line of each problem."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for path in folder.glob("*.xml"):
        for case in ET.parse(path).getroot().iter("testcase"):
            key = (case.get("classname", ""), case.get("name", ""))
            problems = [
                (child.tag, child.get("type", ""), masked(child.get("message", "")).strip())
                for child in case
                if child.tag not in {"system-out", "system-err"}
            ]
            found.setdefault(key, []).extend(problems or [("passed", "", "")])
    return {key: sorted(problems) for key, problems in found.items()}


def totals(folder: Path) -> dict[str, int]:
    """The counts of all suites, added up."""
    suites = [suite for path in folder.glob("*.xml") for suite in ET.parse(path).getroot().iter("testsuite")]
    return {
        name: sum(int(suite.get(name) or 0) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    }


@in_every_mode
def test_reports_are_those_of_a_serial_stock_run(bench: Bench, mode: Mode) -> None:
    """In every mode the XML files name the same tests with the same problems and counts as under stock."""
    folder, stock_folder = (bench.project.root.parent / f"xml-{name}" for name in (mode.name, "stock"))
    ran, _ = bench("xml", mode=mode, XML_OUTPUT=str(folder))
    stock, _ = bench.stock("xml", XML_OUTPUT=str(stock_folder))
    check_stream(ran.events)
    assert ran.returncode == stock.returncode == 1, ran
    assert cases(folder) == cases(stock_folder)
    assert totals(folder) == totals(stock_folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {path.name for path in stock_folder.iterdir()}


@in_every_mode
def test_times_are_those_of_the_tests(bench: Bench, mode: Mode) -> None:
    """The time of a test in the XML is the time it took, in whichever process it ran."""
    folder = bench.project.root.parent / f"xml-times-{mode.name}"
    bench("xml", "shop.tests.test_slow", "shop.tests.test_unit", mode=mode, XML_OUTPUT=str(folder))
    times = {
        case.get("name"): float(case.get("time") or 0)
        for path in folder.glob("*.xml")
        for case in ET.parse(path).getroot().iter("testcase")
    }
    assert 0.3 < times["test_three"] < 1.5
    assert times["test_one"] < times["test_two"] < times["test_three"]
    assert (mode is SERIAL) or len(times) > 5
