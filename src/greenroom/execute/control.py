"""What stops a run before its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

StopReason = Literal[
    "failfast",
    "interrupted",
    "system checks failed",
    "a test could not be ended",
    "a worker could not start",
    "a test of a faster kind failed",
]


class Control:
    """Asked by executors between tests: shall the run go on?

    The first reason given counts. Set from signal handlers too, so it does nothing but keep values.
    """

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.since = 0
        """The index of the first test that the reason kept from running."""
        self.kill = False
        """Ctrl-C came twice: no more waiting for tear-downs."""
        self.killers: list[Callable[[], None]] = []
        """Called before the process ends at once: nothing that it started may go on."""
        self.poll: Callable[[], None] | None = None
        """Called now and then while tests run: looks after what goes on beside them."""

    def stop(self, reason: StopReason, since: int = 0) -> None:
        """Let nothing more begin, and end what runs.

        Args:
            reason: why.
            since: the index of the first test that is not to run; those before it had their chance.
        """
        if self.reason is None:
            self.reason = reason
            self.since = since
