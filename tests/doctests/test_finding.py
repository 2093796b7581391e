"""Which docstrings are tests, and the lines that they stand on."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from typing import TYPE_CHECKING

import pytest

from greenroom.doctests import finding
from greenroom.doctests.sources import docstrings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

SOURCE = '''\
"""A module.

>>> 0
"""
import functools
from doctest import DocTestParser


class Task:
    """What a decorator makes of a function."""

    def __init__(self, function):
        pass


@Task
def task():
    """
    >>> 1
    """


def plain(
    first="a quote: \\"",
    second=None,
):
    """Has arguments with quotes.

    >>> 2
    """


same = plain


class Thing:
    @property
    def read(self):
        """
        >>> 3
        """

    @functools.cached_property
    def kept(self):
        """
        >>> 4
        """

    @staticmethod
    @functools.lru_cache
    def fast():
        """
        >>> 5
        """

    class Inner:
        """
        >>> 6
        """


if len("ab") == 3:

    def never():
        """
        >>> 7
        """


def deleted():
    """
    >>> 8
    """


del deleted


def broken():
    """
    >>> 9
      >>>10
    """


def no_examples():
    """Nothing."""


__test__ = {"extra": """
>>> 11
"""}
'''


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    """Import a source."""

    def load(source: str) -> ModuleType:
        path = tmp_path / "found_module.py"
        path.write_text(source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location("found_module", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["found_module"] = module
        spec.loader.exec_module(module)
        return module

    yield load
    sys.modules.pop("found_module", None)
    linecache.clearcache()


def test_each_docstring_with_examples_is_found_once(load: Callable[[str], ModuleType]) -> None:
    """Of modules, classes, methods, properties, what decorators made; not of what isn't there, nor of other modules."""
    found = {test.name.removeprefix("found_module").lstrip("."): test for test in finding.of_module(load(SOURCE))}
    assert sorted(found) == sorted([
        "", "task", "plain", "Thing.read", "Thing.kept", "Thing.fast", "Thing.Inner", "broken", "__test__.extra",
    ])  # fmt: skip
    assert isinstance(found["broken"], finding.BrokenExamples)
    assert "lacks blank" in found["broken"].reason


def test_lines(load: Callable[[str], ModuleType]) -> None:
    """The line of an example is the one that an editor shows."""
    lines = SOURCE.splitlines()
    for test in finding.of_module(load(SOURCE)):
        for example in test.examples if "__test__" not in test.name else ():
            assert test.lineno is not None
            assert lines[test.lineno + example.lineno].strip() == f">>> {example.source.strip()}"


def test_globals_are_taken_when_they_run(load: Callable[[str], ModuleType]) -> None:
    """Nothing is held of a module but its docstrings."""
    assert all("plain" not in test.globs for test in finding.of_module(load(SOURCE)))


def test_text_files(tmp_path: Path) -> None:
    """All examples of a file are one test."""
    path = tmp_path / "a.rst"
    path.write_text("\ufeffText\n\n>>> 1\n1\n\nmore\n\n>>> 2\n2\n", encoding="utf-8")
    test = finding.of_file(path, "docs/a.rst")
    assert (test.name, test.filename, [example.lineno for example in test.examples]) == (
        "docs/a.rst",
        str(path),
        [2, 7],
    )
    assert test.globs == {"__name__": "__main__", "__file__": str(path)}


def test_sources_that_are_no_python() -> None:
    """They have no docstrings."""
    assert docstrings("def (") == []
    assert docstrings("\0") == []
