"""What was done to databases, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

Deed = Literal[
    "fingerprint",
    "restored",
    "migrated",
    "saved",
    "cloned",
    "dropped",
    "left to Django",
    "made anew",
    "server started",
    "server found",
]


class Step(msgspec.Struct):
    """One thing that was done."""

    alias: str
    deed: Deed
    seconds: float
    detail: str = ""


class Steps(msgspec.Struct):
    """All that was done in a run, in order."""

    steps: list[Step] = msgspec.field(default_factory=list)

    @contextmanager
    def timed(self, alias: str, deed: Deed, detail: str = "") -> Iterator[None]:
        """Take the time of a block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(alias, deed, time.perf_counter() - began, detail)

    def add(self, alias: str, deed: Deed, seconds: float, detail: str = "") -> None:
        """Something was done."""
        self.steps.append(Step(alias, deed, seconds, detail))
