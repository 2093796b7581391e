"""Which files need pytest: found out from their text, before anybody imports them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from greenroom.pytest_engine.finding import is_configured

Engine = Literal["auto", "unittest", "pytest"]

_WORDS = (b"pytest", b"\ndef test", b"\nasync def test")
_PLAIN_CLASS = re.compile(rb"\nclass Test\w*[ \t]*(?:\([ \t]*(?:object|Generic|Protocol|\))|:)")
_MIXIN = ("Mixin", "Base")
_NO_BASES = frozenset({"object", "Generic", "Protocol"})


@cache
def installed() -> bool:
    """Whether there is a pytest; it is not imported for it."""
    return find_spec("pytest") is not None


class Need:
    """Tells which files are pytest's.

    Args:
        root: the root of the project; conftest files above it count for nothing.
        engine: `auto`: those that need it; `pytest`: all.
    """

    def __init__(self, root: Path, engine: Engine) -> None:
        self._root = root
        self._all = engine == "pytest"
        self._below_conftest: dict[Path, bool] = {}
        self._at_home: bool | None = None

    def __call__(self, file: Path) -> bool:
        """Whether a test file needs pytest: it has a conftest.py beside or above it, or says so itself."""
        return self._all or self.has_conftest(file.parent) or says_so(file, self._configured)

    def _configured(self) -> bool:
        if self._at_home is None:
            self._at_home = is_configured(self._root)
        return self._at_home

    def has_conftest(self, folder: Path) -> bool:
        """Whether there is a conftest.py in a folder, or above it within the project."""
        known = self._below_conftest.get(folder)
        if known is None:
            above = folder not in {self._root, folder.parent}
            known = (folder / "conftest.py").is_file() or (above and self.has_conftest(folder.parent))
            self._below_conftest[folder] = known
        return known


def says_so(file: Path, configured: Callable[[], bool]) -> bool:
    """Whether the text of a file asks for pytest.

    It does where it imports pytest, has test functions outside of classes, or a class named `Test…` with test methods that
    is built on nothing (and that no other class of the file is built on: such a one is a mixin for test cases).

    In a project that has no configuration for pytest, a file with test cases is unittest's if it does not import pytest:
    a function `test_view()` beside them is a helper, as it was before.

    Args:
        file: what is asked about.
        configured: whether the project has a configuration for pytest.
    """
    try:
        source = b"\n" + file.read_bytes()
    except OSError:
        return False
    # Reading it as Python takes a hundred times as long, and nearly every file of a project without pytest ends here.
    if not any(word in source for word in _WORDS) and _PLAIN_CLASS.search(source) is None:
        return False
    try:
        tree = ast.parse(source[1:])
    except (SyntaxError, ValueError):
        # Whoever is to run it will tell the error; pytest where it looks like its own.
        return re.search(rb"^[ \t]*(?:import|from)[ \t]+pytest\b", source, re.MULTILINE) is not None
    if any(map(_imports_pytest, ast.walk(tree))):
        return True
    return _has_tests(tree) and (not _has_test_cases(tree) or configured())


def _imports_pytest(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(name.name.partition(".")[0] == "pytest" for name in node.names)
    return isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").partition(".")[0] == "pytest"


def _has_tests(tree: ast.Module) -> bool:
    body = list(_top_level(tree.body))
    if any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node) for node in body):
        return True
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    used = {_name(base) for node in classes for base in node.bases}
    return any(_is_plain(node) and node.name not in used for node in classes)


def _has_test_cases(tree: ast.Module) -> bool:
    """Whether there are classes with test methods that are built on something."""
    return any(
        isinstance(node, ast.ClassDef)
        and any(_name(base) not in _NO_BASES for base in node.bases)
        and any(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(each) for each in node.body)
        for node in _top_level(tree.body)
    )


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those behind an `if` or `try` too."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try):
                yield from _top_level(getattr(node, part, []))


def _is_test(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if not node.name.startswith("test"):
        return False
    # `test_x.__test__ = False` is too rare to look for; a fixture of that name is none.
    return not any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)


def _is_plain(node: ast.ClassDef) -> bool:
    if not node.name.startswith("Test") or node.name.endswith(_MIXIN):
        return False
    if any(_name(base) not in _NO_BASES for base in node.bases):
        return False
    if any(_says_no_test(each) or getattr(each, "name", "") == "__init__" for each in node.body):
        return False
    return any(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(each) for each in node.body)


def _says_no_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(_name(target) == "__test__" for target in node.targets)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
