"""What holds for any expression: it can be written and read again, and means what a plain model of it means."""

from __future__ import annotations

import fnmatch
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.errors import ConfigError
from greenroom.filters import Expression, Subject, compiled, needs_seconds, parse, written
from greenroom.filters.terms import (
    PREDICATES,
    And,
    Everything,
    Matcher,
    Minus,
    Not,
    Nothing,
    Or,
    Predicate,
    Slow,
)
from greenroom.model import KINDS

NAMES = [
    "shop",
    "shop.tests.Case.test_a",
    "a b",
    'a"b',
    "a\\b",
    "(x)",
    "a,b",
    "slow",
    "",
    "[x]",
    "/x/",
    "=x",
    "é",
    "x*",
]
"""Names that tests have, and that expressions look for."""
FIELDS = {
    "kind": "kinds",
    "app": "apps",
    "tag": "tags",
    "database": "databases",
    "name": "names",
    "test": "tests",
    "class": "classes",
    "file": "files",
}

texts = st.sampled_from(NAMES) | st.text(max_size=6)
matchers = st.builds(Matcher, st.sampled_from(["exact", "contains", "glob"]), texts) | st.builds(
    Matcher, st.just("regex"), st.sampled_from(["^shop", "t.st", "a|b", "x/y", r"\.", r"\\", "[/]", r"a\Z"])
)
predicates = st.builds(
    Predicate,
    st.sampled_from(sorted(set(PREDICATES) - {"kind"})),
    st.lists(matchers, min_size=1, max_size=3).map(tuple),
) | st.builds(
    Predicate,
    st.just("kind"),
    st.lists(st.builds(Matcher, st.just("exact"), st.sampled_from(KINDS)), min_size=1, max_size=2).map(tuple),
)
slow = st.builds(Slow, st.sampled_from([">", ">=", "<", "<="]), st.sampled_from([0.0, 0.001, 0.5, 1.0, 90.0]))
expressions: st.SearchStrategy[Expression] = st.recursive(
    predicates | slow | st.just(Everything()) | st.just(Nothing()),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, inner, inner)
        | st.builds(Or, inner, inner)
        | st.builds(Minus, inner, inner)
    ),
    max_leaves=12,
)
subjects = st.fixed_dictionaries(
    {
        **{field: st.lists(texts, max_size=2) for field in FIELDS.values()},
        "kinds": st.sampled_from(KINDS).map(lambda kind: [kind]),
        "seconds": st.none() | st.sampled_from([0.0, 0.001, 0.4, 0.5, 1.0, 2.0]),
    }
).map(lambda fields: SimpleNamespace(**fields))


def model(expression: Expression, subject: Any) -> bool:  # noqa: PLR0911 - one for each term
    """What an expression means, in the words of its documentation."""
    match expression:
        case Everything():
            return True
        case Nothing():
            return False
        case Not():
            return not model(expression.of, subject)
        case And():
            return all([model(expression.left, subject), model(expression.right, subject)])
        case Minus():
            return {model(expression.left, subject)} - {model(expression.right, subject)} == {True}
        case Or():
            return any([model(expression.left, subject), model(expression.right, subject)])
        case Slow():
            limit = expression.seconds
            if subject.seconds is None:
                return False
            equal, more = subject.seconds == limit, subject.seconds > limit
            return bool(
                {">": more, ">=": more or equal, "<": not (more or equal), "<=": not more}[expression.comparison]
            )
        case Predicate():
            names = getattr(subject, FIELDS[expression.name])
            return any(fits(matcher, name) for matcher in expression.matchers for name in names)


def fits(matcher: Matcher, name: str) -> bool:
    """Whether a name fits."""
    return {
        "exact": lambda: name == matcher.text,
        "contains": lambda: name.find(matcher.text) >= 0,
        "glob": lambda: fnmatch.fnmatchcase(name, matcher.text),
        "regex": lambda: bool(re.search(matcher.text, name)),
    }[matcher.how]()


@given(expressions)
def test_what_is_written_reads_the_same(expression: Expression) -> None:
    """With no more parentheses than are needed, and no fewer."""
    text = written(expression)
    assert parse(text) == expression
    assert written(parse(text)) == text


@given(expressions, subjects)
def test_an_expression_means_what_it_says(expression: Expression, subject: Any) -> None:
    """Compiled or looked at term by term."""
    assert compiled(expression)(cast("Subject", subject)) == model(expression, subject)


@given(expressions)
def test_whether_durations_are_needed(expression: Expression) -> None:
    """History is only opened for those that ask for it."""
    assert needs_seconds(expression) == ("Slow(" in repr(expression))


@given(st.text(max_size=30) | st.text(alphabet="()|&-!, '\"/=~#*kindslowtag1s", max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    """Never a traceback, whatever somebody types."""
    message = "-E: "
    try:
        expression = parse(text, "-E")
    except ConfigError as error:
        message = error.message
    else:
        assert parse(written(expression)) == expression
    assert message.startswith("-E: ")
    assert "\n" not in message


@pytest.mark.parametrize("text", ["(" * 5000, "!" * 3000 + "all()", "not " * 900 + "all()", "all()|" * 600 + "all()"])
def test_no_depth_is_too_much_for_the_parser(text: str) -> None:
    """It says so before Python does."""
    with pytest.raises(ConfigError, match=r"more than|longer than"):
        parse(text)


def test_long_chains_are_fine() -> None:
    """A list of names, generated by a tool."""
    expression = parse(" | ".join(f"tag(t{n})" for n in range(250)))
    subject = cast("Subject", SimpleNamespace(tags=["t249"]))
    assert compiled(expression)(subject)
    assert parse(written(expression)) == expression
