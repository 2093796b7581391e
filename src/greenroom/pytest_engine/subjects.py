"""What filter expressions ask of the tests that pytest collected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from greenroom.collect.subjects import Places, Seconds
from greenroom.model import Kind
from greenroom.pytest_engine.uses import databases_of, test_id
from greenroom.tags import tags_of


class ItemSubject:
    """A test of pytest's, in the form that expressions ask.

    Args:
        item: of pytest's.
        kind: of the test.
        places: names for its file and its app.
        seconds: what it took.
    """

    def __init__(self, item: Any, kind: Kind, places: Places, seconds: Seconds) -> None:
        self._item = item
        self._kind = kind
        self._places = places
        self._seconds = seconds

    @property
    def kinds(self) -> Sequence[str]:
        return (self._kind,)

    @property
    def apps(self) -> Sequence[str]:
        return self._places.apps(self._module, str(self._item.path))

    @property
    def tags(self) -> Sequence[str]:
        item = self._item
        own = (*tags_of(getattr(item, "function", None)), *tags_of(getattr(item, "cls", None)))
        return [*(mark.name for mark in item.iter_markers()), *map(str, own)]

    @property
    def databases(self) -> Sequence[str]:
        return databases_of(self._item)

    @property
    def names(self) -> Sequence[str]:
        """With its parameters, and without."""
        return tuple(dict.fromkeys((self._item.name, getattr(self._item, "originalname", None) or self._item.name)))

    @property
    def tests(self) -> Sequence[str]:
        return tuple(dict.fromkeys((test_id(self._item), str(self._item.nodeid))))

    @property
    def classes(self) -> Sequence[str]:
        cls = getattr(self._item, "cls", None)
        return (cls.__qualname__, f"{cls.__module__}.{cls.__qualname__}") if cls is not None else ()

    @property
    def files(self) -> Sequence[str]:
        return self._places.file(str(self._item.path))

    @property
    def seconds(self) -> float | None:
        return self._seconds(test_id(self._item), str(self._item.nodeid).partition("::")[0])

    @property
    def _module(self) -> str:
        return str(getattr(getattr(self._item, "module", None), "__name__", ""))
