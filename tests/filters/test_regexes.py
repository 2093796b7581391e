"""Which regular expressions are taken: those that can't hang."""

from __future__ import annotations

import pytest

from greenroom.filters.regexes import compile_safely


@pytest.mark.parametrize(
    "pattern", ["^test_", "a.*b", "[a-z]+_[0-9]+$", "(?:foo|bar)_x", "(?i:shop)", "(?<!un)set", "a{2,3}b?", r"\d+\.\w+"]
)
def test_plain_ones_are_taken(pattern: str) -> None:
    """What people write."""
    compiled, trouble = compile_safely(pattern)
    assert compiled is not None
    assert trouble == ""


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a+)+", "a repeat within a repeat"),
        ("(a*b?)*", "a repeat within a repeat"),
        ("(?:(?:a{1,9})){2,9}", "a repeat within a repeat"),
        ("(?=a+)*", "a repeat within a repeat"),
        ("(a|aa)+", "alternatives within a repeat"),
        (r"(a*)\1", "a back reference"),
        (r"(?P<x>a)(?(x)b|c)", "a back reference"),
        (".*a.*a.*a.*b", "more than 3 repeats"),
        ("a?" * 20 + "a" * 20, "more than 6 of"),
        ("(a|b|cc)" * 8, "more than 6 of"),
        ("a" * 201, "longer than 200"),
        ("[", "no regular expression"),
        ("(", "no regular expression"),
        ("a" * 99 + "{99999999999999}", "no regular expression"),
        ("[[a]", "no regular expression"),
    ],
)
def test_those_that_may_take_for_ever_are_refused(pattern: str, why: str) -> None:
    """Each of the first would hang a run that has a test with a long name."""
    compiled, trouble = compile_safely(pattern)
    assert compiled is None
    assert why in trouble
    assert "\n" not in trouble


def test_the_dearest_that_is_taken_ends() -> None:
    """The most repeats that there may be, on a long name that does not fit."""
    compiled, _ = compile_safely("a*a*a*c")
    assert compiled is not None
    assert compiled.search("a" * 120 + "b") is None
