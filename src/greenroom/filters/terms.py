"""What an expression is made of, once it is understood."""

from __future__ import annotations

from typing import Literal

import msgspec

How = Literal["exact", "contains", "glob", "regex"]


class Matcher(msgspec.Struct, frozen=True):
    """What a name is compared with."""

    how: How
    text: str


class Predicate(msgspec.Struct, frozen=True, tag=True):
    """`tag(slow, nightly)`: one of these matchers fits one of the test's names of that sort."""

    name: str
    matchers: tuple[Matcher, ...]


class Slow(msgspec.Struct, frozen=True, tag=True):
    """`slow(>1s)`: how long the test took in earlier runs. One that never ran is neither slow nor quick."""

    comparison: Literal[">", ">=", "<", "<="]
    seconds: float


class Everything(msgspec.Struct, frozen=True, tag=True):
    """`all()`."""


class Nothing(msgspec.Struct, frozen=True, tag=True):
    """`none()`."""


class Not(msgspec.Struct, frozen=True, tag=True):
    """`!x`, `not x`."""

    of: Expression


class And(msgspec.Struct, frozen=True, tag=True):
    """`x & y`, `x and y`."""

    left: Expression
    right: Expression


class Minus(msgspec.Struct, frozen=True, tag=True):
    """`x - y`: what is `x`, and not `y`."""

    left: Expression
    right: Expression


class Or(msgspec.Struct, frozen=True, tag=True):
    """`x | y`, `x or y`."""

    left: Expression
    right: Expression


Expression = Predicate | Slow | Everything | Nothing | Not | And | Minus | Or

PREDICATES: dict[str, How] = {
    "kind": "exact",
    "app": "exact",
    "tag": "exact",
    "database": "exact",
    "name": "contains",
    "test": "contains",
    "class": "contains",
    "file": "contains",
}
"""Each predicate that takes names, and how a plain name is compared."""
OTHERS = ("slow", "all", "none")
"""The predicates that take none."""
