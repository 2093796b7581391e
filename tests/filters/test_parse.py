"""How expressions are read, and what is said of those that can't be."""

from __future__ import annotations

import pytest

from greenroom.errors import ConfigError, ExitCode
from greenroom.filters import parse, written
from greenroom.filters.terms import Slow


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("kind(browser) & app(shop) - tag(quick)", "(kind(browser) & app(shop)) - tag(quick)"),
        ("tag(a) - tag(b) & tag(c)", "(tag(a) - tag(b)) & tag(c)"),
        ("tag(a) | tag(b) & tag(c)", "tag(a) | (tag(b) & tag(c))"),
        ("tag(a) & tag(b) | tag(c)", "(tag(a) & tag(b)) | tag(c)"),
        ("!tag(a) & tag(b)", "(!tag(a)) & tag(b)"),
        ("!(tag(a) & tag(b))", "not (tag(a) and tag(b))"),
        ("not tag(a) or tag(b)", "(!tag(a)) | tag(b)"),
        ("tag(a)or tag(b)and not tag(c)", "tag(a) | tag(b) & !tag(c)"),
        ("tag(a) || tag(b) && tag(c)", "tag(a) | tag(b) & tag(c)"),
        ("tag(a)\n| tag(b)", "tag(a)|tag(b)"),
        ("tag(a, b)", "tag( a ,b )"),
        ("tag(a)", "tag(=a)"),
        ("tag(a*)", "tag(#a*)"),
        ("tag('a*')", "tag(=a*)"),
        ("name(add)", "name(~add)"),
        ("test(*Case*)", "test(#*Case*)"),
        ("app('two words')", 'app(="two words")'),
        ("slow()", "slow(>1s)"),
        ("slow(500ms)", "slow(>0.5)"),
        ("slow(<= 2m)", "slow(<=120s)"),
    ],
)
def test_two_ways_to_say_the_same(text: str, same: str) -> None:
    """Words and signs, precedence and parentheses, what is assumed and what is said."""
    assert parse(text) == parse(same)


def test_differences_are_differences() -> None:
    """Parentheses change what is meant."""
    assert parse("tag(a) - (tag(b) & tag(c))") != parse("tag(a) - tag(b) & tag(c)")
    assert parse("slow(>1m)") == Slow(">", 60.0)
    assert written(parse("name(/a\\/b/)")) == "name(/a\\/b/)"


@pytest.mark.parametrize(
    ("text", "column", "what", "hint"),
    [
        ("knd(unit)", 1, "there is no predicate 'knd'", "Did you mean kind?"),
        ("kind(unit) & tga(x)", 14, "there is no predicate 'tga'", "Did you mean tag?"),
        ("kind(brwser)", 6, "there is no kind of tests 'brwser'", "Did you mean browser?"),
        ("kind(unit", 5, "this ( is not closed", ""),
        ("(all()", 1, "this ( is not closed", ""),
        ("all())", 6, "')' is not expected here", "A ) has no ( before it."),
        ("all() all()", 7, "'all' is not expected here: an operator, or the end, is", "Known: &, and"),
        ("all() &", 8, "the end is not expected here: a predicate is", "Known: kind(unit)"),
        ("unit", 1, "there is no predicate 'unit'", "Known: all, app"),
        ("kind", 5, "a ( is missing behind kind", "Known: kind(unit)"),
        ("tag()", 1, "tag() takes a name", "Known: kind(unit)"),
        ("tag(a b)", 7, "'b' is not expected here: ) is", "Put quotes around"),
        ("tag(a | b)", 7, "'|' is not expected here: ) is", "Put quotes around"),
        ("tag('a)", 5, '"\'" is not expected here', "A quote is not closed."),
        ("tag(a,)", 7, "')' is not expected here: what tag() is to match is", "Known: "),
        ("slow(soon)", 6, "'soon' is no duration", "Write slow(>1s)"),
        ("all(x)", 5, "'x' is not expected here: ) is", ""),
        ("name(/[/)", 6, "no regular expression: unterminated character set", ""),
        ("name(/(a+)+$/)", 6, "this regular expression might take for ever: it has a repeat within a repeat", ""),
    ],
)
def test_the_place_and_the_nearest_name(text: str, column: int, what: str, hint: str) -> None:
    """With a caret under the place."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "Option -E")
    assert caught.value.message.startswith(f"Option -E: column {column} of the filter: {what}")
    shown, caret, *rest = caught.value.hint.split("\n")
    assert shown == f"  {text}"
    assert caret == f"  {' ' * (column - 1)}^"
    assert hint in "\n".join(rest)
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_place_in_several_lines() -> None:
    """Expressions in the file may have several; a tab takes one place."""
    with pytest.raises(ConfigError) as caught:
        parse("tag(a)\n\t| tga(b)\n| tag(c)", "pyproject.toml:3")
    assert str(caught.value) == (
        "pyproject.toml:3: line 2, column 4 of the filter: there is no predicate 'tga'\n"
        "   | tga(b)\n"
        "     ^\n"
        "Did you mean tag?"
    )


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_expression_is_none(text: str) -> None:
    """It could mean all or nothing."""
    with pytest.raises(ConfigError, match="the filter is empty"):
        parse(text)
