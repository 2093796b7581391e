"""What an executor is given, and what it must do."""

from __future__ import annotations

import unittest
from collections.abc import Sequence
from typing import Any, Protocol

from greenroom.events import Event
from greenroom.execute.control import Control
from greenroom.model import Group


class Narrator(Protocol):
    """Takes the events of a run in order; the dispatcher is one."""

    started_wanted: bool
    """Whether anybody listens to `TestStarted`; if not, none need be made."""

    def emit(self, event: Event) -> None: ...

    def test_passed(self, index: int, at: float, seconds: float, worker: int) -> None:
        """A `TestFinished` for the plain case, which is nearly every test."""

    def tests_passed(self, tests: Sequence[tuple[int, float, float]], worker: int) -> None:
        """The same for several: the index, the beginning and the seconds of each."""

    def flush(self) -> None:
        """A batch of events is complete: let those who collect write."""


class Executor(Protocol):
    """Carries out tests.

    It emits exactly one `TestFinished` for each `TestStarted`, returns soon after `control.reason` is set, and leaves no
    process and no thread behind.
    """

    def run(self, narrator: Narrator, control: Control) -> None: ...


class Retries(Protocol):
    """Knows which tests are to be tried again, and when. Whoever runs tests asks for them, and is not through before."""

    @property
    def waiting(self) -> bool:
        """Whether any test waits to be tried again."""

    def due(self) -> list[tuple[int, int]]:
        """Take those whose time has come: the index of each, and the worker in which it failed."""


class Leases(Protocol):
    """The databases of workers."""

    def renew(self, slot: int) -> None:
        """Make the databases of a worker as they were at the beginning of the run, after it died."""


def ids_of(tests: Sequence[Any]) -> list[str]:
    """The id of each test: `test.id()`, made class by class where the class leaves that to unittest."""
    prefixes: dict[type, str | None] = {}
    ids = []
    for test in tests:
        cls = type(test)
        try:
            prefix = prefixes[cls]
        except KeyError:
            usual = getattr(cls, "id", None) is unittest.TestCase.id
            prefix = prefixes[cls] = f"{cls.__module__}.{cls.__qualname__}." if usual else None
        ids.append(test.id() if prefix is None else prefix + test._testMethodName)
    return ids


class Roster:
    """The tests of a run by index: the objects, their ids, and how they call themselves.

    A test object is let go as soon as it ran, as unittest's own suites do.
    """

    def __init__(self, tests: Sequence[Any]) -> None:
        self.tests: list[Any] = list(tests)
        self.ids: list[str] = ids_of(self.tests)
        self._index = {id(test): index for index, test in enumerate(self.tests)}

    def index_of(self, test: Any) -> int:
        """The index of a test that begins; a test that nobody knew of (a suite made it on the way) gets a new one."""
        index = self._index.pop(id(test), None)
        return self.add(test.id()) if index is None else index

    def known(self, test: Any) -> int:
        """The index of a test that has not begun; -1 where nobody knows of it."""
        return self._index.get(id(test), -1)

    def add(self, test_id: str) -> int:
        """The index of a test that nobody knew of."""
        self.ids.append(test_id)
        self.tests.append(None)
        return len(self.ids) - 1

    def again(self, index: int, test: Any) -> None:
        """Take a fresh object of a test that is to be tried again."""
        self.tests[index] = test
        self._index[id(test)] = index

    def release(self, index: int) -> None:
        """Forget the object of a test that ran."""
        self.tests[index] = None


class GroupQueue(Protocol):
    """What decides which group a worker runs next: `greenroom.schedule.Schedule` is one."""

    @property
    def pending(self) -> int: ...

    def take(self, worker: int) -> Group | None: ...

    def needs_fresh(self, worker: int, group: Group) -> bool: ...

    def finished(self, worker: int, group: Group) -> None: ...

    def requeue(self, group: Group) -> None: ...

    def reset_worker(self, worker: int) -> None: ...

    def drop_all(self) -> list[Group]: ...


def default_name(test_id: str) -> str:
    """What `str(test)` is for nearly every test, given its id."""
    return f"{test_id.rpartition('.')[2]} ({test_id})"


def name_and_doc(test: Any, test_id: str) -> tuple[str, str]:
    """How a test calls itself (empty where it follows from the id), and the first line of its docstring."""
    try:
        if _names_itself_as_stock(test):
            doc = test._testMethodDoc  # all that unittest's shortDescription() looks at
            return "", doc.strip().split("\n")[0].strip() if doc else ""
        name, doc = str(test), test.shortDescription() or ""
    except Exception:
        return "", ""
    return ("" if name == default_name(test_id) else name), doc


def _names_itself_as_stock(test: Any) -> bool:
    """Whether `default_name` is what a test calls itself, without making both to compare them."""
    cls: Any = type(test)
    stock: Any = unittest.TestCase
    return (
        cls.__str__ is stock.__str__
        and cls.id is stock.id
        and cls.shortDescription is stock.shortDescription
        and "." not in test._testMethodName
    )
