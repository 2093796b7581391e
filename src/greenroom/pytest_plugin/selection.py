"""Which tests run, and in which order: kinds, `--kind`, `--pipeline`, and the resources that tests need."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator
from typing import Any

import pytest

from greenroom.errors import UnknownResourceError
from greenroom.model import KINDS, Kind
from greenroom.pytest_engine.uses import SCOPED, SERVED, django_class, kind_of
from greenroom.pytest_plugin.fastpath.items import fixture_names
from greenroom.pytest_plugin.run import PytestRun

REQUIRES = "requires"
_ATTRIBUTE = "greenroom_requires"
KIND = pytest.StashKey[Kind]()
"""On a test, where somebody asks for kinds."""
_SPEED = {kind: place for place, kind in enumerate(KINDS)}


class Selection:
    """What is done to the tests that were collected.

    Args:
        run: the run.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run
        self._failures_before = 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, Any, Any]:
        """Before all others: what tests are. After all others: in which order they run."""
        for item in items:
            _say_that_it_uses_the_database(item)
        wanted = set(self._run.config.kind)
        by_name = set(_words(config.getoption("markexpr", "") or "")) & self._run.marks & set(KINDS)
        if wanted or by_name or self._run.config.pipeline:
            for item in items:
                kind = item.stash[KIND] = kind_of(item, self._run.marks)
                if kind in by_name and item.get_closest_marker(kind) is None:
                    item.add_marker(kind)
        if wanted:
            _keep(config, items, {item for item in items if item.stash[KIND] in wanted})
        if self._run.config.filter:
            # Imported here: most runs have no filter.
            from greenroom.pytest_plugin.overriding import meant

            _keep(config, items, meant(items, self._run))
        result = yield
        for item in items:
            _check_names(item, self._run)
        if self._run.config.pipeline:
            if self._run.is_controller or self._run.is_worker:
                raise pytest.UsageError(
                    "--pipeline runs one kind after the other, and -n all at once: give one of them"
                )
            items.sort(key=lambda item: _SPEED[item.stash[KIND]])
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What `--require` names exists."""
        from greenroom.cases.resources.registry import check_required

        try:
            check_required(self._run.config.require)
        except UnknownResourceError as error:
            raise pytest.UsageError(str(error)) from None


class Pipeline:
    """Ends a run under `--pipeline` after a kind of which a test failed.

    Args:
        run: the run.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
        """Look whether the next test is of another kind."""
        result = yield
        if nextitem is not None:
            kind, following = item.stash[KIND], nextitem.stash[KIND]
            if kind != following and item.session.testsfailed and not item.session.shouldfail:
                left = [each for each in item.session.items if _SPEED[each.stash[KIND]] > _SPEED[kind]]
                item.session.shouldfail = (
                    f"a test of a faster kind failed, and {len(left)} of the slower kinds did not run (--pipeline)"
                )
        return result


def _keep(config: pytest.Config, items: list[pytest.Item], wanted: Collection[pytest.Item]) -> None:
    """Leave all other tests out."""
    if others := [item for item in items if item not in wanted]:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item in wanted]


def needs_of(item: Any, run: PytestRun) -> list[str]:
    """The resources that a test needs, by its marks and by `greenroom.requires`."""
    if not _may_need(item, run):
        return []
    names: list[Any] = []
    if REQUIRES in run.marks:
        for mark in item.iter_markers(REQUIRES):
            names += mark.args
    for holder in (getattr(item, "cls", None), getattr(item, "function", None)):
        for base in getattr(holder, "__mro__", (holder,)):
            names += getattr(base, "__dict__", {}).get(_ATTRIBUTE, ())
    return list(dict.fromkeys(names))


def _may_need(item: Any, run: PytestRun) -> bool:
    """Whether there is anything to look for: most tests have nothing, and their classes have nothing."""
    parent = item.parent
    around = run.needy.get(parent)
    if around is None:
        marked = any(mark.name == REQUIRES for mark in parent.iter_markers())
        classes = getattr(getattr(item, "cls", None), "__mro__", ())
        around = run.needy[parent] = marked or any(_ATTRIBUTE in base.__dict__ for base in classes)
    if around or any(mark.name == REQUIRES for mark in item.own_markers):
        return True
    return _ATTRIBUTE in getattr(getattr(item, "function", None), "__dict__", ())


def _check_names(item: pytest.Item, run: PytestRun) -> None:
    needs = needs_of(item, run)
    if needs:
        from greenroom.cases.resources.registry import check

        for name in needs:
            if not isinstance(name, str):
                raise pytest.UsageError(f'{item.nodeid}: requires takes the names of resources: requires("redis")')
            try:
                check(name, item.nodeid)
            except UnknownResourceError as error:
                raise pytest.UsageError(str(error)) from None


def _say_that_it_uses_the_database(item: pytest.Item) -> None:
    """What pytest-django reads from marks and from its own fixtures alone."""
    names = fixture_names(item)
    asks = SCOPED in names or (not SERVED.isdisjoint(names) and _has_database())
    if asks and item.get_closest_marker("django_db") is None and django_class(item) is None:
        item.add_marker(pytest.mark.django_db)


def _has_database() -> bool:
    from django.db import connections

    return bool(connections.settings["default"]["ENGINE"] != "django.db.backends.dummy")


def _words(expression: str) -> list[str]:
    return re.findall(r"\w+", expression)
