"""unittest's own loader, a little sooner: what it asks again for each test is asked once for each class."""

from __future__ import annotations

import gc
import unittest
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.util import three_way_cmp

_THRESHOLD = 50_000
"""So many new objects are there before the garbage collector looks at them. While tests are loaded nearly all of them stay."""
_FIRST = ("getTestCaseNames", "suiteClass")


class QuickAdding(unittest.TestSuite):
    """A suite that does not ask of each test of a class anew whether it is one."""

    def addTests(self, tests: Iterable[Any]) -> None:
        if isinstance(tests, str) or type(self).addTest is not unittest.TestSuite.addTest:
            super().addTests(tests)
            return
        keep = self._tests.append
        before: type | None = None
        for test in tests:
            cls = type(test)
            if cls is before:
                keep(test)
            else:
                self.addTest(test)
                before = cls if isinstance(test, unittest.TestCase) else None


@contextmanager
def quick_loading(loader: Any) -> Iterator[None]:
    """Within the block a loader of unittest's gives the same tests in less time; others are left alone.

    Args:
        loader: what loads the tests of a run.
    """
    if not _is_stock(loader):
        yield
        return
    before = gc.get_threshold()
    gc.set_threshold(max(_THRESHOLD, before[0]) if before[0] else 0, *before[1:])
    ours = gc.get_threshold()
    loader.getTestCaseNames = lambda cls: _names(loader, cls)
    loader.suiteClass = QuickAdding
    try:
        yield
    finally:
        for name in _FIRST:
            vars(loader).pop(name, None)
        if gc.get_threshold() == ours:  # Else a module of the project wants it otherwise.
            gc.set_threshold(*before)


def _is_stock(loader: Any) -> bool:
    """Whether a loader does as unittest says: neither its class nor the object itself was changed in this."""
    cls = unittest.TestLoader
    if type(loader) is not cls or not vars(loader).keys().isdisjoint(_FIRST):
        return False
    return cls.suiteClass is unittest.TestSuite and cls.getTestCaseNames.__module__ == cls.__module__


def _names(loader: Any, cls: type) -> list[str]:
    """The names of the tests of a class, in order."""
    if loader.testNamePatterns is not None or loader.sortTestMethodsUsing is not three_way_cmp:
        names: list[str] = unittest.TestLoader.getTestCaseNames(loader, cls)  # type: ignore[assignment]
        return names
    prefix = loader.testMethodPrefix
    # dir() sorts as the loader would.
    return [name for name in dir(cls) if name.startswith(prefix) and callable(getattr(cls, name))]
