"""What stands for a test of pytest's in a suite of unittest's.

Django's runner orders, filters and shares out such an object as any other test; run, it has pytest run its test.
"""

from __future__ import annotations

import unittest
from typing import Any, Protocol

from greenroom.attempts import MARKED
from greenroom.events import Problem
from greenroom.execute.exceptions import describe
from greenroom.execute.recorder import Recorder
from greenroom.model import Kind, TestSpec
from greenroom.pytest_engine.quarantine import said_reason
from greenroom.pytest_engine.refs import ref_of
from greenroom.pytest_engine.uses import databases_of, django_class, is_destructive, test_id
from greenroom.tags import tags_of

_FailedTest: Any = unittest.loader._FailedTest  # type: ignore[attr-defined]


class Runs(Protocol):
    """What runs the tests of pytest's: `greenroom.pytest_engine.engine.PytestEngine`."""

    def run(self, case: Any, result: Any) -> None: ...


class PytestCase(unittest.TestCase):
    """A test of pytest's.

    Args:
        item: pytest's own object for it.
        engine: runs it.
        kind: of the test.
    """

    greenroom_group = ""
    """The file, by pytest's name for it: its tests run in a row, as fixtures may be made for all of them."""
    greenroom_stands_for: type = object
    """The class by whose place in `DiscoverRunner.reorder_by` it is ordered."""
    greenroom_commits = False
    greenroom_split = False
    greenroom_by_itself = True
    """Each of its tests has facts of its own; other classes have those of the class."""

    def __init__(self, item: Any, engine: Runs, kind: Kind) -> None:
        super().__init__()
        name = str(item.nodeid)
        self.item = item
        self.next_node: Any = item.session
        """What pytest runs next, so that it keeps the fixtures of both: a test, the session, or None at the very end."""
        self.greenroom_ref = ref_of(str(item.path), name)
        self._engine = engine
        self._testMethodName = name.removeprefix(f"{self.greenroom_group}::")
        function = getattr(item, "function", None)
        self._testMethodDoc: Any = getattr(function, "__doc__", None)
        # Where unittest, Django and greenroom look for what is said of a method.
        setattr(self, self._testMethodName, function)
        reason = said_reason(item)
        if reason is not None:
            self.greenroom_quarantine = reason
            MARKED.append(reason)
        self._id = test_id(item)
        self.greenroom_kind = kind
        self.databases = frozenset(databases_of(item))
        self.serialized_rollback = _serialized_rollback(item)
        own = (*tags_of(function), *tags_of(getattr(item, "cls", None)))
        self.tags = frozenset([*(mark.name for mark in item.iter_markers()), *own])

    def id(self) -> str:
        return self._id

    def __str__(self) -> str:
        return str(self.item.nodeid) if self._id == self.item.nodeid else f"{self.item.name} ({self._id})"

    def run(self, result: Any = None) -> Any:
        self._engine.run(self, result)
        return result

    def debug(self) -> None:
        """Pytest reports whatever is raised; there is nothing to be left for a debugger."""
        self.run(unittest.TestResult())

    def greenroom_subject(self, places: Any, seconds: Any) -> Any:
        """What filter expressions ask of it; see `greenroom.collect.subjects`."""
        from greenroom.pytest_engine.subjects import ItemSubject

        return ItemSubject(self.item, self.greenroom_kind, places, seconds)

    def spec(self, index: int, rank: int, seconds: float | None, limit: float | None) -> TestSpec:
        """The data by which it is listed and scheduled."""
        file, line, _ = self.item.location
        shares = getattr(getattr(self.item, "function", None), "greenroom_shares", None)
        of_class = getattr(getattr(self.item, "cls", None), "greenroom_shares", None) or ((), 1)
        locks, weight = shares or ((), 1)
        return TestSpec(
            index=index,
            id=self._id,
            kind=self.greenroom_kind,
            group=self.greenroom_group,
            rank=rank,
            databases=tuple(sorted(self.databases)),
            tags=tuple(sorted(map(str, self.tags))),
            file=str(self.item.path) if self.item.path.exists() else str(file),
            line=(line or 0) + 1,
            locks=(*of_class[0], *locks),
            timeout=limit,
            seconds=seconds,
            weight=max(of_class[1], weight),
        )


class _Broken:
    """What both kinds of tests that stand for a whole file have in common."""

    greenroom_by_itself = True
    greenroom_group = ""
    greenroom_kind: Kind = "unit"
    _testMethodDoc: Any  # noqa: N815 - unittest's name
    _id: str
    text: str

    def _begin(self, name: str, text: str) -> None:
        self._id, self.text = name, text
        self._testMethodName = name
        self._testMethodDoc = None
        self.greenroom_group = name

    def id(self) -> str:
        return self._id

    def __str__(self) -> str:
        return self._id

    def spec(self, index: int, rank: int, seconds: float | None, limit: float | None) -> TestSpec:
        """The data by which it is listed and scheduled."""
        file = self._id.partition("::")[0]
        return TestSpec(index, self._id, "unit", self._id, rank, file=file, seconds=seconds, timeout=limit)


class FailedFile(_Broken, _FailedTest):  # type: ignore[misc]
    """Stands for a file that pytest could not collect: an error, with pytest's own words.

    Args:
        name: pytest's name for the file.
        text: what it said.
    """

    def __init__(self, name: str, text: str) -> None:
        _FailedTest.__init__(self, name, None)
        self._begin(name, text)

    def run(self, result: Any = None) -> Any:
        result.startTest(self)
        error = NotCollectedError(self.text)
        if isinstance(result, Recorder):
            result.told(Problem("error", self.text, "", describe(error)), self, None)
        else:
            result.addError(self, (NotCollectedError, error, None))
        result.stopTest(self)
        return result


class SkippedFile(_Broken, unittest.TestCase):
    """Stands for a file that skipped itself as a whole.

    Args:
        name: pytest's name for the file.
        text: the reason.
    """

    def __init__(self, name: str, text: str) -> None:
        unittest.TestCase.__init__(self)
        self._begin(name, text)

    def run(self, result: Any = None) -> Any:
        result.startTest(self)
        result.addSkip(self, self.text)
        result.stopTest(self)
        return result


class NotCollectedError(Exception):
    """pytest could not collect a file; the text is pytest's."""


def stands_for(item: Any) -> type:
    """The class of unittest's or Django's by whose place among the kinds a test is ordered, as pytest-django orders it."""
    from django.test import TestCase, TransactionTestCase

    cls = getattr(item, "cls", None)
    if isinstance(cls, type) and issubclass(cls, unittest.TestCase):
        return cls
    if is_destructive(item):
        return TransactionTestCase
    return TestCase if databases_of(item) else object


def case_class(group: str, order: type, *, commits: bool, split: bool) -> type[PytestCase]:
    """The class of the tests of a file that have the same place in the order.

    Args:
        group: the file, by pytest's name for it.
        order: see `stands_for`.
        commits: whether any of them commits what it writes.
        split: whether its tests may be shared out among workers.
    """
    about = {
        "__module__": __name__,
        "__qualname__": f"{group}:{order.__module__}.{order.__qualname__}",
        "greenroom_group": group,
        "greenroom_stands_for": order,
        "greenroom_commits": commits,
        "greenroom_split": split,
    }
    return type("PytestCase", (PytestCase,), about)


def bin_of(item: Any, bins: tuple[type, ...]) -> int:
    """The place of a test in the order: the number of the first of these classes that it stands for."""
    order = stands_for(item)
    return next((place for place, cls in enumerate(bins) if issubclass(order, cls)), len(bins))


def standing(cls: type) -> type:
    """A class for `reorder_by` that takes in what stands for tests of another one, besides the tests of that one."""
    return _Standing(cls.__name__, (), {"__module__": cls.__module__, "stands_for": cls})


class _Standing(type):
    stands_for: type

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.stands_for) or issubclass(type(instance), cls)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(getattr(subclass, "greenroom_stands_for", subclass), cls.stands_for)


def _serialized_rollback(item: Any) -> bool:
    mark = item.get_closest_marker("django_db")
    if django_class(item) is not None:
        return bool(getattr(item.cls, "serialized_rollback", False))
    named = "django_db_serialized_rollback" in getattr(item, "fixturenames", ())
    return named or bool(mark and mark.kwargs.get("serialized_rollback"))
