"""What filter expressions ask of unittest tests, found out only when it is asked for."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from django.apps import apps

from greenroom.collect.kinds import Kinds, databases_of
from greenroom.filters import Subject
from greenroom.tags import tags_of

Seconds = Callable[[str, str], float | None]
"""How long a test took, by its id and its group."""
UNLOADED: Any = unittest.loader._FailedTest  # type: ignore[attr-defined]
"""What stands for a module that could not be loaded: nobody knows which tests are in it."""


class Subjects:
    """Puts tests into the form that expressions ask.

    Args:
        root: of the project.
        seconds: see `Seconds`.
    """

    def __init__(self, root: Path, seconds: Seconds) -> None:
        self._root = root
        self._seconds = seconds
        self._kinds = Kinds()
        self._places = Places(root)
        self._classes: dict[type, _Class] = {}

    def of(self, test: Any) -> Subject:
        """What is known of a test."""
        own = getattr(test, "greenroom_subject", None)
        if own is not None:
            found: Subject = own(self._places, self._seconds)
            return found
        cls = type(test)
        facts = self._classes.get(cls)
        if facts is None:
            facts = self._classes[cls] = _Class(cls, self._places)
        return _Subject(test, facts, self._kinds, self._places, self._seconds)


class Places:
    """Names for files, and the apps of modules.

    Args:
        root: of the project.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def file(self, path: str) -> tuple[str, ...]:
        """A file, from the root of the project, with `/`; none where there is none."""
        if not path:
            return ()
        file = Path(path)
        return (file.relative_to(self._root).as_posix() if file.is_relative_to(self._root) else file.as_posix(),)

    def apps(self, module: str, path: str) -> tuple[str, ...]:
        """The label and the name of the app that a module belongs to; else its topmost package."""
        found = apps.get_containing_app_config(module) or _containing(path)
        return (found.label, found.name) if found is not None else (module.partition(".")[0],)


def _containing(path: str) -> Any:
    """The app in whose folder a file is; the innermost one."""
    if not path:
        return None
    holders = [app for app in apps.get_app_configs() if Path(path).is_relative_to(app.path)]
    return max(holders, key=lambda app: len(app.path), default=None)


class _Class:
    """What all tests of a class have in common."""

    def __init__(self, cls: type, places: Places) -> None:
        self._cls = cls
        self._places = places
        self.group = f"{cls.__module__}.{cls.__qualname__}"
        self.classes = (cls.__qualname__, self.group)
        self.path: str = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""

    @cached_property
    def tags(self) -> tuple[str, ...]:
        return tuple(map(str, tags_of(self._cls)))

    @cached_property
    def databases(self) -> tuple[str, ...]:
        return databases_of(self._cls)

    @cached_property
    def files(self) -> tuple[str, ...]:
        return self._places.file(self.path)

    @cached_property
    def apps(self) -> tuple[str, ...]:
        return self._places.apps(self._cls.__module__, self.path)


class _Subject:
    def __init__(self, test: Any, facts: _Class, kinds: Kinds, places: Places, seconds: Seconds) -> None:
        self._test = test
        self._facts = facts
        self._kinds = kinds
        self._places = places
        self._seconds = seconds

    @property
    def kinds(self) -> Sequence[str]:
        return (self._kinds.of(self._test),)

    @property
    def apps(self) -> Sequence[str]:
        place = self._place
        return self._places.apps("", place) if place else self._facts.apps

    @property
    def tags(self) -> Sequence[str]:
        own = tags_of(getattr(type(self._test), self._name, None))
        return (*self._facts.tags, *map(str, own)) if own else self._facts.tags

    @property
    def databases(self) -> Sequence[str]:
        return self._facts.databases

    @property
    def names(self) -> Sequence[str]:
        return (self._name,)

    @property
    def tests(self) -> Sequence[str]:
        return (self._test.id(),)

    @property
    def classes(self) -> Sequence[str]:
        return self._facts.classes

    @property
    def files(self) -> Sequence[str]:
        place = self._place
        return self._places.file(place) if place else self._facts.files

    @property
    def seconds(self) -> float | None:
        return self._seconds(self._test.id(), self._facts.group)

    @property
    def _name(self) -> str:
        return str(getattr(self._test, "_testMethodName", ""))

    @property
    def _place(self) -> str:
        """The file of a test that knows where it stands, such as a doctest."""
        place: tuple[str, int] = getattr(self._test, "greenroom_place", ("", 0))
        return place[0]


def unknown_seconds(_test: str, _group: str) -> float | None:
    """For expressions that do not ask for it."""
    return None
