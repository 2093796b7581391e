"""What Ctrl-C means while tests run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from greenroom.errors import ExitCode
from greenroom.execute import interrupts
from greenroom.execute.control import Control

_ONE = 1.0
"""Seconds. Under `--coverage` a signal to the process group comes twice: by itself, and passed on by the process above."""


class CtrlC(interrupts.CtrlC):
    """The first one stops the run, the second one ends the process at once.

    Args:
        control: told to stop.
        inline: tests run in this very process, so that the running one must be broken off by KeyboardInterrupt.
        kill: what to do before the process ends at once.
    """

    def __init__(self, control: Control, *, inline: bool, kill: Callable[[], None]) -> None:
        super().__init__(control)
        self._inline = inline
        self._kill = kill
        self._first = 0.0

    @property
    def stays(self) -> bool:
        """Where one interrupt comes twice, the second may come while databases are removed already."""
        return _measured() and self._first > 0

    def interrupt(self) -> None:
        """SIGINT has come, once more perhaps."""
        if self.control.reason == "interrupted":
            if _measured() and time.monotonic() - self._first < _ONE:
                return
            self.control.kill = True
            self._kill()
            os._exit(ExitCode.INTERRUPTED)
        self._first = time.monotonic()
        self.control.stop("interrupted")
        if self._inline:
            raise KeyboardInterrupt


def _measured() -> bool:
    """Whether this process is the one that `--coverage` measures; a process above passes its signals on."""
    from greenroom.measuring.plugin import FOLDER

    return FOLDER in os.environ
