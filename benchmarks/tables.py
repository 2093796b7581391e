"""Reports as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.model import Report, Results, Table, Target
from benchmarks.stats import Summary, paired_ratio, summarize

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "—"
FAILED = "failed"
"""In place of a figure; why stands on the terminal, as it may tell of places on a disk."""


def figure(value: float) -> str:
    """A number with about three digits that count; counts as they are."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def cell(summary: Summary | None) -> str:
    """Median, then minimum and spread where there were several rounds."""
    if summary is None:
        return NOTHING
    if summary.count == 1:
        return figure(summary.median)
    return f"{figure(summary.median)} ({figure(summary.low)}, {figure(summary.spread)})"


def ratio_cell(summary: Summary | None) -> str:
    """A ratio, with the smallest and the largest of the rounds."""
    if summary is None:
        return NOTHING
    if summary.count == 1:
        return f"{summary.median:.2f}"
    return f"{summary.median:.2f} ({summary.low:.2f} to {summary.high:.2f})"


def comparison(
    results: Results,
    metrics: Sequence[tuple[str, str]],
    baseline: str,
    ratios: Sequence[tuple[str, str]],
    caption: str = "",
) -> Table:
    """One row for each contender: its metrics, and their ratio to the baseline's.

    Args:
        results: what was measured.
        metrics: (metric, header) pairs.
        baseline: name of the contender that the ratios are taken to.
        ratios: (metric, header) pairs.
        caption: what stands above the table.
    """
    rows = []
    for name, series in results.items():
        if series.failure:
            empty = [NOTHING] * (len(metrics) + len(ratios) - 1)
            rows.append((name, "0", FAILED, *empty))
            continue
        figures = [cell(summarize(list(series.metric(metric).values()))) for metric, _ in metrics]
        compared = [_compared(results, name, baseline, metric) for metric, _ in ratios]
        rows.append((name, str(len(series.samples)), *figures, *compared))
    headers = ("", "rounds", *(header for _, header in metrics), *(header for _, header in ratios))
    return Table(headers, tuple(rows), caption)


def ratio(results: Results, name: str, baseline: str, metric: str = "wall") -> Summary | None:
    """How many times a contender's figure is the baseline's; None when either is missing."""
    if name not in results or baseline not in results:
        return None
    return paired_ratio(results[name].metric(metric), results[baseline].metric(metric))


def median_of(results: Results, name: str, metric: str = "wall") -> Summary | None:
    """A contender's figure over its rounds; None when it is missing."""
    return summarize(list(results[name].metric(metric).values())) if name in results else None


def markdown_table(table: Table) -> str:
    """A table in Markdown, its first column left, the others right."""
    lines = [table.caption, ""] if table.caption else []
    lines.append(_line(table.headers))
    lines.append("|---|" + "---:|" * (len(table.headers) - 1))
    lines.extend(_line(row) for row in table.rows)
    return "\n".join(lines)


def target_table(targets: Sequence[Target]) -> Table:
    """The targets next to what was measured."""
    rows = tuple(
        (
            target.text,
            f"{'<' if target.strict else '≤'} {figure(target.limit)}{_unit(target)}",
            NOTHING if target.measured is None else ratio_cell(target.measured) + _unit(target),
            target.verdict,
        )
        for target in targets
    )
    return Table(("target", "limit", "measured", ""), rows)


def markdown(report: Report) -> str:
    """A whole report in Markdown."""
    parts = [markdown_table(table) for table in report.tables]
    if report.targets:
        parts.append(markdown_table(target_table(report.targets)))
    if report.notes:
        parts.append("\n".join(f"- {note}" for note in report.notes))
    return "\n\n".join(parts)


def _compared(results: Results, name: str, baseline: str, metric: str) -> str:
    """A ratio; the baseline itself is 1 and nothing else."""
    return "1" if name == baseline else ratio_cell(ratio(results, name, baseline, metric))


def _unit(target: Target) -> str:
    return f" {target.unit}" if target.unit else ""


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in cells) + " |"
