"""The plan of a run in short, for its recording: each run has one, so it must cost next to nothing."""

from __future__ import annotations

import unittest
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import FunctionType
from typing import Any

from greenroom.collect.kinds import kind_of
from greenroom.collect.specs import class_facts, describe_tests
from greenroom.model import PlannedTests, alone

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
    for cls, group in groupby(tests, type):
        members = list(group)
        indexes = range(begin, begin + len(members))
        plain = None if limits and not limits.keys().isdisjoint(indexes) else _plain(cls, members, begin, bins)
        if plain is not None:
            found.append(plain)
        else:
            granted = {place: limits[index] for place, index in enumerate(indexes) if index in limits}
            specs = describe_tests(members, ids[begin : indexes.stop], bins, places=True, limits=granted)
            found += [alone(spec, index) for spec, index in zip(specs, indexes, strict=True)]
        begin = indexes.stop
    return found


def _plain(cls: type, tests: Sequence[Any], begin: int, bins: Sequence[type]) -> PlannedTests | None:
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
    facts = class_facts(cls, bins)
    return PlannedTests(
        begin, f"{cls.__module__}.{cls.__qualname__}.", tuple(names), tuple(lines), facts.group, kind_of(cls), facts.rank,
        facts.databases, facts.tags, facts.file, facts.locks, None, facts.weight,
    )  # fmt: skip
