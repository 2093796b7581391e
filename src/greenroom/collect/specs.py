"""Describing unittest tests as `TestSpec`s."""

from __future__ import annotations

import inspect
import linecache
import os
import sys
import unittest
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from types import FunctionType
from typing import Any

import msgspec
from django.test import LiveServerTestCase
from django.test.testcases import SerializeMixin

from greenroom.collect.kinds import LIBRARY, Kinds, databases_of
from greenroom.collect.said import may_say, own_bases
from greenroom.limits import own_timeout
from greenroom.model import Kind, TestSpec
from greenroom.sharing import shares_of
from greenroom.tags import tags_of

_MOST_DECORATOR_LINES = 30


class ClassFacts(msgspec.Struct, frozen=True):
    """What all tests of a class have in common."""

    group: str
    databases: tuple[str, ...]
    tags: tuple[str, ...]
    file: str
    locks: tuple[str, ...]
    rank: int
    weight: int
    placed: bool
    """Whether its tests know themselves where they stand."""


def describe_tests(
    tests: Sequence[Any],
    ids: Sequence[str],
    bins: Sequence[type],
    *,
    places: bool = False,
    kinds: bool = True,
    seconds: Mapping[str, float] | None = None,
    limits: Mapping[int, float] | None = None,
) -> list[TestSpec]:
    """The specs of tests, in their order.

    Args:
        tests: unittest tests, in Django's order.
        ids: their ids.
        bins: the classes of `DiscoverRunner.reorder_by`, which give the rank.
        places: also find the file and line of each test, which costs some time.
        kinds: find the kind of each test; where nobody asks for it, all are said to be `unit`.
        seconds: expected seconds by id.
        limits: seconds that tests grant themselves, by index.
    """
    classes: dict[type, ClassFacts] = {}
    plain_kinds: dict[type, Kind] = {}
    line_of = _Lines().of if places else _nowhere
    specs = []
    kind_of = Kinds().of if kinds else _any_kind
    known = seconds or {}
    granted = limits or {}
    for index, test in enumerate(tests):
        cls = type(test)
        facts = classes.get(cls)
        if facts is None and getattr(cls, "greenroom_by_itself", False):
            specs.append(test.spec(index, rank_of(cls, bins), known.get(ids[index], None), granted.get(index)))
            continue
        if facts is None:
            facts = classes[cls] = class_facts(cls, bins)
        method = getattr(cls, getattr(test, "_testMethodName", ""), None)
        tags, locks, weight = facts.tags, facts.locks, facts.weight
        if type(method) is FunctionType and not method.__dict__:
            # It says nothing of itself, as nearly all do not.
            kind = plain_kinds.get(cls)
            if kind is None:
                kind = plain_kinds[cls] = kind_of(test)
        else:
            kind = kind_of(test)
            if own_tags := tags_of(method):
                tags = tuple(sorted({*map(str, own_tags), *tags}))
            if (shares := getattr(method, "greenroom_shares", None)) is not None:
                locks, weight = locks + shares[0], max(weight, shares[1])
        test_id = ids[index]
        file, line = test.greenroom_place if facts.placed else (facts.file, line_of(method))
        # By position, which is twice as fast as by name: a large suite has tens of thousands of tests.
        specs.append(
            TestSpec(
                index, test_id, kind, facts.group, facts.rank, facts.databases, tags, file, line, locks,
                granted.get(index), known.get(test_id), weight,
            )
        )  # fmt: skip
    return specs


def _any_kind(_test: Any) -> Kind:
    return "unit"


def class_facts(cls: type, bins: Sequence[type]) -> ClassFacts:
    """What all tests of a class have in common; `bins` as for `describe_tests`."""
    module = sys.modules.get(cls.__module__)
    return ClassFacts(
        group=f"{cls.__module__}.{cls.__qualname__}",
        databases=databases_of(cls),
        tags=tuple(sorted(map(str, tags_of(cls)))),
        file=getattr(module, "__file__", None) or "",
        locks=locks_of(cls),
        rank=rank_of(cls, bins),
        weight=shares_of(cls)[1],
        placed=hasattr(cls, "greenroom_place"),
    )


def rank_of(cls: type, bins: Sequence[type]) -> int:
    """The bin of `DiscoverRunner.reorder_by` that the tests of a class are in."""
    # As reorder_tests() does: bin 0 is for tests that could not be loaded.
    if issubclass(cls, unittest.loader._FailedTest):  # type: ignore[attr-defined]
        return 0
    for number, base in enumerate(bins, start=1):
        if issubclass(cls, base):
            return number
    return len(bins) + 1


def locks_of(cls: type) -> tuple[str, ...]:
    """What no two tests of a class and another one may hold at a time: a lockfile, and what it shares with others."""
    lockfile = getattr(cls, "lockfile", None)
    if lockfile is not None and issubclass(cls, SerializeMixin):
        return (os.path.realpath(os.fspath(lockfile)), *shares_of(cls)[0])
    return shares_of(cls)[0]


def _nowhere(_method: Any) -> int:
    return 0


class _Lines:
    """Where functions stand; the lines of each file are asked for once."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def of(self, method: Any) -> int:
        """The line of the `def` of a test method; 0 where it has none."""
        try:
            code = inspect.unwrap(method).__code__
        except (AttributeError, ValueError):
            return 0
        lines = self._files.get(code.co_filename)
        if lines is None:
            lines = self._files[code.co_filename] = linecache.getlines(code.co_filename)
        # A function's code begins at its first decorator; what one looks for is its `def`.
        first: int = code.co_firstlineno
        for place, text in enumerate(lines[max(first - 1, 0) : first - 1 + _MOST_DECORATOR_LINES], first):
            if text.lstrip().startswith(("def ", "async def ")):
                return place
        return first


def splittable_groups(tests: Iterable[Any]) -> set[str]:
    """The classes whose tests may be shared out among workers without changing what they see.

    Only classes that keep nothing between their tests but what Django isolates: with `setUpTestData()` at most, without
    a `setUpClass`, `tearDownClass`, `setUpModule` or lock of their own. A class can refuse by `greenroom_split = False`.
    """
    found: dict[type, bool] = {}
    for test in tests:
        cls = type(test)
        if cls not in found:
            found[cls] = _is_splittable(cls)
    return {
        getattr(cls, "greenroom_group", f"{cls.__module__}.{cls.__qualname__}") for cls, good in found.items() if good
    }


def _is_splittable(cls: type) -> bool:
    if not getattr(cls, "greenroom_split", True) or locks_of(cls) or issubclass(cls, LiveServerTestCase):
        return False
    module = sys.modules.get(cls.__module__)
    if hasattr(module, "setUpModule") or hasattr(module, "tearDownModule"):
        return False
    for base in cls.__mro__:
        if not base.__module__.startswith(LIBRARY) and any(
            # What only does what attributes ask for is not the class's own.
            getattr(getattr(base.__dict__[name], "__func__", None), "greenroom_own", True)
            for name in {"setUpClass", "tearDownClass"} & base.__dict__.keys()
        ):
            return False
    return True


def own_limits(tests: Sequence[Any]) -> dict[int, float]:
    """The seconds that tests grant themselves, by index; see `greenroom.timeout`."""
    limits = {}
    marked: dict[type, Collection[str] | None] = {}
    index = 0
    for cls, group in groupby(tests, type):
        try:
            names = marked[cls]
        except KeyError:
            names = marked[cls] = _with_attributes(cls)
        members = list(group)
        if names is None or names:
            for place, test in enumerate(members, index):
                if names is None or getattr(test, "_testMethodName", "") in names:
                    limit = own_timeout(test)
                    if limit is not None:
                        limits[place] = limit
        index += len(members)
    return limits


def _with_attributes(cls: type) -> Collection[str] | None:
    """The methods of a class that carry attributes, of which one may be a limit; None where the class itself does."""
    if hasattr(cls, "greenroom_timeout") or hasattr(cls, "greenroom_by_itself") or tags_of(cls):
        return None
    return {
        name
        for name, value in may_say(own_bases(cls, LIBRARY))
        if hasattr(value, "greenroom_timeout") or hasattr(value, "tags")
    }
