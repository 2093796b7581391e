"""Finding tests by name, for workers that do not inherit them."""

from __future__ import annotations

import functools
import importlib
import sys
import unittest
from typing import Any

from greenroom.cases.fitting import fit
from greenroom.cases.resources.needs import mark
from greenroom.execute.messages import TestRef


def ref_of(test: unittest.TestCase) -> TestRef | None:
    """How another process finds this test; None where it can't (made by hand, by a closure, with a state of its own)."""
    cls: Any = type(test)
    own = getattr(test, "greenroom_ref", None)
    if own is not None:
        return TestRef(*own)
    method = getattr(test, "_testMethodName", None)
    if method is None or not _is_found_by_name(cls) or not is_plain(test, method):
        return None
    return TestRef(cls.__module__, cls.__qualname__, method)


@functools.cache
def _is_found_by_name(cls: Any) -> bool:
    found: Any = sys.modules.get(cls.__module__)
    for part in cls.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is cls and cls.__module__ != "__main__"


def is_plain(test: unittest.TestCase, method: str) -> bool:
    """Whether a test made anew from its class and method is the same: one that was given more by hand is not."""
    extra = test.__dict__.keys() - _USUAL
    if not extra:
        return True
    try:
        fresh = type(test)(method).__dict__
        return all(name in fresh and fresh[name] == test.__dict__[name] for name in extra)
    except Exception:
        return False


_USUAL = frozenset({*unittest.TestCase().__dict__, *unittest.IsolatedAsyncioTestCase().__dict__})


def load_test(ref: TestRef) -> unittest.TestCase:
    """The test that a reference names, as a fresh object.

    A module or class that can't be had any more gives a test that fails with the reason, as unittest's loader does.
    """
    try:
        found: Any = importlib.import_module(ref.module)
        for part in ref.qualname.split("."):
            found = getattr(found, part)
        if not isinstance(found, type):
            return _ready(found(ref.method))
        fit(found)
        mark(found)
        test: unittest.TestCase = found(ref.method)
    except Exception as error:
        return _Missing(ref, error)
    return test


def _ready(test: unittest.TestCase) -> unittest.TestCase:
    """A test that a function made."""
    fit(type(test))
    mark(type(test))
    return test


class _Missing(unittest.TestCase):
    """Stands for a test that a worker could not load."""

    def __init__(self, ref: TestRef, error: Exception) -> None:
        super().__init__("report")
        self._ref = ref
        self._error = error

    def report(self) -> None:
        """Fail with the reason."""
        raise self._error

    def id(self) -> str:
        return f"{self._ref.module}.{self._ref.qualname}.{self._ref.method}"
