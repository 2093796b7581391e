"""Reporters that are told of each event at once."""

from __future__ import annotations

from greenroom.events import Event, Note
from greenroom.reporters.api import BaseReporter
from greenroom.reporters.guard import Faults, Prompt


class Keeps(BaseReporter):
    """Keeps what it is told; raises on request."""

    prompt = True

    def __init__(self) -> None:
        self.kept: list[Event] = []

    def handle(self, event: Event) -> None:
        if isinstance(event, Note) and event.text == "raise":
            raise KeyError("asked for")
        self.kept.append(event)

    def close(self) -> None:
        self.trouble = "closed"


def test_it_is_told_at_once_and_read_at_the_end() -> None:
    """Nothing waits for a batch; what it has to say for itself is told."""
    told: list[str] = []
    inner = Keeps()
    prompt = Prompt("keeps", inner, Faults(told.append))
    prompt.handle(Note(0.0, "one"))
    assert inner.kept == [Note(0.0, "one")]
    prompt.close()
    assert told == ["closed"]


def test_one_that_raises_is_dropped_and_named() -> None:
    """The run goes on, and it is told of nothing any more."""
    told: list[str] = []
    inner = Keeps()
    prompt = Prompt("keeps", inner, Faults(told.append))
    for text in ("raise", "two"):
        prompt.handle(Note(0.0, text))
    prompt.flush()
    prompt.close()
    assert inner.kept == []
    assert len(told) == 1
    assert "the report keeps is incomplete: its reporter raised KeyError" in told[0]
