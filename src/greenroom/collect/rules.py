"""What the overrides of the configuration say of a test: for each setting the first that means the test and says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from greenroom.config.overrides import SETTINGS, Override
from greenroom.filters import Subject, compiled, needs_seconds, parse


class Granted(msgspec.Struct, frozen=True):
    """What overrides say of one test; None, or nothing, where they are silent."""

    timeout: float | None = None
    retries: int | None = None
    retry_delay: float | None = None
    weight: int | None = None
    mutex: tuple[str, ...] = ()
    quarantine: str | None = None
    by: dict[str, Override] = {}
    """Which override says each of it."""

    @property
    def locks(self) -> tuple[str, ...]:
        """What the test holds while it runs, by the names that `greenroom.exclusive` gives them."""
        return tuple(f"exclusive:{name}" for name in self.mutex)


class Rules:
    """The overrides of a run.

    Args:
        overrides: in the order in which they count.
    """

    def __init__(self, overrides: Sequence[Override]) -> None:
        parsed = [(override, parse(override.filter)) for override in overrides]
        self.needs_seconds = any(needs_seconds(expression) for _, expression in parsed)
        """Whether any of them asks how long tests took."""
        self._rules = [(override, compiled(expression)) for override, expression in parsed]

    def of(self, subject: Subject) -> Granted | None:
        """What they say of a test; None where they say nothing."""
        values: dict[str, Any] = {}
        by: dict[str, Override] = {}
        for override, means in self._rules:
            if means(subject):
                for name in SETTINGS:
                    value = getattr(override, name)
                    if name not in values and value is not None and value != ():
                        values[name], by[name] = value, override
        return Granted(**values, by=by) if values else None
