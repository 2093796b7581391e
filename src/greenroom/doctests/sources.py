"""Where the docstrings of a Python source are, found without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import msgspec

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Docstring(msgspec.Struct, frozen=True):
    """A docstring."""

    name: str
    """What it documents, dotted from the module on; empty for the module itself."""
    text: str
    line: int
    """Of its first quote, from 1."""
    last: int
    """Its last line."""
    first: int
    """The line where what it documents begins, decorators included."""
    certain: bool = True
    """Whether the definition is always carried out: it is within no `if`, `try` or the like."""


def docstrings(source: str) -> list[Docstring]:
    """The docstrings of a module, its classes, and the functions in them. None where it is not Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return []
    found = list(_of(tree, "", 1, certain=True))
    found += _within(tree.body, "", certain=True)
    return found


def _within(body: Iterable[ast.stmt], above: str, *, certain: bool) -> Iterator[Docstring]:
    for node in body:
        if isinstance(node, _Definition):
            name = f"{above}.{node.name}" if above else node.name
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield from _of(node, name, first, certain=certain)
            if isinstance(node, ast.ClassDef):
                yield from _within(node.body, name, certain=certain)
        else:
            yield from _within(_statements(node), above, certain=False)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _statements(child)


def _of(node: _Definition | ast.Module, name: str, first: int, *, certain: bool) -> Iterator[Docstring]:
    text = ast.get_docstring(node, clean=False)
    if text is not None:
        statement = node.body[0]
        yield Docstring(name, text, statement.lineno, statement.end_lineno or statement.lineno, first, certain)
