"""Doctests as test cases: in a transaction of their own, or without a database."""

from __future__ import annotations

import doctest
import functools
import importlib
import unittest
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.test import SimpleTestCase, TestCase

from greenroom.doctests import finding
from greenroom.doctests.flags import flags_of
from greenroom.doctests.running import is_all_skipped, raise_at, run
from greenroom.running.place import place

SUFFIX = ".__doc__"
"""What a doctest's id has behind the name of what is documented."""
__unittest = True  # Frames of this module are left out of tracebacks.


class Doctest(unittest.TestCase):
    """A docstring, or a text file.

    Args:
        found: its examples.
        module: the name of the module that it is in; empty for a text file.
        flags: the options that count for all of its examples.
    """

    tags = frozenset({"doctest"})

    def __init__(self, found: doctest.DocTest, module: str, flags: int) -> None:
        super().__init__("runTest")
        self.found = found
        self.module = module
        self._flags = flags

    def runTest(self) -> None:
        """Run the examples."""
        found = self.found
        if isinstance(found, finding.BrokenExamples):
            raise_at(self.failureException(found.reason), found, None)
        if is_all_skipped(found, self._flags):
            self.skipTest("all examples are skipped by # doctest: +SKIP")
        before = found.globs
        # No doctest sees the names of another one.
        found.globs = dict(vars(importlib.import_module(self.module)) if self.module else before)
        try:
            run(found, self._flags, self.failureException, has_database=bool(self.databases))
        finally:
            found.globs = before

    databases: Any = frozenset()

    def id(self) -> str:
        return f"{self.found.name}{SUFFIX}" if self.module else self.found.name

    def shortDescription(self) -> None:  # noqa: N802 - unittest's name
        """None: the docstring is the test, and no description of it."""

    def __str__(self) -> str:
        return f"{self.found.name} (doctest)"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.id() == other.id()

    def __hash__(self) -> int:
        return hash((type(self), self.id()))

    @property
    def greenroom_place(self) -> tuple[str, int]:
        """The file and line of the first example."""
        first = self.found.examples[0].lineno if self.found.examples else 0
        return self.found.filename or "", (self.found.lineno or 0) + first + 1

    @property
    def greenroom_ref(self) -> tuple[str, str, str]:
        """How another process finds it: a module, a function in it, and its argument."""
        maker = unit_doctest if not self.databases else database_doctest
        return maker.__module__, maker.__name__, f"{self.module}:{self.found.name}"


@functools.cache
def case_for(where: str, databases: frozenset[str]) -> Callable[[doctest.DocTest, str, int], Any]:
    """The class of the doctests of a module or text file: what one worker runs in a row.

    Args:
        where: its name.
        databases: the aliases that they may use; none: they have no database.
    """
    name = "doctests" if databases else "unit doctests"
    # No module of that name is ever asked for its setUpModule().
    about = {"__module__": f"<{name}>", "__qualname__": where, "databases": databases}
    return type(where, (Doctest, TestCase if databases else SimpleTestCase), about)


def usable_databases(wanted: Iterable[str]) -> frozenset[str]:
    """The aliases of databases that doctests may use.

    Args:
        wanted: as configured; `__all__` stands for each.

    Raises:
        ConfigError: there is no database of that alias.
    """
    from django.db import connections

    from greenroom.errors import ConfigError, did_you_mean

    known = list(connections.settings)
    names = list(wanted)
    for name in names:
        if name not in known and name != "__all__":
            raise ConfigError(f"doctest-databases: there is no database {name!r}", did_you_mean(name, known))
    chosen = known if "__all__" in names else names
    dummy = "django.db.backends.dummy"
    return frozenset(alias for alias in chosen if connections.settings[alias]["ENGINE"] != dummy)


def database_doctest(key: str) -> Any:
    """The doctest that `Doctest.greenroom_ref` tells of, in another process."""
    return _made(key, usable_databases(place().config.doctest_databases))


def unit_doctest(key: str) -> Any:
    """The same for one without a database."""
    return _made(key, frozenset())


def _made(key: str, databases: frozenset[str]) -> Any:
    module, _, name = key.partition(":")
    flags = flags_of(place().config.doctest_options)
    if module:
        found = next(test for test in _of_module(module) if test.name == name)
    else:
        found = finding.of_file(place().root / Path(name), name)
    return case_for(module or name, databases)(found, module, flags)


@functools.cache
def _of_module(name: str) -> list[doctest.DocTest]:
    return finding.of_module(importlib.import_module(name))
