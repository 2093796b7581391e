"""The tests at a line."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.select import lines as by_line
from greenroom.select import nearest_test

SOURCE = '''\
"""A module."""
import unittest

@decorated
class First(unittest.TestCase):
    fixture = 1

    def setUp(self):
        pass

    @patched(
        "x"
    )
    def test_one(self):
        """A docstring."""
        def test_inner(): pass

    # about two
    async def test_two(self):
        class Inner:
            def test_deep(self): pass
        return """
        text
        """

def helper():
    class Hidden:
        def test_hidden(self): pass

if True:
    class Second(First):
        def test_three(self): pass
        class Meta:
            def test_meta(self): pass
try:
    pass
except ImportError:
    class Third:
        def test_four(self): pass

'''


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (1, None),
        (3, None),
        (4, ["First"]),
        (5, ["First"]),
        (6, ["First"]),
        (9, ["First"]),
        (10, ["First"]),
        (11, ["First.test_one"]),
        (12, ["First.test_one"]),
        (14, ["First.test_one"]),
        (16, ["First.test_one"]),
        (17, ["First"]),
        (18, ["First"]),
        (19, ["First.test_two"]),
        (21, ["First.test_two"]),
        (24, ["First.test_two"]),
        (25, None),
        (28, None),
        (30, None),
        (31, ["Second"]),
        (32, ["Second.test_three"]),
        (34, ["Second"]),
        (39, ["Third.test_four"]),
        (40, None),
        (999, None),
    ],
)
def test_what_runs_for_a_line(line: int, expected: list[str] | None) -> None:
    """The method with its decorators; else its class; else nothing."""
    assert by_line.tests_at_line(SOURCE, line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (1, ("First.test_one", 14)),
        (15, ("First.test_one", 14)),
        (26, ("First.test_two", 19)),
        (29, ("Second.test_three", 32)),
        (999, ("Third.test_four", 39)),
    ],
)
def test_the_nearest_test(line: int, expected: tuple[str, int]) -> None:
    """To be offered where there is none at the line itself."""
    assert nearest_test(SOURCE, line) == expected


def test_no_test_at_all() -> None:
    """There is nothing to offer."""
    assert nearest_test("x = 1\n", 1) is None


def test_what_is_not_python_is_a_syntax_error() -> None:
    """The loader will tell of it, with the place."""
    with pytest.raises(SyntaxError):
        by_line.tests_at_line("def (", 1)


@given(st.integers(-5, 60))
def test_a_method_is_found_at_each_of_its_lines_and_at_no_other(line: int) -> None:
    """Checked against all functions of that name in the file."""
    found = by_line.tests_at_line(SOURCE, line)
    name = found[0].rpartition(".")[2] if found else None
    methods = [
        node
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    if found and "." in found[0]:
        (method,) = methods
        first = min([method.lineno, *(each.lineno for each in method.decorator_list)])
        assert first <= line <= (method.end_lineno or 0)
    else:
        assert not methods
