"""The kind of a test: what it needs to run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from django.db import connections
from django.test import LiveServerTestCase, TestCase, TransactionTestCase

from greenroom.collect.said import may_say, own_bases
from greenroom.errors import did_you_mean
from greenroom.model import KINDS, Kind
from greenroom.tags import tags_of

_Test = TypeVar("_Test", bound=Callable[..., object])

TAG_PREFIX = "kind:"
LIBRARY = ("django.", "unittest.", "greenroom.")
"""Modules whose classes no project wrote."""

_TEST_TYPES: dict[object, Kind] = {
    "unittest": "unit",
    "destructivedatabase": "destructive",
    "selenium": "browser",
    **{kind: kind for kind in KINDS},
}
"""What django-sane-testing's `test_type` may be, and the names of the kinds themselves."""

_ATTRIBUTES: dict[str, Kind] = {
    "selenium_start": "browser",
    "playwright_start": "browser",
    "start_live_server": "http",
    "database_flush": "destructive",
    "database_flush_at_end": "destructive",
    "database_single_transaction": "database",
    "database_single_transaction_at_end": "database",
}
"""What an attribute that is true asks for."""

_TAGS: dict[object, Kind] = {"selenium": "browser", **{kind: kind for kind in KINDS}}
_SPEED: dict[Kind, int] = {kind: place for place, kind in enumerate(KINDS)}
TELLING = ("greenroom_kind", "test_type", "tags", *_ATTRIBUTES)
"""The attributes by which a class or a method says of which kind it is."""
_CHANNELS = "ChannelsLiveServerTestCase"
"""It is a TransactionTestCase with a server of its own."""
_BROWSERS = ("selenium", "playwright")


def kind(name: Kind) -> Callable[[_Test], _Test]:
    """Say of which kind a test is; for a method, or for a class and so each of its tests.

    Args:
        name: `unit`, `database`, `destructive`, `http` or `browser`.

    Raises:
        ValueError: it is none of these.
    """
    if name not in KINDS:
        raise ValueError(f"there is no kind of tests {name!r}. {did_you_mean(name, KINDS)}")

    def mark(test: _Test) -> _Test:
        test.greenroom_kind = name  # type: ignore[attr-defined]
        return test

    return mark


def kind_of(cls: type, method: Any = None) -> Kind:
    """The kind of a test.

    What the test says of itself counts first, the method before the class; else it is the slowest of what its class is
    built on and what its attributes and tags ask for.

    Args:
        cls: the class of the test.
        method: its test method; None where only the class is asked about.
    """
    of_class = _said(cls) or _slowest([_built_on(cls), *_asked(cls)])
    if method is None:
        return of_class
    return _said(method) or _slowest([of_class, *_asked(method)])


class Kinds:
    """The kinds of the tests of a run; classes are looked at once, and methods where one of them says something."""

    def __init__(self) -> None:
        self._classes: dict[type, tuple[Kind, Collection[str]]] = {}

    def of(self, test: Any) -> Kind:
        """The kind of a test."""
        cls = type(test)
        known = self._classes.get(cls)
        if known is None:
            known = self._classes[cls] = (kind_of(cls), _telling_methods(cls))
        if known[1] is _BY_ITSELF:
            own: Kind = test.greenroom_kind
            return own
        of_class, telling = known
        name = getattr(test, "_testMethodName", "") if telling else ""
        return kind_of(cls, getattr(cls, name, None)) if name in telling else of_class


def speed(of_kind: Kind) -> int:
    """The place of a kind from fast to slow, from 0."""
    return _SPEED[of_kind]


def databases_of(cls: type) -> tuple[str, ...]:
    """The aliases that a test class says it uses, `__all__` resolved, as `DiscoverRunner._get_databases()` reads them."""
    databases = getattr(cls, "databases", None)
    if databases == "__all__":
        return tuple(connections)
    return tuple(sorted(databases)) if databases else ()


_BY_ITSELF = frozenset({"*"})


def _telling_methods(cls: type) -> frozenset[str]:
    if hasattr(cls, "greenroom_by_itself"):
        return _BY_ITSELF  # Each of its tests has a kind of its own.
    methods = [(name, value) for name, value in may_say(own_bases(cls, LIBRARY)) if callable(value)]
    return frozenset([name for attribute in TELLING for name, value in methods if hasattr(value, attribute)])


def _said(holder: Any) -> Kind | None:
    """What a class or method says of itself in plain words."""
    named = getattr(holder, "greenroom_kind", None)
    if named is not None:
        return _TEST_TYPES.get(named)
    for tag in tags_of(holder):
        if isinstance(tag, str) and tag.startswith(TAG_PREFIX) and (said := tag.removeprefix(TAG_PREFIX)) in _SPEED:
            return _TEST_TYPES[said]
    return None if _from_library(holder) else _test_type(holder)


def _asked(holder: Any) -> list[Kind]:
    """What the attributes and tags of a class or method ask for."""
    asked = [needed for name, needed in _ATTRIBUTES.items() if getattr(holder, name, False) is True]
    test_type = _test_type(holder)
    if test_type is not None:
        asked.append(test_type)
    return asked + [_TAGS[tag] for tag in tags_of(holder) if isinstance(tag, str) and tag in _TAGS]


def _test_type(holder: Any) -> Kind | None:
    # On a class of a project that knows nothing of kinds it may be anything.
    test_type = getattr(holder, "test_type", None)
    return _TEST_TYPES.get(test_type) if isinstance(test_type, str) else None


def _from_library(holder: Any) -> bool:
    """Whether a class has its `test_type` from one of greenroom's, of which its own attributes may ask for more."""
    for base in getattr(holder, "__mro__", ()):
        if "test_type" in vars(base):
            return bool(base.__module__.startswith(LIBRARY))
    return False


def _built_on(cls: type) -> Kind:
    names = [base.__name__ for base in cls.__mro__]
    if "SeleniumTestCase" in names or "PlaywrightTestCase" in names:
        return "browser"
    if issubclass(cls, LiveServerTestCase) or _CHANNELS in names:
        return "browser" if any(word in name.lower() for name in names for word in _BROWSERS) else "http"
    if not databases_of(cls) or _does_without(cls):
        return "unit"
    return "destructive" if issubclass(cls, TransactionTestCase) and not issubclass(cls, TestCase) else "database"


def _does_without(cls: type) -> bool:
    """Whether a class does without the databases that only Django's class gives it: `no_database_interaction`."""
    does = bool(getattr(cls, "no_database_interaction", False))
    return does and not any("databases" in vars(base) for base in own_bases(cls, LIBRARY))


def _slowest(kinds: Collection[Kind]) -> Kind:
    return max(kinds, key=_SPEED.__getitem__)
