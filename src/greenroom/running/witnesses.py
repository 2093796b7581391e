"""Those who know more about a failure than its traceback: a live server that raised, a browser with its console.

A witness is asked in the moment in which a test fails, before its `tearDown()`: the page is still there. What it says is
added to the exception as a note, so that every result class and reporter shows it with the traceback.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Witness = Callable[[Any], str]
"""Given the test, says what it knows of its failure; an empty text where that is nothing."""

_witnesses: list[Witness] = []


def add(witness: Witness) -> None:
    """Ask this one too from now on."""
    if witness not in _witnesses:
        _witnesses.append(witness)


def remove(witness: Witness) -> None:
    """Ask it no more."""
    if witness in _witnesses:
        _witnesses.remove(witness)


def testify(error: BaseException, test: Any) -> None:
    """Add to an exception what the witnesses know. Nothing that they raise gets out."""
    for witness in tuple(_witnesses):
        try:
            text = witness(test)
        except Exception as trouble:
            text = f"(greenroom could not find out more: {type(trouble).__name__}: {trouble})"
        if text and text not in getattr(error, "__notes__", ()):
            error.add_note(text)
