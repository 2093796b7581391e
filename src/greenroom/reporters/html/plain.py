"""The failures as text, for readers without scripts and for paper."""

from __future__ import annotations

from collections.abc import Sequence

from greenroom.reporters.html.details import cut
from greenroom.reporters.html.rows import CODES, VERDICTS, Row
from greenroom.reporters.html.spool import Spool

MOST = 100
TEXT = 20_000
_TOLD = [CODES[name] for name in ("failed", "error", "unexpected_success", "interrupted", "quarantined")]


def plain_failures(rows: Sequence[Row], spool: Spool) -> tuple[list[dict[str, object]], int]:
    """The first failures with their texts, and how many more there are."""
    bad = [row for row in rows if row.code in _TOLD]
    return [_plain(row, spool) for row in bad[:MOST]], max(0, len(bad) - MOST)


def _plain(row: Row, spool: Spool) -> dict[str, object]:
    found = spool.read(row.detail, row.length) if row.detail >= 0 else {}
    problems = [(each.get("subtest", ""), cut(each.get("text", ""), TEXT)) for each in found.get("problems", ())]
    verdict = VERDICTS[row.code]
    return {
        "test": row.test,
        "verdict": verdict,
        "words": verdict.replace("_", " "),
        "problems": problems or [("", row.said)],
    }
