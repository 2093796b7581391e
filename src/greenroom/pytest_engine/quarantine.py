"""What a test of pytest's says of its own failures; see `greenroom.quarantine`."""

from __future__ import annotations

from typing import Any

MARK = "quarantine"
LINE = "quarantine(reason): a test whose failure does not fail the run."
"""How the mark is registered. A project that has registered one of that name as its own has it for itself."""


def said_reason(item: Any) -> str | None:
    """Why a test is in quarantine by its mark or by `@greenroom.quarantine`; None where it is not.

    Args:
        item: of pytest's.
    """
    mark = item.get_closest_marker(MARK)
    if mark is not None and LINE in item.config.getini("markers"):
        return str(next(iter([*mark.args, *mark.kwargs.values()]), "it is marked"))
    for holder in (getattr(item, "obj", None), getattr(item, "cls", None)):
        reason: str | None = getattr(holder, "greenroom_quarantine", None)
        if reason is not None:
            return reason
    return None
