"""What tests are called in events, for a process that knows their node ids alone: pytest-xdist's controller."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterable, Mapping
from typing import Any

import pytest

from greenroom.pytest_engine.uses import test_id
from greenroom.pytest_plugin.reports import EXTRA

KEY = "names"
"""Where they stand among what a report says beyond pytest's own."""
Names = dict[str, str]
"""By the node id of a class of test cases what its tests' ids begin with; by that of any other test its id, where it has another."""


def names_of(items: Iterable[Any]) -> Names:
    """What tests are called, in short.

    Args:
        items: of pytest's.
    """
    names: Names = {}
    parent: Any = None
    for item in items:
        if item.parent is parent and parent.nodeid in names:
            continue
        parent, name = item.parent, test_id(item)
        if name != item.nodeid:
            if getattr(item, "cls", None) is None:
                names[item.nodeid] = name
            else:
                names[parent.nodeid] = name.rpartition(".")[0]
    return names


def named(nodeid: str, names: Mapping[str, str]) -> str:
    """The id of a test.

    Args:
        nodeid: pytest's.
        names: of `names_of()`.
    """
    owner, _, name = nodeid.rpartition("::")
    prefix = names.get(owner)
    return names.get(nodeid, nodeid) if prefix is None else f"{prefix}.{name}"


class Telling:
    """Has the first report of a worker of pytest-xdist's say what its tests are called: a plugin of pytest's."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: Any) -> Generator[None, Any, Any]:
        """Add it, when all others have added theirs."""
        report = yield
        if item.config.pluginmanager.unregister(self) is not None:
            setattr(report, EXTRA, {**getattr(report, EXTRA, {}), KEY: names_of(item.session.items)})
        return report


class Hearing:
    """Hears it, in the process that has pytest-xdist's workers: a plugin of pytest's."""

    def __init__(self) -> None:
        self.names: Names = {}
        """What was heard."""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Look whether a report says it."""
        if (names := getattr(report, EXTRA, {}).get(KEY)) is not None:
            self.names = names


def doc_of(item: Any) -> str:
    """The first line of a test's docstring, as unittest shows it."""
    doc = getattr(getattr(item, "function", None), "__doc__", None)
    return inspect.cleandoc(doc).partition("\n")[0].strip() if isinstance(doc, str) else ""
