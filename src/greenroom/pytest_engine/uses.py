"""What a test that pytest collected uses: databases, a server, a browser; and so its kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from greenroom.model import KINDS, Kind
from greenroom.pytest_engine.doctests import databases_of_doctest, id_of, is_doctest

SCOPED = "scoped_db"
SERVED = frozenset({"http_server", "browser_page", "browser_driver"})
"""greenroom's fixtures that serve the project."""
_DATABASE = frozenset({"db", "transactional_db", "live_server", "_django_db_helper", SCOPED, *SERVED})
_COMMIT = frozenset({"transactional_db", "django_db_reset_sequences", "live_server"})
_BROWSERS = frozenset({"browser_page", "browser_driver"})
_HTTP = frozenset({"http_server", "live_server"})
_BY_PLUGIN = {"playwright": ("page", "context", "new_context"), "pytest_selenium": ("selenium", "driver")}
"""Fixtures of other plugins that are browsers, where that plugin is there."""


def django_mark(item: Any) -> tuple[bool, Any] | None:
    """Whether the mark `django_db` of a test says that it commits, and which databases; None where it has none."""
    mark = item.get_closest_marker("django_db")
    if mark is None:
        return None
    from pytest_django.fixtures import validate_django_db

    commits, resets, databases, *_ = validate_django_db(mark)
    return bool(commits or resets), databases


def django_class(item: Any) -> Any:
    """The class of a test, where it is one of Django's; None else."""
    cls = getattr(item, "cls", None)
    if cls is None:
        return None
    from django.test import SimpleTestCase

    return cls if issubclass(cls, SimpleTestCase) else None


def databases_of(item: Any) -> tuple[str, ...]:
    """The aliases that a test uses."""
    from django.db import DEFAULT_DB_ALIAS, connections

    cls = django_class(item)
    if cls is None and is_doctest(item):
        return databases_of_doctest(item)
    if cls is not None:
        databases = cls.databases
    else:
        mark = django_mark(item)
        if mark is None and _DATABASE.isdisjoint(getattr(item, "fixturenames", ())):
            return ()
        databases = (mark[1] if mark else None) or {DEFAULT_DB_ALIAS}
    return tuple(alias for alias in connections if databases == "__all__" or alias in databases)


def aliases_of_items(items: Iterable[Any]) -> set[str]:
    """The aliases that any of these tests uses."""
    return {alias for item in items for alias in databases_of(item)}


def is_destructive(item: Any) -> bool:
    """Whether a test commits what it writes."""
    cls = django_class(item)
    if cls is not None:
        from django.test import TestCase, TransactionTestCase

        return issubclass(cls, TransactionTestCase) and not issubclass(cls, TestCase)
    mark = django_mark(item)
    return bool(mark and mark[0]) or not _COMMIT.isdisjoint(getattr(item, "fixturenames", ()))


def uses_django(item: Any) -> bool:
    """Whether a test has to do with Django, as far as one can tell from outside."""
    if django_class(item) is not None or any(item.get_closest_marker(name) for name in DJANGO_MARKS):
        return True
    return not DJANGO_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


DJANGO_MARKS = "django_db", "urls"
"""The marks of a test that has to do with Django."""
DJANGO_FIXTURES = _DATABASE | {
    "admin_client", "admin_user", "async_client", "async_rf", "client", "django_client", "django_user_model", "mailoutbox",
    "rf", "settings",
}  # fmt: skip


def kind_of(item: Any, marks: frozenset[str]) -> Kind:
    """The kind of a test: what it says of itself, else the slowest thing that it uses.

    Args:
        item: the test.
        marks: those that mean a kind.
    """
    for mark in item.iter_markers():
        if mark.name in marks and mark.name in KINDS:
            named: Kind = mark.name
            return named
    cls: Any = getattr(item, "cls", None)
    function = getattr(item, "function", None)
    if django_class(item) is not None:
        from greenroom.collect.kinds import kind_of as kind_of_class

        return kind_of_class(cls, function)
    for holder in (function, cls):
        said = getattr(holder, "greenroom_kind", None)
        if said in KINDS:
            own: Kind = said
            return own
    return _kind_by_fixtures(item)


def _kind_by_fixtures(item: Any) -> Kind:
    names = set(getattr(item, "fixturenames", ()))
    loaded = item.config.pluginmanager.hasplugin
    if names & _BROWSERS or any(names.intersection(own) for name, own in _BY_PLUGIN.items() if loaded(name)):
        return "browser"
    if names & _HTTP:
        return "http"
    if is_destructive(item):
        return "destructive"
    if is_doctest(item) and databases_of_doctest(item):
        return "database"
    return "database" if django_mark(item) or names & _DATABASE else "unit"


def test_id(item: Any) -> str:
    """The name of a test in the history: that of unittest for its test cases, pytest's for all others."""
    import unittest

    cls = getattr(item, "cls", None)
    if cls is not None and issubclass(cls, unittest.TestCase):
        return f"{cls.__module__}.{cls.__qualname__}.{item.name}"
    return id_of(item) if is_doctest(item) else str(item.nodeid)
