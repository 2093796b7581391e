"""How many processors this process may use."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import Any

_QUOTA_V2 = Path("/sys/fs/cgroup/cpu.max")
_QUOTA_V1 = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
_PERIOD_V1 = Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def usable_cpus() -> int:
    """The number of processors: those of the affinity mask, less where a container's quota allows less; at least 1."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:
        count = os.cpu_count() or 1
    quota = _quota()
    return max(1, min(count, math.ceil(quota)) if quota else count)


def _quota() -> float | None:
    try:
        quota, period = _QUOTA_V2.read_text().split()[:2]
    except (OSError, ValueError):
        try:
            quota, period = _QUOTA_V1.read_text().strip(), _PERIOD_V1.read_text().strip()
        except OSError:
            return None
    try:
        share = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None  # "max": no quota
    return share if share > 0 else None


class ParallelAction(argparse._StoreAction):  # noqa: SLF001 - what `action="store"` makes
    """Django's `--parallel`, which also notes that no number was given.

    `manage.py test` turns "auto" into a number itself, before the runner sees it.
    """

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        super().__call__(parser, namespace, values, option_string)
        namespace.parallel_auto = values == "auto"


def auto_workers(proposed: int) -> int:
    """What `--parallel` without a number means.

    Args:
        proposed: what Django makes of it: `DJANGO_TEST_PROCESSES`, else all processors of the machine.

    Returns:
        The processors that this process may use, unless the variable says otherwise.
    """
    return proposed if "DJANGO_TEST_PROCESSES" in os.environ else usable_cpus()
