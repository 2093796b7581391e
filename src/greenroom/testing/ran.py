"""What one run of a front door came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from greenroom.testing.output import TerminalReport, parse_report
from greenroom.testing.process import shown

if TYPE_CHECKING:
    from greenroom.events import RunFinished
    from greenroom.model import Outcome
    from greenroom.testing.eventlog import EventLog


@dataclass(frozen=True)
class Ran:
    """A finished run of a front door in a subprocess."""

    command: tuple[str, ...]
    returncode: int
    """The exit code; of a process ended by a signal its number, negative."""
    stdout: str
    stderr: str
    seconds: float
    log: EventLog | None = field(repr=False, default=None)
    """The events that it wrote; None where it wrote none."""
    left_behind: tuple[int, ...] = ()
    """The processes that outlived it by more than a moment, by id."""

    @property
    def output(self) -> str:
        """Both outputs, one after the other."""
        return self.stdout + self.stderr

    @property
    def events(self) -> EventLog:
        """The events that it wrote.

        Raises:
            AssertionError: it wrote none.
        """
        assert self.log is not None, f"the run wrote no events\n{self}"
        return self.log

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of each test that ran, by id."""
        return self.events.outcomes

    @property
    def order(self) -> list[str]:
        """The ids of the tests in the order in which they began."""
        return self.events.order

    @property
    def summary(self) -> RunFinished:
        """The counts of the run, from its last event."""
        return self.events.end

    @cached_property
    def report(self) -> TerminalReport:
        """The report of unittest on stderr, taken apart."""
        return parse_report(self.stderr)

    def __str__(self) -> str:
        return (
            f"$ {' '.join(self.command)}\n(exit code {self.returncode}, {self.seconds:.2f} s)\n"
            f"--- stdout\n{shown(self.stdout)}\n--- stderr\n{shown(self.stderr)}\n--- end"
        )

    __repr__ = __str__
