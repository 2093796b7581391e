"""The options of doctests, such as ELLIPSIS."""

from __future__ import annotations

import doctest
import sys
from collections.abc import Iterable

from greenroom.errors import ConfigError, did_you_mean


def flags_of(names: Iterable[str]) -> int:
    """The number that stands for these options.

    Args:
        names: those of `doctest`, and what somebody registered with `doctest.register_optionflag()`.

    Raises:
        ConfigError: there is no option of that name.
    """
    known: dict[str, int] = doctest.OPTIONFLAGS_BY_NAME
    flags = 0
    for name in names:
        if name not in known:
            raise ConfigError(f"doctest-options: there is no option {name!r}", did_you_mean(name.upper(), known))
        flags |= known[name]
    return flags


def refuse_without_docstrings() -> None:
    """Doctests that can't be seen must not count as passed.

    Raises:
        ConfigError: Python runs without docstrings.
    """
    if sys.flags.optimize >= 2:
        raise ConfigError(
            "doctests can't run under `python -OO`, which leaves docstrings out",
            "Run without -OO, or without --doctest.",
        )
