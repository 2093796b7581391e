"""What is printed: a table, then whatever differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.judge import Judged, totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parity.compare import Difference, Outcomes

HEAD = ("suite", "mode", "stock", "greenroom", "equal", "different", "unstable", "stock s", "greenroom s")
TEXT_LINES = 20
LISTED = 20
"""How many differences of one run are shown in full."""


def table(judged: Iterable[Judged]) -> str:
    """One line for each suite and mode."""
    rows = [HEAD, *map(_row, judged)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(_cell(value, width, place) for place, (value, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, "(*: stock's results were known from an earlier run; `--fresh` runs it again)"])


def details(judged: Judged) -> str:
    """All that is to be said of one suite and mode beyond its line in the table; empty where that is nothing."""
    lines = []
    where = f"{judged.suite}, {judged.mode}"
    lines += [f"FAULT in {where}: {fault}" for fault in judged.faults]
    for who, run in (("stock", judged.stock), ("greenroom", judged.other)):
        if any(fault.startswith(who) for fault in judged.faults):
            lines.append(f"the end of what {who} printed ({run.log}):\n{_indent(run.tail())}")
    for title, found in (("DIFFERENT", judged.different), ("UNSTABLE", judged.unstable)):
        for one in found[:LISTED]:
            lines.append(f"{title} in {where}: {_difference(one)}")
        if len(found) > LISTED:
            lines.append(f"… and {len(found) - LISTED} more {title} in {where}:")
            lines += [f"    {one.id}: {_words(one.stock)} → {_words(one.other)}" for one in found[LISTED:]]
    return "\n".join(lines)


def summary(judged: Sequence[Judged]) -> str:
    """The last line."""
    passed, failed = totals(judged)
    return f"{passed} passed, {failed} failed"


def _row(judged: Judged) -> tuple[str, ...]:
    stock, other = judged.stock, judged.other
    return (
        judged.suite,
        judged.mode if judged.mode == judged.stock_mode else f"{judged.mode} (stock: {judged.stock_mode})",
        str(stock.recording.tests),
        str(other.recording.tests),
        str(judged.passed),
        str(judged.failed),
        str(len(judged.unstable)),
        f"{stock.seconds:.1f}{'*' if stock.cached else ''}",
        f"{other.seconds:.1f}",
    )


def _cell(value: str, width: int, place: int) -> str:
    return value.ljust(width) if place < 2 else value.rjust(width)


def _difference(one: Difference) -> str:
    lines = [one.id, f"    stock: {_words(one.stock)}"]
    if one.stock_text:
        lines.append(_indent(_end(one.stock_text)))
    lines.append(f"    greenroom: {_words(one.other)}")
    if one.other_text:
        lines.append(_indent(_end(one.other_text)))
    return "\n".join(lines)


def _words(outcomes: Outcomes) -> str:
    return ", ".join(outcomes) or "no such test"


def _end(text: str) -> str:
    return "\n".join(text.rstrip().splitlines()[-TEXT_LINES:])


def _indent(text: str) -> str:
    return "\n".join(f"        {line}" for line in text.splitlines())
