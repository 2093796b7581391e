"""Where tests run: the project, its configuration, and the number of this worker."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from greenroom.config.schema import Config
from greenroom.limits import grant


class Place(msgspec.Struct, frozen=True):
    """What every process of a run has in common."""

    root: Path
    """The root of the project."""
    config: Config
    run: str = ""
    """What tells this run from others, in a form that a folder can be called by; empty outside of a run."""

    limits: Mapping[str, float] = {}
    """The seconds that the configuration grants tests, by id, where it says something of them in particular."""

    @property
    def folder(self) -> Path:
        """Where greenroom keeps what it remembers of this project."""
        return self.root / self.config.directory


class _Here:
    place: Place | None = None
    slot: int = 0


def enter(place: Place, slot: int = 0) -> None:
    """This process runs tests from now on.

    Args:
        place: the project and its configuration.
        slot: the number of the worker from 1; 0 where tests run in the parent itself.
    """
    _Here.place, _Here.slot = place, slot
    grant(place.limits)
    if slot:
        # Programs that tests start can ask as well.
        os.environ["GREENROOM_WORKER"] = str(slot)


def leave() -> None:
    """The run is over."""
    _Here.place, _Here.slot = None, 0
    grant({})


def place() -> Place:
    """Where this process is; outside of a run, the working folder with no configuration."""
    return _Here.place or Place(Path.cwd(), Config())


def slot() -> int:
    """The number of this worker, from 1; 0 in a serial run and outside of runs.

    A worker that replaces one that died has its number. No two workers of a run have the same at a time.
    """
    return _Here.slot
