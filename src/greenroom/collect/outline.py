"""The plan of a run in short, for its recording: each run has one, so it must cost next to nothing."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import FunctionType
from typing import Any

from greenroom.collect.kinds import TELLING, kind_of
from greenroom.collect.specs import ClassFacts, class_facts, describe_tests
from greenroom.model import Kind, PlannedTests, alone

Known = dict[type, tuple[ClassFacts, Kind]]

_SAYING = frozenset({*TELLING, "databases", "no_database_interaction", "lockfile", "greenroom_shares"})
"""What a class has of which anything of this depends but its name and place."""
_WORDS = ("selenium", "playwright", "liveserver")
"""In the names of classes that may say of which kind they are."""
_NONE: Mapping[int, float] = {}


def outline(
    tests: Sequence[Any], ids: Sequence[str], bins: Sequence[type], limits: Mapping[int, float] = _NONE
) -> list[PlannedTests]:
    """What `describe_tests()` says of tests, class by class.

    The line of a test is that of its first decorator, where it has one that leaves no trace.

    Args:
        tests: unittest tests, in Django's order.
        ids: their ids.
        bins: the classes of `DiscoverRunner.reorder_by`.
        limits: seconds that tests grant themselves, by index.
    """
    found: list[PlannedTests] = []
    begin = 0
    known: Known = {}
    for cls, group in groupby(tests, type):
        members = list(group)
        indexes = range(begin, begin + len(members))
        plain = None if limits and not limits.keys().isdisjoint(indexes) else _plain(cls, members, begin, bins, known)
        if plain is not None:
            found.append(plain)
        else:
            granted = {place: limits[index] for place, index in enumerate(indexes) if index in limits}
            specs = describe_tests(members, ids[begin : indexes.stop], bins, places=True, limits=granted)
            found += [alone(spec, index) for spec, index in zip(specs, indexes, strict=True)]
        begin = indexes.stop
    return found


def _plain(cls: type, tests: Sequence[Any], begin: int, bins: Sequence[type], known: Known) -> PlannedTests | None:
    """The tests of a class of which none says anything of itself; None where one does."""
    if (
        getattr(cls, "id", None) is not unittest.TestCase.id
        or hasattr(cls, "greenroom_by_itself")
        or hasattr(cls, "greenroom_place")
    ):
        return None
    names = [test._testMethodName for test in tests]
    methods = [getattr(cls, name, None) for name in names]
    lines = [
        method.__code__.co_firstlineno
        for method in methods
        # Whatever says something of itself has attributes.
        if type(method) is FunctionType and not method.__dict__
    ]
    if len(lines) < len(names):
        return None
    facts, kind = _facts(cls, bins, known)
    group = f"{cls.__module__}.{cls.__qualname__}"
    file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
    return PlannedTests(
        begin, f"{group}.", tuple(names), tuple(lines), group, kind, facts.rank, facts.databases, facts.tags, file,
        facts.locks, None, facts.weight,
    )  # fmt: skip


def _facts(cls: type, bins: Sequence[type], known: Known) -> tuple[ClassFacts, Kind]:
    """What all tests of a class have in common: those of its base, with another name, where it says nothing of itself."""
    base = cls.__bases__[0]
    name = cls.__name__.lower()
    if len(cls.__bases__) > 1 or not _SAYING.isdisjoint(cls.__dict__) or cls in bins or any(w in name for w in _WORDS):
        base = cls
    found = known.get(base)
    if found is None:
        found = known[base] = class_facts(base, bins), kind_of(base)
    return found
