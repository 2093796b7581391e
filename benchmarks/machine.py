"""The machine in general terms: enough to judge a figure by, nothing that names it."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def usable_cores() -> int:
    """How many cores this process may use, which is what counts in containers."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe(versions: Mapping[str, str]) -> str:
    """The class of the machine and the versions that matter, in one line.

    Args:
        versions: by lower-case name, as a toolbox has them.
    """
    cores = usable_cores()
    return ", ".join(
        [
            f"{cores} core{'s' if cores != 1 else ''}",
            f"{platform.system()} on {platform.machine()}",
            f"{versions['implementation']} {versions['python']}",
            f"Django {versions['django']}",
            f"SQLite {versions['sqlite']}",
            f"pytest {versions['pytest']}",
            f"pytest-django {versions['pytest-django']}",
            f"pytest-xdist {versions['pytest-xdist']}",
        ]
    )


def is_busy(average: float | None) -> bool:
    """Whether other work takes so much of the machine that two workers don't get two cores.

    Args:
        average: the load average before the start.
    """
    return average is not None and average > usable_cores() / 2


def load() -> float | None:
    """The load average of the last minute, where there is one: other work beside widens the spreads."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
