"""Regular expressions that can't hang a run.

Python's `re` tries one way after the other, and some patterns have exponentially many. Those that may are refused: nothing that
repeats within what repeats, no alternatives there, no back references, and few repeats in all.
"""

from __future__ import annotations

import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import warnings
from collections.abc import Iterator
from typing import Any

LONGEST = 200
"""Characters of a pattern."""
MOST_REPEATS = 3
"""How many of `*`, `+`, `{m,n}` a pattern may have: each multiplies the ways by the length of the name."""
MOST_CHOICES = 6
"""How many of `?` and `|` it may have beside: each multiplies the ways by the number of its branches."""
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_GROUPS_OF = (codes.GROUPREF, codes.GROUPREF_EXISTS)


def compile_safely(pattern: str) -> tuple[re.Pattern[str] | None, str]:
    """A pattern, compiled, and what is wrong with it: one of both is empty.

    Args:
        pattern: a regular expression of Python's.
    """
    if len(pattern) > LONGEST:
        return None, f"the regular expression is longer than {LONGEST} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = parser.parse(pattern)
            compiled = re.compile(pattern)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        return None, f"no regular expression: {error}"
    found = list(_parts(parsed, inside=False))
    trouble = next((part for part in found if part not in {"repeat", "choice"}), "")
    if not trouble and found.count("repeat") > MOST_REPEATS:
        trouble = f"more than {MOST_REPEATS} repeats (*, +, {{m,n}})"
    if not trouble and found.count("choice") > MOST_CHOICES:
        trouble = f"more than {MOST_CHOICES} of ? and |"
    if trouble:
        return None, f"this regular expression might take for ever: it has {trouble}"
    return compiled, ""


def _parts(parsed: Any, *, inside: bool) -> Iterator[str]:
    """`repeat` and `choice` for each one, and words for what may not be."""
    for code, argument in parsed:
        within = inside
        if code in _REPEATS:
            most = argument[1]
            within = inside or most > 1
            yield "repeat" if most > 1 else "choice"
            if inside:
                yield "a repeat within a repeat"
        elif code is codes.BRANCH:
            yield "choice"
            if inside:
                yield "alternatives within a repeat"
        elif code in _GROUPS_OF:
            yield "a back reference"
        for part in _children(argument):
            yield from _parts(part, inside=within)


def _children(argument: Any) -> Iterator[Any]:
    """The patterns within a part of a pattern."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from _children(part)
