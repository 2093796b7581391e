"""`browser:NAME`: the browser is installed."""

from __future__ import annotations


def probe(name: str) -> str | None:
    """Look for a browser."""
    from greenroom.browsers import available

    return available(name)
