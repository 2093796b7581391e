"""Reports as Markdown."""

from __future__ import annotations

import pytest

from benchmarks.model import Report, Series, Table, Target
from benchmarks.stats import Summary
from benchmarks.tables import cell, comparison, figure, markdown, markdown_table, ratio_cell, target_table

RESULTS = {
    "stock": Series({0: {"wall": 2.0, "cpu": 1.5}, 1: {"wall": 4.0, "cpu": 1.5}, 2: {"wall": 3.0, "cpu": 1.5}}),
    "other": Series({0: {"wall": 1.0}, 1: {"wall": 2.0}}),
    "bad": Series(failure="exit code 1: /somewhere/on/a/disk"),
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01234, "0.012"),
        (1.234, "1.23"),
        (-1.5, "-1.50"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (20000, "20,000"),
    ],
)
def test_figures_have_about_three_digits(value: float, text: str) -> None:
    """More would pretend to a precision that nobody has."""
    assert figure(value) == text


def test_cells_show_minimum_and_spread_of_several_rounds() -> None:
    """With one round there are none."""
    assert cell(Summary(3.5, 2.5, 4.25, 3)) == "3.50 (2.50, 1.75)"
    assert cell(Summary(3.5, 3.5, 3.5, 1)) == "3.50"
    assert cell(None) == "—"


def test_ratio_cells_show_the_range() -> None:
    """With one round there is none."""
    assert ratio_cell(Summary(0.5, 0.4, 0.6, 3)) == "0.50 (0.40 to 0.60)"
    assert ratio_cell(Summary(0.5, 0.5, 0.5, 1)) == "0.50"
    assert ratio_cell(None) == "—"


def test_a_comparison_has_a_row_for_each_contender() -> None:
    """Figures, and ratios to the baseline, which is 1 itself."""
    table = comparison(RESULTS, (("wall", "wall, s"), ("cpu", "CPU, s")), "stock", (("wall", "ratio"),), "Of two:")

    assert markdown_table(table).splitlines() == [
        "Of two:",
        "",
        "|  | rounds | wall, s | CPU, s | ratio |",
        "|---|---:|---:|---:|---:|",
        "| stock | 3 | 3 (2, 2) | 1.50 (1.50, 0) | 1 |",
        "| other | 2 | 1.50 (1, 1) | — | 0.50 (0.50 to 0.50) |",
        "| bad | 0 | failed | — | — |",
    ]


def test_why_a_contender_failed_stays_off_the_page() -> None:
    """An output may tell of places on a disk; the reason is told beside, to the terminal."""
    report = Report((comparison(RESULTS, (("wall", "wall"),), "stock", ()),), results={"part": RESULTS})

    assert "disk" not in markdown(report)
    assert report.failures == ("part, bad: exit code 1: /somewhere/on/a/disk",)


def test_every_row_is_as_wide_as_the_head() -> None:
    """Also that of a contender that failed, with any number of columns."""
    for ratios in ((), (("wall", "a"), ("cpu", "b"))):
        table = comparison(RESULTS, (("wall", "wall"), ("cpu", "CPU")), "stock", ratios)

        assert {len(row) for row in table.rows} == {len(table.headers)}


def test_cells_can_not_break_the_table() -> None:
    """A pipe is escaped, a line break becomes a blank."""
    assert markdown_table(Table(("a|b", "c"), (("x\ny", "z"),))).splitlines()[::2] == ["| a\\|b | c |", "| x y | z |"]


@pytest.mark.parametrize(
    ("measured", "strict", "verdict"),
    [
        (0.9, False, "met"),
        (1.0, False, "met"),
        (1.0, True, "missed"),
        (1.1, False, "missed"),
        (None, False, "not measured"),
    ],
)
def test_a_target_is_judged_by_the_median(measured: float | None, strict: bool, verdict: str) -> None:
    """Equal is enough, except where it has to be below."""
    summary = None if measured is None else Summary(measured, 0.0, 9.0, 3)

    assert Target("a / b", 1.0, summary, strict=strict).verdict == verdict


def test_targets_stand_next_to_the_figures() -> None:
    """Limit, figure and verdict, with the unit."""
    table = target_table(
        [Target("cost", 50, Summary(60.0, 60.0, 60.0, 1), "µs", strict=True), Target("a / b", 1.0, None)]
    )

    assert table.rows == (("cost", "< 50 µs", "60.00 µs", "missed"), ("a / b", "≤ 1", "—", "not measured"))


def test_a_report_has_tables_then_targets_then_notes() -> None:
    """All parts with a blank line between."""
    report = Report((Table(("a",), ()),), (Target("t", 1.0, None),), ("one", "two"))

    assert [part.splitlines()[0] for part in markdown(report).split("\n\n")] == [
        "| a |",
        "| target | limit | measured |  |",
        "- one",
    ]
