"""What a test is called in Kiwi TCMS, and which of the cases that are there is its case.

Kiwi's own plugin calls a case by `str(test)` and, in a line of its own, the first line of its docstring, all cut at 255
characters. A case is therefore known by `str(test)` alone: a docstring that changes makes no new case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from greenroom.reporters.output import clean

LIMIT = 255
"""Characters that a summary can have."""
_DOCTESTS = (".__doc__", ".md", ".rst", ".txt")
"""What the ids of doctests end with: those in docstrings, and those in files of text."""


def name_from_id(test: str) -> str:
    """`str(test)` as it follows from the id of a test, as nearly always."""
    if test.endswith(_DOCTESTS):
        return f"{test.removesuffix('.__doc__')} (doctest)"
    return test if "::" in test else f"{test.rpartition('.')[2]} ({test})"


def key_of(name: str) -> str:
    """What a case is known by: a name that fits, always the same for the same test.

    A name that is too long ends with a hash of all of it, so that two that begin alike are two cases. The server takes
    spaces away at the end of what is sent, so none is sent.
    """
    name = " ".join(clean(name).split("\n")).strip()
    if len(name) <= LIMIT:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:10]
    return f"{name[: LIMIT - 13].rstrip()} [{digest}]"


def summary_of(key: str, doc: str) -> str:
    """The summary that a new case gets: as Kiwi's own plugin makes it."""
    doc = clean(doc).strip()
    return f"{key}\n{doc}"[:LIMIT].rstrip() if doc else key


def key_in(summary: str) -> str:
    """What a case that is there is known by."""
    return summary.replace("\r\n", "\n").partition("\n")[0].rstrip()


def best(cases: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Of cases with their summaries, the one for each key: the oldest."""
    found: dict[str, int] = {}
    for number, summary in sorted(cases):
        found.setdefault(key_in(summary), number)
    return found
