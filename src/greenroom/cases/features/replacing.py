"""Attributes replaced for the time of a test or of a class."""

from __future__ import annotations

import unittest
from typing import Any


def replace(test: unittest.TestCase, owner: Any, name: str, value: Any) -> None:
    """Put an attribute there, and what was there before back after the test."""
    there = vars(owner)
    if name in there:
        test.addCleanup(setattr, owner, name, there[name])
    else:
        test.addCleanup(delattr, owner, name)
    setattr(owner, name, value)


def replace_in_class(cls: Any, name: str, value: Any) -> None:
    """Put an attribute into a test class, and what it had before back when its tests are through."""
    if name in vars(cls):
        cls.addClassCleanup(setattr, cls, name, vars(cls)[name])
    else:
        cls.addClassCleanup(delattr, cls, name)
    setattr(cls, name, value)
