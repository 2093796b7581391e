"""Says of a test whether an expression means it."""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Sequence
from typing import Protocol, assert_never

from greenroom.errors import ConfigError
from greenroom.filters.regexes import compile_safely
from greenroom.filters.terms import And, Everything, Expression, Matcher, Minus, Not, Nothing, Or, Predicate, Slow

Test = Callable[["Subject"], bool]
_COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


class Subject(Protocol):
    """What an expression asks of a test. What is not asked for need not be found out."""

    @property
    def kinds(self) -> Sequence[str]:
        """Its kind, alone."""

    @property
    def apps(self) -> Sequence[str]:
        """The label and the dotted name of its app; outside of apps the name of its topmost package."""

    @property
    def tags(self) -> Sequence[str]:
        """Its tags."""

    @property
    def databases(self) -> Sequence[str]:
        """The aliases that it uses."""

    @property
    def names(self) -> Sequence[str]:
        """The name of its method or function, alone."""

    @property
    def tests(self) -> Sequence[str]:
        """Its whole id, and other names that it is known by."""

    @property
    def classes(self) -> Sequence[str]:
        """Its class, alone and with its module."""

    @property
    def files(self) -> Sequence[str]:
        """Its file, from the root of the project, with `/`."""

    @property
    def seconds(self) -> float | None:
        """How long it took; None where nobody knows."""


_ASKED: dict[str, Callable[[Subject], Sequence[str]]] = {
    "kind": lambda test: test.kinds,
    "app": lambda test: test.apps,
    "tag": lambda test: test.tags,
    "database": lambda test: test.databases,
    "name": lambda test: test.names,
    "test": lambda test: test.tests,
    "class": lambda test: test.classes,
    "file": lambda test: test.files,
}


def compiled(expression: Expression) -> Test:  # noqa: PLR0911 - one for each term
    """A function that says whether the expression means a test."""
    match expression:
        case Everything():
            return lambda _test: True
        case Nothing():
            return lambda _test: False
        case Not():
            inner = compiled(expression.of)
            return lambda test: not inner(test)
        case And():
            left, right = compiled(expression.left), compiled(expression.right)
            return lambda test: left(test) and right(test)
        case Minus():
            left, right = compiled(expression.left), compiled(expression.right)
            return lambda test: left(test) and not right(test)
        case Or():
            left, right = compiled(expression.left), compiled(expression.right)
            return lambda test: left(test) or right(test)
        case Slow():
            return _slow(expression)
        case Predicate():
            return _predicate(expression)
        case _:
            assert_never(expression)


def needs_seconds(expression: Expression) -> bool:
    """Whether it asks how long tests took."""
    match expression:
        case Slow():
            return True
        case Not():
            return needs_seconds(expression.of)
        case And() | Minus() | Or():
            return needs_seconds(expression.left) or needs_seconds(expression.right)
        case _:
            return False


def _slow(term: Slow) -> Test:
    compare, limit = _COMPARISONS[term.comparison], term.seconds

    def slow(test: Subject) -> bool:
        seconds = test.seconds
        return seconds is not None and bool(compare(seconds, limit))

    return slow


def _predicate(term: Predicate) -> Test:
    asked = _ASKED[term.name]
    if all(matcher.how == "exact" for matcher in term.matchers):
        # By far the most, and asked of each test of a large suite.
        wanted = frozenset(matcher.text for matcher in term.matchers)
        return lambda test: not wanted.isdisjoint(asked(test))
    fits = [_fits(matcher) for matcher in term.matchers]
    return lambda test: any(fit(name) for name in asked(test) for fit in fits)


def _fits(matcher: Matcher) -> Callable[[str], bool]:
    text = matcher.text
    match matcher.how:
        case "exact":
            return lambda name: name == text
        case "contains":
            return lambda name: text in name
        case "glob":
            whole = re.compile(fnmatch.translate(text)).match
            return lambda name: whole(name) is not None
        case "regex":
            pattern, trouble = compile_safely(text)
            if pattern is None:
                raise ConfigError(trouble)
            search = pattern.search
            return lambda name: search(name) is not None
        case _:
            assert_never(matcher.how)
