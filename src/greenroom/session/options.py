"""What a run is asked to do, put together from the runner and the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from greenroom.config import Config

if TYPE_CHECKING:
    from greenroom.config.overrides import Override


class RunOptions(msgspec.Struct, frozen=True):
    """The settings of one run."""

    config: Config
    root: Path
    """The root of the project; `.greenroom/` stands there."""
    overrides: tuple[Override, ...] = ()
    """What the configuration says of some tests."""
    verbosity: int = 1
    failfast: bool = False
    buffer: bool = False
    debug_sql: bool = False
    debug_mode: bool = False
    pdb: bool = False
    durations: int | None = None
    seed: int | None = None
    keep_order: bool = False
    """Whether the order that was asked for must not be changed: `--shuffle`, `--reverse`."""
    no_attempts: str = ""
    """Why a failed test is never tried again and none is in quarantine, whatever the configuration says."""
    quiet: bool = False
    """Somebody else's result class tells of the run."""


def no_attempts(*, told: bool, debugger: bool) -> str:
    """Why there are neither retries nor quarantine in a run; empty where there may be.

    Args:
        told: whether a result class or test runner of the project's own tells of it.
        debugger: whether a debugger is opened where a test fails.
    """
    if told:
        return "the project's own result class or test runner is told of each failure at once"
    return "the debugger opens at each failure" if debugger else ""


def no_tests(labels: Sequence[object], config: Config) -> str:
    """What is said of a run that found no test.

    Args:
        labels: what it was asked for; none: everything.
        config: of the run.
    """
    asked = f" for {', '.join(map(str, labels))}" if labels else ""
    if config.kind:
        asked += f" of the kind {' or '.join(config.kind)}"
    if config.filter:
        asked += f" that {' or '.join(config.filter)} means"
    return f"no tests were found{asked}\nGive --no-tests=pass where a run without tests is fine."
