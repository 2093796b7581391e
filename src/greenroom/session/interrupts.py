"""What Ctrl-C means while tests run."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from greenroom.errors import ExitCode
from greenroom.execute.control import Control

_ONE = 1.0
"""Seconds. Under `--coverage` a signal to the process group comes twice: by itself, and passed on by the process above."""


class CtrlC:
    """Handles SIGINT for the time of the `with` block.

    The first one stops the run, the second one ends the process at once.

    Args:
        control: told to stop.
        inline: tests run in this very process, so that the running one must be broken off by KeyboardInterrupt.
        kill: what to do before the process ends at once.
    """

    def __init__(self, control: Control, *, inline: bool, kill: Callable[[], None]) -> None:
        self._control = control
        self._inline = inline
        self._kill = kill
        self._previous: Any = None
        self._installed = False
        self._first = 0.0

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._handle)
            self._installed = True
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        measured_and_told = _measured() and self._first > 0
        # Where one interrupt comes twice, the second may come while databases are removed already.
        if self._installed and self._previous is not None and not measured_and_told:
            signal.signal(signal.SIGINT, self._previous)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if self._control.reason == "interrupted":
            if _measured() and time.monotonic() - self._first < _ONE:
                return
            self._control.kill = True
            self._kill()
            os._exit(ExitCode.INTERRUPTED)
        self._first = time.monotonic()
        self._control.stop("interrupted")
        if self._inline:
            raise KeyboardInterrupt


def _measured() -> bool:
    """Whether this process is the one that `--coverage` measures; a process above passes its signals on."""
    from greenroom.measuring.plugin import FOLDER

    return FOLDER in os.environ
