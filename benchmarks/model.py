"""The data of a benchmark: who runs what, what came of it, and what is told about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.stats import Summary

Sample = Mapping[str, float]
"""What one run of one contender gave: figures by metric, such as `wall`, `cpu` and `phase` in seconds."""


class BenchmarkError(Exception):
    """Something that keeps a benchmark from being run or told; its text says what, and what to do."""


class ContenderFailed(Exception):  # noqa: N818 - it names an outcome, which a report shows; it is not a fault here
    """A contender did not do the work, so that its time means nothing: it failed, or ran other tests than planned."""


@dataclass(frozen=True)
class Command:
    """A command line as a user would type it."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    timeout: float = 1800.0
    """Seconds after which it is killed."""


@dataclass(frozen=True)
class Contender:
    """One way to do the work of a benchmark.

    `measure` does it once and returns the figures, or raises `ContenderFailed`. It is called once a round.
    """

    name: str
    measure: Callable[[], Sample]
    rounds: int | None = None
    """At most so many rounds, for the slow ones; None: as many as the others."""


@dataclass(frozen=True)
class Series:
    """All rounds of one contender."""

    samples: Mapping[int, Sample] = field(default_factory=dict)
    """By round number, from 0."""
    failure: str = ""
    """Why it has no (further) samples."""

    def metric(self, name: str) -> dict[int, float]:
        """One figure by round number; rounds that did not give it are left out."""
        return {number: sample[name] for number, sample in self.samples.items() if name in sample}


Results = Mapping[str, Series]
"""By the contender's name, in the order of the contenders."""


@dataclass(frozen=True)
class Target:
    """A figure that the project wants to reach, next to the one that was measured. Missing it fails nothing."""

    text: str
    limit: float
    measured: Summary | None
    unit: str = ""
    strict: bool = False
    """Whether the figure has to be below the limit rather than at most equal to it."""

    @property
    def verdict(self) -> str:
        """`met` or `missed`, by the median; `not measured` without one."""
        if self.measured is None:
            return "not measured"
        value = self.measured.median
        return "met" if value < self.limit or (value == self.limit and not self.strict) else "missed"


@dataclass(frozen=True)
class Table:
    """A table as text, ready to be rendered: as many cells in each row as there are headers."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Report:
    """What a benchmark has to tell."""

    tables: tuple[Table, ...] = ()
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()
    results: Mapping[str, Results] = field(default_factory=dict)
    """The samples behind the tables, by part of the benchmark."""

    @property
    def failures(self) -> tuple[str, ...]:
        """The contenders that did not do their work, with the reason."""
        return tuple(
            f"{part}, {name}: {series.failure}"
            for part, results in self.results.items()
            for name, series in results.items()
            if series.failure
        )
