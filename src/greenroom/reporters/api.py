"""The contract of a reporter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, TextIO

from greenroom.events import Event

QuickPass = Callable[[int], None]
"""Told how many tests passed, one after the other, with nothing to say: in place of their `TestFinished`.

A reporter that has such an attribute, named `quick_pass`, and not None, is called by it: nearly every test of a large run
passes, and making an event costs more than writing a dot.
"""

Pass = tuple[int, float, float, int]
"""A test that passed with nothing to say: its index, when it began, its seconds, its worker.

A listener with a list of such, named `passes`, finds them there in place of their `TestFinished`.
"""


def unneeded(count: int) -> None:
    """The `quick_pass` of who need not be told at all."""


def nothing_to_write() -> None:
    """The `flush` of who collects nothing."""


Need = Literal["logs", "output", "queries"]
"""What a `TestFinished` carries only where a reporter asks for it, as it costs the run something to gather."""


class Reporter(Protocol):
    """Tells of a run from its events.

    A reporter must give the same report from a recorded stream as from the live one: whatever it needs is in the events.

    Besides what stands here it may have these attributes; `BaseReporter` has them all:

    - `needs`, a set of `Need`: what the events of each test are to carry. Without it, none of that.
    - `terminal`: whether it writes what somebody at the terminal follows the run by. It takes the place of the dots, and
      is told of each event at once. All others are told in batches, between tests.
    - `prompt`: whether it keeps what it is told for another process to read, and is told of each event at once, too.
    - `quick_pass`, see `QuickPass`.
    - `failure`: why the run fails although its tests did not, in one line; read after `close()`. A budget may be spent.
    - `trouble`: why the report is not whole, in one line; read after `close()`. A disk may be full.
    - `patience`: the seconds that it may take over a batch or over its end before it counts as hanging, where it has to
      write much at once; five at least.
    """

    @property
    def wants(self) -> frozenset[type] | None:
        """The event classes it handles; None: all. An attribute will do."""

    def handle(self, event: Event) -> None:
        """Take one event. Called in the process and thread of the run, in order."""

    def flush(self) -> None:
        """Write what was collected: a batch of events is complete."""

    def close(self) -> None:
        """The run is over, after `RunFinished` or because of a fault."""


class BaseReporter:
    """A reporter that wants every event and does nothing with it; what a reporter of your own may be derived from."""

    wants: frozenset[type] | None = None
    needs: frozenset[Need] = frozenset()
    terminal: bool = False
    failure: str = ""
    trouble: str = ""
    patience: float = 0.0

    def handle(self, event: Event) -> None:
        """Take one event."""

    def flush(self) -> None:
        """Write what was collected."""

    def close(self) -> None:
        """The run is over."""


class Stream(Protocol):
    """What reporters write to."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...


TextStream = TextIO | Stream
