"""What a process that runs tests does for coverage, as a plugin of the run."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.config.schema import Config

if TYPE_CHECKING:
    from coverage import Coverage

FOLDER = "GREENROOM_MEASURED_IN"
"""The folder for what processes have to say of the run. Workers have it from their parent."""
BEGAN = "began"
"""The file there that says that a process was ready for tests."""

_SHARE = 30
"""Saving takes at most this part of the time: one second of thirty."""
_LEAST = 0.2
"""Seconds between two savings, at least."""


class _Here:
    """What is measured in this process."""

    coverage: Coverage | None = None
    contexts = False
    due = 0.0


def greenroom_worker_started() -> None:
    """Know what is measured in this process, which may be a fork of another one."""
    from coverage import Coverage

    from greenroom.running import place

    config: Config = place.place().config
    _Here.coverage = Coverage.current()
    _Here.contexts = config.coverage_contexts
    _Here.due = time.monotonic() + _LEAST
    (Path(os.environ[FOLDER]) / BEGAN).touch()


def greenroom_test_started(test: str) -> None:
    """Lines are the test's from here on."""
    if _Here.contexts and _Here.coverage is not None:
        _Here.coverage.switch_context(test)


def greenroom_test_finished() -> None:
    """Now and then write down what was measured: a worker that is killed takes with it what it has not written."""
    measuring = _Here.coverage
    if measuring is None:
        return
    if _Here.contexts:
        measuring.switch_context("")
    began = time.monotonic()
    if began >= _Here.due:
        measuring.save()
        ended = time.monotonic()
        _Here.due = ended + max(_LEAST, _SHARE * (ended - began))


def greenroom_worker_finished() -> None:
    """Write down what was measured before the parent may end this process."""
    if _Here.coverage is not None:
        _Here.coverage.save()
