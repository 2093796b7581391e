"""What Ctrl-C does while tests run: in the process that the command line started, whichever front door."""

from __future__ import annotations

import abc
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from greenroom.execute.control import Control


class CtrlC(abc.ABC):
    """Handles SIGINT for the time of the `with` block; what it does is `interrupt()`, which a subclass has.

    In another thread than the main one, where Python knows no signals, it does nothing.

    Args:
        control: told to stop.
    """

    def __init__(self, control: Control) -> None:
        self.control = control
        self._previous: Any = None
        self._installed = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._handle)
            self._installed = True
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if self._installed and self._previous is not None and not self.stays:
            signal.signal(signal.SIGINT, self._previous)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        self.interrupt()

    @property
    def stays(self) -> bool:
        """Whether it goes on behind the block."""
        return False

    @abc.abstractmethod
    def interrupt(self) -> None:
        """SIGINT has come, once more perhaps."""
