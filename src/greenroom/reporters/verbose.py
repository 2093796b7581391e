"""A line for each test, as from verbosity 2 up, whatever the verbosity of the run."""

from __future__ import annotations

import msgspec

from greenroom.events import Event, RunStarted
from greenroom.reporters.dots import Dots


class Verbose(Dots):
    """Writes the classic report with a line for each test, when the test has ended."""

    wants = Dots.wants

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            event = msgspec.structs.replace(event, verbosity=max(2, event.verbosity))
        super().handle(event)
        # At lower verbosities the beginning of a test does not say all that its line needs.
        self._lines.parallel = True
        self._parallel = True
