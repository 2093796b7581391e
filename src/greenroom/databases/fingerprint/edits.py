"""Whether modules are still what this process imported."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

from greenroom.databases.fingerprint.files import SeenFile, Signature, signature_of

_TICK = 0.02
"""Seconds. No process can start and import a module of a project in less."""


def _process_start() -> float:
    """When this process started, in seconds since the epoch; where that is not told, now."""
    now = time.time()
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        started = ticks / os.sysconf("SC_CLK_TCK")
        # The one clock's reading less the other's, which comes after it: a process that has to wait in between gives too
        # little, so the largest is nearest, and never too much.
        offset = max(time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) for _ in range(5))
        return offset + started + _TICK
    except (OSError, ValueError, IndexError, AttributeError):
        return now


_STARTED = _process_start()
_noted: dict[str, tuple[Signature, str]] = {}
"""Files whose modules were not imported yet when they were looked at, as they were then."""


def edited(modules: Mapping[str, str], files: Mapping[str, SeenFile]) -> list[str]:
    """The imported modules whose file may be another one than was imported.

    Args:
        modules: files by the name of their module.
        files: what is known of them.
    """
    found = []
    for name, file in modules.items():
        seen = files.get(file)
        if seen is None:
            continue
        signature = seen.signature or signature_of(file) or (0, 0, 0)
        if name not in sys.modules:
            _noted[file] = (signature, seen.digest)
        elif max(signature[1:3]) > _STARTED * 1e9 and _noted.get(file) != (signature, seen.digest):
            found.append(name)
    return found
