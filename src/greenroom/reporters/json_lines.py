"""`--report json[:PATH]`: every event of the run, one JSON object a line, as in a recording."""

from __future__ import annotations

import msgspec

from greenroom.events import Event
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import BaseReporter
from greenroom.reporters.output import Output


class JsonLines(BaseReporter):
    """Writes the events as they come.

    Args:
        context: without a path they go to standard output.

    Raises:
        GreenroomError: the file can't be opened.
    """

    def __init__(self, context: ReporterContext) -> None:
        self._output = Output(context.path, context.out)
        self._encode = msgspec.json.Encoder().encode

    def handle(self, event: Event) -> None:
        """Take one event."""
        self._output.write(f"{self._encode(event).decode()}\n")

    def flush(self) -> None:
        """Write what was taken."""
        self._output.flush()

    def close(self) -> None:
        """Close the file."""
        self._output.close()
