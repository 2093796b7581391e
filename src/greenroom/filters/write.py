"""Writes an expression down, so that it can be read again."""

from __future__ import annotations

import re
from typing import assert_never

from greenroom.filters.terms import And, Everything, Expression, Matcher, Minus, Not, Nothing, Or, Predicate, Slow

_SIGNS = {"exact": "=", "contains": "~", "glob": "#"}
_EASY = re.compile(r"[\w.:*?\[\]/-]+")
_SLASH = re.compile(r"(\\.)|/", re.DOTALL)


def written(expression: Expression) -> str:
    """The text of an expression, with no more parentheses than it needs; `parse()` gives the same expression again."""
    return _written(expression)[0]


def _written(expression: Expression) -> tuple[str, int]:  # noqa: PLR0911 - one for each term
    """The text, and how strongly it holds together: 1 `|`, 2 `&` and `-`, 3 `!`, 4 a single term."""
    match expression:
        case Or():
            return f"{_in(expression.left, 1)} | {_in(expression.right, 2)}", 1
        case And():
            return f"{_in(expression.left, 2)} & {_in(expression.right, 3)}", 2
        case Minus():
            return f"{_in(expression.left, 2)} - {_in(expression.right, 3)}", 2
        case Not():
            return f"!{_in(expression.of, 3)}", 3
        case Everything():
            return "all()", 4
        case Nothing():
            return "none()", 4
        case Slow():
            return f"slow({expression.comparison}{expression.seconds:.9f}s)", 4
        case Predicate():
            return f"{expression.name}({', '.join(map(_matcher, expression.matchers))})", 4
        case _:
            assert_never(expression)


def _in(expression: Expression, least: int) -> str:
    text, strength = _written(expression)
    return text if strength >= least else f"({text})"


def _matcher(matcher: Matcher) -> str:
    if matcher.how == "regex":
        # A backslash and what it stands before belong together.
        return "/" + _SLASH.sub(lambda found: found[1] or "\\/", matcher.text) + "/"
    text = matcher.text
    if not _EASY.fullmatch(text):
        text = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{_SIGNS[matcher.how]}{text}"
