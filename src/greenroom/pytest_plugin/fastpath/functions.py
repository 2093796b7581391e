"""Plain test functions on the fast path: those of a module that use no fixture, beside the ones that stand around all tests.

The first test of a module goes the ordinary path, which sets the module up. Those that follow go the fast one as long as the module
is the innermost thing that is set up.
"""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from greenroom.pytest_plugin.fastpath import known
from greenroom.pytest_plugin.fastpath.decision import METHODS_OF_FUNCTIONS, of_hooks
from greenroom.pytest_plugin.fastpath.lane import Lane

_SCOPES = ("function", "class")
"""The scopes of fixtures that are made anew for each function of a module."""
_Around = tuple[str, tuple[Any, ...]]
"""Why tests with certain fixtures do not go the fast path, and those of their fixtures that are made before them."""


class Functions:
    """Decides about functions."""

    def __init__(self) -> None:
        self._modules: dict[Any, str] = {}
        self._around: dict[tuple[Any, tuple[str, ...]], _Around] = {}

    def goes_fast(self, item: Any) -> bool:
        """Whether a test goes the fast path now."""
        module = item.parent
        stack = item.session._setupstate.stack  # noqa: SLF001 - there is no other account of it
        entry = stack.get(module)
        if entry is None or entry[1] is not None or next(reversed(stack)) is not module or self.about(item):
            return False
        # A fixture that failed fails each test; one that was torn down in between is made again.
        return all(_is_made(fixture) for fixture in self._of_fixtures(item)[1])

    def about(self, item: Any) -> str:
        """Why a function never goes the fast path; empty where it may."""
        module = item.parent
        if type(item) is not pytest.Function or type(module) is not pytest.Module:
            return "it is no plain function of a module"
        reason = self._modules.get(module)
        if reason is None:
            reason = self._modules[module] = next(_about_module(module), "")
        return reason or next(_about_function(item), "") or self._of_fixtures(item)[0]

    def summary(self, items: Iterable[Any]) -> list[str]:
        """For each module how many of its functions may go the fast path, and why the others do not."""
        modules: dict[Any, list[str]] = {}
        for item in items:
            if type(item) is pytest.Function and type(item.parent) is pytest.Module:
                modules.setdefault(item.parent, []).append(self.about(item))
        lines = []
        for module, reasons in modules.items():
            others = Counter(filter(None, reasons))
            lines.append(f"{module.nodeid}: fast path, {len(reasons) - others.total()} of {len(reasons)} functions")
            lines += [f"    {count} not, for {reason}" for reason, count in others.items()]
        return lines

    def _of_fixtures(self, item: Any) -> _Around:
        key = (item.parent, tuple(item.fixturenames))
        found = self._around.get(key)
        if found is None:
            found = self._around[key] = _about_fixtures(item)
        return found


class FunctionLane(Lane):
    """Runs functions of one module after the other."""

    @staticmethod
    def _name_of(case: Any) -> str:
        return f"{case.nodeid}::"

    def _set_up(self, item: Any) -> None:
        if not item._request:  # noqa: SLF001 - it ran before: pytest, too, makes another one then
            item._initrequest()  # noqa: SLF001 - as pytest's own loop does
        item._excinfo = None  # noqa: SLF001 - what unittest alone tells
        super()._set_up(item)

    def _tear_down(self, item: Any, nextitem: Any) -> None:
        try:
            super()._tear_down(item, nextitem)
        finally:
            item._request, item.funcargs = False, None  # noqa: SLF001 - as pytest's own loop does

    def _let_go(self, item: Any) -> None:
        """Nothing is made for a function."""

    def _extra(self, item: Any) -> dict[str, Any]:
        """Its name is the one that pytest gives it."""
        return {}

    def _has_own_keywords(self, item: Any) -> bool:
        return len(item.keywords._markers) > 1  # noqa: SLF001 - its name alone


def _about_module(module: Any) -> Iterator[str]:
    yield from of_hooks(module)
    for mark in module.iter_markers():
        if mark.name in known.MARKS - {known.FIXTURES_OF_CLASSES} or mark.name == "django_db":
            yield f"the mark {mark.name!r}"


def _about_function(item: Any) -> Iterator[str]:
    for mark in item.own_markers:
        if mark.name in known.MARKS or mark.name == "django_db":
            yield f"the mark {mark.name!r}"
    function = item.obj
    if type(function) is not types.FunctionType or function.__dict__.keys() - {"pytestmark"}:
        yield "something is attached to it"
    if hasattr(item, "callspec"):
        yield "it has parameters"
    if item._fixtureinfo.argnames:  # noqa: SLF001 - what it asks for by itself
        yield f"the fixture {item._fixtureinfo.argnames[0]!r}"  # noqa: SLF001 - the same
    if not METHODS_OF_FUNCTIONS.isdisjoint(item.__dict__):
        yield f"a hook replaced its {next(name for name in item.__dict__ if name in METHODS_OF_FUNCTIONS)!r}"


def _about_fixtures(item: Any) -> _Around:
    before: list[Any] = []
    fixtures: dict[str, Any] = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 - where pytest keeps them
    for name in item.fixturenames:
        found = fixtures.get(name, ())
        for fixture in found:
            module = getattr(fixture.func, "__module__", "")
            harmless = name in known.FIXTURES.get(module, ()) or name in known.FIXTURES_OF_TEST_CASES.get(module, ())
            if fixture.scope in _SCOPES and not harmless:
                return f"the fixture {name!r} of {module}", ()
        if not found and name != "request":
            return f"the fixture {name!r}, which is not there", ()
        before += [fixture for fixture in found[-1:] if fixture.scope not in _SCOPES]
    return "", tuple(before)


def _is_made(fixture: Any) -> bool:
    made = fixture.cached_result
    return made is not None and made[2] is None
