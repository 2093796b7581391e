"""What is told of tests before they run: most tests of a module or class differ in their names and lines alone."""

from __future__ import annotations

import types
from typing import Any

from greenroom.model import Kind, TestSpec
from greenroom.pytest_engine.uses import databases_of, kind_of, test_id
from greenroom.pytest_plugin.fastpath.items import fixture_names
from greenroom.pytest_plugin.run import PytestRun

_Shared = tuple[Kind, tuple[str, ...], tuple[str, ...]]


class Specs:
    """Makes them.

    Args:
        run: the run.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run
        self._parent: Any = None
        self._known: dict[tuple[str, ...], _Shared] = {}
        """Kind, databases and tags of tests of `_parent` that no mark and no decorator touched, by their fixtures."""

    def of(self, index: int, item: Any) -> TestSpec:
        """What is told of one test.

        Args:
            index: its place in the run.
            item: the test.
        """
        kind, databases, tags = self._shared(item)
        file, line, _ = item.location
        return TestSpec(
            index=index,
            id=test_id(item),
            kind=kind,
            group=item.parent.nodeid,
            databases=databases,
            tags=tags,
            file=str(file),
            line=(line or 0) + 1,
        )

    def _shared(self, item: Any) -> _Shared:
        function = getattr(item, "function", None)
        if item.own_markers or type(function) is not types.FunctionType or function.__dict__:
            return self._look(item)
        if item.parent is not self._parent:
            self._parent, self._known = item.parent, {}
        names = tuple(fixture_names(item))
        found = self._known.get(names)
        if found is None:
            found = self._known[names] = self._look(item)
        return found

    def _look(self, item: Any) -> _Shared:
        tags = tuple(dict.fromkeys(mark.name for mark in item.iter_markers()))
        return kind_of(item, self._run.marks), databases_of(item), tags
