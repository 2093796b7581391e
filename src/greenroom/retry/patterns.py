"""Finding tests by labels and patterns."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def matching(patterns: Iterable[str], ids: Sequence[str]) -> dict[int, str]:
    """The indexes of the tests that patterns name, each with the first pattern that does.

    Args:
        patterns: the id of a test, or what it begins with up to a dot (a class, a module); `*`, `?` and `[…]` stand for
            any text, any character, any of these characters.
        ids: the ids of the tests, by index.
    """
    found: dict[int, str] = {}
    for pattern in patterns:
        match = re.compile(fnmatch.translate(pattern)).match
        within = re.compile(fnmatch.translate(f"{pattern}.*")).match
        for index, test in enumerate(ids):
            if index not in found and (match(test) or within(test)):
                found[index] = pattern
    return found
