"""Ctrl-C while tests run in workers."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprFileLocation, ReprTracebackNative

from greenroom.execute import interrupts


class CtrlC(interrupts.CtrlC):
    """The first one ends the run, the second one does not wait for teardowns."""

    def interrupt(self) -> None:
        """SIGINT has come, once more perhaps."""
        if self.control.reason is not None:
            self.control.kill = True
            for kill in self.control.killers:
                kill()
        self.control.stop("interrupted")


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
