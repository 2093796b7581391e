"""What a run is asked to do, put together from the runner and the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from greenroom.config import Config


@dataclass(frozen=True)
class RunOptions:
    """The settings of one run."""

    config: Config
    root: Path
    """The root of the project; `.greenroom/` stands there."""
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
    quiet: bool = False
    """Somebody else's result class tells of the run."""
