"""What is kept of a browser when a test fails: taken in that moment, while the page is open."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from greenroom.browsers.api import Evidence, Session
from greenroom.running.attachments import attach

_MOST_LINES = 5
_MOST_LENGTH = 300
_MOST_TEXT = 5_000_000
"""Characters of a page's source that are kept."""


def capture(session: Session) -> str:
    """Keep what shows where a browser is, as attachments of the running test.

    Returns:
        The same in words, for a note on the failure.
    """
    name = session.launch.name
    try:
        where, found = session.evidence()
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0]
        return (
            f"greenroom: the browser {name} does not answer any more ({type(error).__name__}: {first[:_MOST_LENGTH]}). "
            "The next test gets a new one."
        )
    return put_down(where, found)


def put_down(where: str, found: Iterable[Evidence]) -> str:
    """Attach what was found; give the note."""
    lines = [f"greenroom: {where}"]
    for evidence in found:
        with contextlib.suppress(OSError):
            attach(evidence.name, _bounded(evidence))
        if evidence.name == "console.txt" and isinstance(evidence.content, str):
            lines += [f"  console: {line[:_MOST_LENGTH]}" for line in _errors(evidence.content)[-_MOST_LINES:]]
    return "\n".join(lines)


def _errors(console: str) -> list[str]:
    # That there is no icon is no news: browsers ask for it by themselves.
    errors = (line for line in console.splitlines() if line.startswith(("ERROR ", "SEVERE ")))
    return [line for line in errors if "/favicon.ico" not in line]


def _bounded(evidence: Evidence) -> str | bytes | Path:
    content = evidence.content
    if isinstance(content, str) and len(content) > _MOST_TEXT:
        return f"{content[:_MOST_TEXT]}\n(greenroom: {len(content) - _MOST_TEXT} more characters)"
    return content
