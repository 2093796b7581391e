"""How many tests may fail before a run stops to try them again."""

from __future__ import annotations

import math

from greenroom.errors import ConfigError

FEWEST = 10
"""A percentage never means fewer tests than this: two flaky tests are no broken build, however small the suite."""


def budget_of(text: str, tests: int) -> int:
    """The number of tests that may fail.

    Args:
        text: a number of tests (`20`), or a percentage of them (`5%`).
        tests: how many there are.

    Raises:
        ConfigError: neither of both.
    """
    number, percent, rest = text.strip().partition("%")
    try:
        value = float(number) if percent else int(number)
    except ValueError:
        value = -1
    if rest or not math.isfinite(value) or value < 0 or (percent and value > 100):
        raise ConfigError(f"retry-budget must be a number of tests or a percentage such as 5%, not {text!r}")
    return max(FEWEST, math.ceil(tests * value / 100)) if percent else int(value)
