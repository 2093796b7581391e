"""What is wanted of coverage, checked, in a form that can be handed to another process."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec

from greenroom.config.schema import Config
from greenroom.errors import ConfigError, MissingExtraError, did_you_mean

FORMATS = {"html": "--directory", "json": "-o", "lcov": "-o", "xml": "-o"}
"""The reports that coverage.py writes, and the option of its own that says where to."""


class Report(msgspec.Struct, frozen=True):
    """A report that is written to a file, or a folder."""

    format: str
    """A key of `FORMATS`."""
    path: str = ""
    """Where to; empty: where the configuration of coverage.py says."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be measured."""

    command: tuple[str, ...]
    """The whole command line of the process."""
    reports: tuple[Report, ...] = ()
    fail_under: float | None = None
    """The percentage that has to be covered; None: what the configuration of coverage.py says."""
    contexts: bool = False
    """Whether lines are kept apart by the tests that ran them."""
    table: bool = True
    """Whether the report for the terminal is printed."""


def wish_of(config: Config, command: Sequence[str], root: Path, *, table: bool) -> Wish:
    """What a run wants.

    Args:
        config: of the run.
        command: the whole command line of this process.
        root: of the project; paths of reports are from there.
        table: whether the report for the terminal is printed.

    Raises:
        MissingExtraError: there is no coverage.py.
        ConfigError: there is no such report.
    """
    reports = tuple(_report(spec, root) for spec in config.coverage_report)
    if find_spec("coverage") is None:
        raise MissingExtraError("--coverage needs coverage.py, which is not installed", "Install greenroom[coverage].")
    return Wish(
        command=tuple(command),
        reports=reports,
        fail_under=config.coverage_fail_under,
        contexts=config.coverage_contexts,
        table=table,
    )


def _report(spec: str, root: Path) -> Report:
    name, _, path = spec.partition(":")
    if name not in FORMATS:
        raise ConfigError(f"there is no coverage report {name!r}", did_you_mean(name, FORMATS))
    return Report(name, str(root / path) if path else "")
