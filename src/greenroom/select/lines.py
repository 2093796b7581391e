"""Finds the tests at a line of a file, as an editor asks for them, without importing it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tests_at_line(source: str, line: int) -> list[str] | None:
    """What to run for a line.

    Args:
        source: the text of the file.
        line: 1-based.

    Returns:
        `Class.method` where the line is in a test method, its decorators included. The whole `Class` where it is
        elsewhere in a class: on its first line, between methods, in a helper. None outside of all classes: see
        `nearest_test`.

    Raises:
        SyntaxError: it is not Python.
    """
    for case in _classes(ast.parse(source).body):
        if _covers(case, line):
            return [f"{case.name}.{method.name}" for method in _test_methods(case) if _covers(method, line)] or [
                case.name
            ]
    return None


def nearest_test(source: str, line: int) -> tuple[str, int] | None:
    """The test method nearest to a line, as `Class.method`, and its line; None in a file without any."""
    methods = [(method, case.name) for case in _classes(ast.parse(source).body) for method in _test_methods(case)]
    if not methods:
        return None
    method, case = min(methods, key=lambda pair: _distance(pair[0], line))
    return f"{case}.{method.name}", method.lineno


def _classes(body: Iterable[ast.stmt]) -> Iterator[ast.ClassDef]:
    """The classes of a module, also those under an `if`, `try` or `with`. Loaders see no others."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node
        elif not isinstance(node, Function):
            yield from _classes(child for child in _statements(node))


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements in a statement, through what is none itself, such as an `except` clause."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _statements(child)


def _test_methods(case: ast.ClassDef) -> Iterator[Function]:
    for node in case.body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield node


def _first_line(node: ast.ClassDef | Function) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _covers(node: ast.ClassDef | Function, line: int) -> bool:
    return _first_line(node) <= line <= (node.end_lineno or node.lineno)


def _distance(node: Function, line: int) -> int:
    """How many lines away a function is."""
    return max(_first_line(node) - line, line - (node.end_lineno or node.lineno), 0)
