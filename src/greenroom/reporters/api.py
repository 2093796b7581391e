"""The contract of a reporter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TextIO

from greenroom.events import Event

QuickPass = Callable[[int], None]
"""Told how many tests passed, one after the other, with nothing to say: in place of their `TestFinished`.

A reporter that has such an attribute, named `quick_pass`, and not None, is called by it: nearly every test of a large run
passes, and making an event costs more than writing a dot.
"""


def unneeded(count: int) -> None:
    """The `quick_pass` of who need not be told at all."""


class Reporter(Protocol):
    """Tells of a run from its events.

    A reporter must give the same report from a recorded stream as from the live one: whatever it needs is in the events.
    """

    wants: frozenset[type] | None
    """The event classes it handles; None: all."""

    def handle(self, event: Event) -> None:
        """Take one event. Called in the process and thread of the run, in order."""

    def flush(self) -> None:
        """Write what was collected: a batch of events is complete."""

    def close(self) -> None:
        """The run is over, after `RunFinished` or because of a fault."""


class Stream(Protocol):
    """What reporters write to."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...


TextStream = TextIO | Stream
