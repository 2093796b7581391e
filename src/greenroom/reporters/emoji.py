"""`--report emoji`: the classic report with a picture for each test."""

from __future__ import annotations

from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import Reporter
from greenroom.reporters.choice import dots, streams
from greenroom.reporters.dots import FLAKY, QUARANTINED, TRIED_AGAIN, Dots

PICTURES = {
    ".": "✅",
    "F": "❌",
    "E": "💥",
    "s": "💤",
    "x": "🙈",
    "u": "😮",
    TRIED_AGAIN: "🔁",
    FLAKY: "🎲",
    QUARANTINED: "🚧",
}
"""What stands for which letter of the classic report."""
_TABLE = str.maketrans(PICTURES)


class Emoji(Dots):
    """Writes pictures where `Dots` writes letters."""

    wants = Dots.wants

    def _mark(self, letters: str) -> None:
        self._write(letters.translate(_TABLE))


def emoji(context: ReporterContext) -> Reporter:
    """Make the reporter; letters it is where the terminal's encoding has no pictures."""
    err, out = streams(context)
    try:
        "".join(PICTURES.values()).encode(getattr(err, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return dots(context)
    return Emoji(err, out, notes=context.replay or context.path is not None)
