"""Giving test classes what their attributes ask for."""

from __future__ import annotations


def fit(cls: type) -> None:
    """Have the tests of a class run with what its attributes, and those of its methods, ask for."""
