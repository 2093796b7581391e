"""Ctrl-C while tests run in workers."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprFileLocation, ReprTracebackNative

from greenroom.execute.control import Control


class CtrlC:
    """Handles SIGINT for the time of the `with` block: the first one ends the run, the second one does not wait for teardowns.

    Args:
        control: told to stop.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._previous: Any = None
        self._installed = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._handle)
            self._installed = True
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if self._installed and self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if self._control.reason is not None:
            self._control.kill = True
            for kill in self._control.killers:
                kill()
        self._control.stop("interrupted")


def where_raised(error: BaseException) -> dict[str, Any]:
    """What pytest says of an interrupt in the end, as data."""
    shown: Any = pytest.ExceptionInfo.from_exception(error).getrepr(funcargs=True)
    crash = shown.reprcrash
    return {"place": crash and [crash.path, crash.lineno, crash.message], "text": str(shown)}


def show_there(config: Any, told: dict[str, Any]) -> None:
    """Have the terminal say of an interrupt what it would say in the process that was interrupted.

    Args:
        config: pytest's, which has taken note of an interrupt in this process.
        told: what `where_raised` gave.
    """
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None and told["place"]:
        lines = [f"{line}\n" for line in told["text"].splitlines()]
        shown = (ReprTracebackNative(lines), ReprFileLocation(*told["place"]), None)
        reporter._keyboardinterrupt_memo = ExceptionChainRepr([shown])  # noqa: SLF001 - where its own hook keeps it
