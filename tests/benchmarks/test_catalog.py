"""What single benchmarks read and count."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.catalog import CATALOG
from benchmarks.catalog.balance import SECOND, ideal, targets
from benchmarks.catalog.django_suite import count_bad
from benchmarks.catalog.events import Recording, cost_per_test, read_recording, with_events, without
from benchmarks.catalog.startup import parse_import_times
from benchmarks.catalog.trivial import targets as trivial_targets
from benchmarks.contenders import GREENROOM_SERIAL, STOCK_SERIAL
from benchmarks.model import Series

if TYPE_CHECKING:
    from pathlib import Path


def line(event: str) -> str:
    """A line of a recording."""
    return json.dumps({"event": event, "at": 1.0}) + "\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", Recording(0, 0, torn=False, finished=0)),
        (line("RunStarted") + line("TestFinished") * 2, Recording(3, 0, torn=False, finished=2)),
        (line("TestFinished") + '{"event": "TestFi', Recording(1, 0, torn=True, finished=1)),
        (line("TestFinished") + '{"event": "TestFi\n' + line("TestFinished"), Recording(2, 1, torn=False, finished=2)),
        ('[]\n{}\n"x"\n', Recording(0, 3, torn=False, finished=0)),
    ],
)
def test_recordings_are_read_line_by_line(tmp_path: Path, content: str, expected: Recording) -> None:
    """A last line without its end is torn, which a kill may do; one that ends and is no event is broken."""
    file = tmp_path / "events.jsonl"
    file.write_text(content, encoding="utf-8")

    assert read_recording(file) == expected


def test_no_recording_at_all(tmp_path: Path) -> None:
    """A run that was killed early may not have made the file."""
    assert read_recording(tmp_path / "none") == Recording(0, 0, torn=False, finished=0)


def test_the_cost_of_recording_is_in_microseconds_a_test() -> None:
    """The difference of a round, shared out among its tests."""
    results = {without(0): Series({0: {"wall": 1.0}}), with_events(0): Series({0: {"wall": 1.5}})}

    cost = cost_per_test(results, 0, "wall", 20_000)

    assert cost is not None
    assert cost.median == pytest.approx(25)
    assert cost_per_test(results, 2, "wall", 20_000) is None


@pytest.mark.parametrize(
    ("output", "bad"),
    [
        ("OK (skipped=3, expected failures=5)", 0),
        ("FAILED (failures=3, errors=1, skipped=1305, expected failures=5, unexpected successes=2)", 6),
        ("FAILED (expected failures=5, errors=1)", 1),
        ("FAILED (failures=1)\nFAILED (failures=2)", 2),
    ],
)
def test_failures_are_counted(output: str, bad: int) -> None:
    """Expected ones are none; only the last summary counts."""
    assert count_bad(output) == bad


def test_import_times_are_read() -> None:
    """Own time and name; the head and other output are no imports."""
    output = (
        "import time: self [us] | cumulative | imported package\nhello\nimport time:       153 |        500 |   a.b\n"
    )

    assert parse_import_times(output) == [(153, "a.b")]


def test_the_ideal_of_the_balance() -> None:
    """60 seconds of sleep on two workers."""
    assert ideal(1.0) == 30.0
    assert ideal(0.1) == pytest.approx(3.0)


def test_targets_without_figures_are_not_measured() -> None:
    """Where greenroom is missing, nothing is claimed."""
    assert {target.verdict for target in (*targets({}), *trivial_targets({}))} == {"not measured"}


def test_targets_take_their_figures_from_the_results() -> None:
    """By the names of the contenders."""
    second = {SECOND: Series({0: {"wall_to_ideal": 1.05, "phase_to_ideal": 1.02}})}
    serial = {
        STOCK_SERIAL: Series({0: {"wall": 2.0, "phase": 1.0}}),
        GREENROOM_SERIAL: Series({0: {"wall": 1.9, "phase": 1.1}}),
    }

    assert [target.verdict for target in targets(second)] == ["met", "met"]
    assert [target.verdict for target in trivial_targets(serial)][:3] == ["met", "missed", "not measured"]


def test_the_catalog_is_complete() -> None:
    """What takes many minutes runs only when it is named."""
    assert {name for name, one in CATALOG.items() if not one.by_default} == {
        "django_suite",
        "kiwi",
        "pytest-databases",
        "pytest-table20k",
        "pytest-workers",
    }
    assert all(one.name == name and one.title and one.intro for name, one in CATALOG.items())
