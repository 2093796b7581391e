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
        self._lines: list[bytes] = []
        self._encode = msgspec.json.Encoder().encode

    def handle(self, event: Event) -> None:
        """Take one event."""
        self._lines.append(self._encode(event))

    def flush(self) -> None:
        """Write what was taken."""
        if self._lines:
            self._lines.append(b"")
            self._output.write(b"\n".join(self._lines).decode())
            self._lines.clear()
        self._output.flush()

    def close(self) -> None:
        """Close the file."""
        self.flush()
        self._output.close()
