"""How many processors this process may use."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

from greenroom.errors import ConfigError

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


def auto_workers() -> int:
    """What `--parallel` without a number means: `DJANGO_TEST_PROCESSES`, else the processors that may be used.

    Raises:
        ConfigError: the variable is no number.
    """
    wanted = os.environ.get("DJANGO_TEST_PROCESSES")
    if wanted is None:
        return usable_cpus()
    try:
        return int(wanted)
    except ValueError:
        raise ConfigError(
            f"the environment variable DJANGO_TEST_PROCESSES is {wanted!r}, which is no number", "Give e.g. 4."
        ) from None


def parallel_number(value: str) -> int:
    """The value of `--parallel`: a number, or `auto`.

    Raises:
        ArgumentTypeError: it is neither, or `DJANGO_TEST_PROCESSES` is no number.
    """
    if value == "auto":
        try:
            return auto_workers()
        except ConfigError as error:
            raise argparse.ArgumentTypeError(error.message) from None
    try:
        return int(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is not an integer or the string 'auto'") from None
