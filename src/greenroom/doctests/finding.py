"""From modules and text files to doctests, with the lines that they stand on."""

from __future__ import annotations

import doctest
import inspect
import linecache
from pathlib import Path
from types import ModuleType
from typing import Any

from greenroom.doctests.sources import Docstring, docstrings


class BrokenExamples(doctest.DocTest):
    """A docstring whose examples can't be read: a test that fails with the reason."""

    reason = ""


class Parser(doctest.DocTestParser):
    """The standard parser; one docstring that it can't read does not keep it from the others of the module."""

    def get_doctest(
        self, string: str, globs: dict[str, Any], name: str, filename: str | None, lineno: int | None
    ) -> doctest.DocTest:
        try:
            return super().get_doctest(string, globs, name, filename, lineno)
        except ValueError as error:
            broken = BrokenExamples([], globs, name, filename, lineno, string)
            broken.reason = str(error)
            return broken


def is_worth_it(test: doctest.DocTest) -> bool:
    """Whether a docstring is a test: it has examples, readable or not."""
    return bool(test.examples) or isinstance(test, BrokenExamples)


def of_module(module: ModuleType) -> list[doctest.DocTest]:
    """The doctests of a module, by name.

    Those that the standard finder finds; and those of functions and classes that a decorator made into something which it
    does not look at, such as a `cached_property` or a task. Their globals are empty: they are the module's when they run.
    """
    name = module.__name__
    finder = doctest.DocTestFinder(parser=Parser())
    found = {test.name: test for test in finder.find(module, name, module, globs={}) if is_worth_it(test)}
    source = "".join(linecache.getlines(getattr(module, "__file__", None) or "", vars(module)))
    known: dict[str, list[Docstring]] = {}
    for docstring in docstrings(source):
        known.setdefault(f"{name}.{docstring.name}" if docstring.name else name, []).append(docstring)
    places = set()
    for test in found.values():
        place = next((each for each in known.get(test.name, ()) if _alike(each, test)), None)
        if place is not None:
            # More than the finder knows: it looks for the next line with a quote.
            test.lineno = place.line - 1
            places.add(place)
        else:
            places.update(each for group in known.values() for each in group if _alike(each, test))
    for full, group in known.items():
        if full not in found and len(group) == 1 and group[0].certain and group[0] not in places:
            test = Parser().get_doctest(group[0].text, {}, full, module.__file__, group[0].line - 1)
            if is_worth_it(test) and _is_there(module, group[0].name):
                found[full] = test
    return [found[each] for each in sorted(found)]


def _alike(docstring: Docstring, test: doctest.DocTest) -> bool:
    """Whether they are the same text; Python 3.13 and later keep docstrings without their indentation."""
    return inspect.cleandoc(docstring.text) == inspect.cleandoc(test.docstring or "")


def _is_there(module: ModuleType, name: str) -> bool:
    """Whether a name of the source still stands for something."""
    holder: Any = module
    for part in name.split("."):
        if part not in getattr(holder, "__dict__", {}):
            return False
        holder = vars(holder)[part]
    return True


def of_file(path: Path, name: str) -> doctest.DocTest:
    """The doctest of a text file: all of its examples, one after the other."""
    text = path.read_text(encoding="utf-8-sig")
    return Parser().get_doctest(text, {"__name__": "__main__", "__file__": str(path)}, name, str(path), 0)
