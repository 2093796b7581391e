"""Giving test classes what their attributes ask for.

A class that carries an attribute of a feature (see `greenroom.cases.features`), or whose methods do, gets a `setUpClass()` and
a `setUp()` around its own. All other classes stay as they are, and are looked at only once.
"""

from __future__ import annotations

import sys
import weakref
from types import FunctionType
from typing import Any

from greenroom.cases.features.asked import configured, is_library
from greenroom.cases.features.table import AMBIGUOUS, DISTINCTIVE, FEATURES, Feature
from greenroom.cases.wrapping import is_fitted, wrap
from greenroom.collect.said import may_say
from greenroom.running.place import Place, place

_DATABASE = (
    "database_single_transaction",
    "database_single_transaction_at_end",
    "database_flush",
    "database_flush_at_end",
)
_SERVED = ("start_live_server", "selenium_start", "playwright_start")
_AT_END = ("database_single_transaction_at_end", "database_flush_at_end")
_NAMES = DISTINCTIVE | AMBIGUOUS
_libraries: set[type] = set()
_seen: weakref.WeakSet[type] = weakref.WeakSet()


class _Everywhere:
    """The features that the configuration asks for in every test; found out once for a run."""

    place: Place | None = None
    features: tuple[Feature, ...] = ()


def fit(cls: type) -> None:
    """Have the tests of a class run with what its attributes, and those of its methods, ask for."""
    if cls not in _seen:
        _seen.add(cls)
        refit(cls)


def refit(cls: type) -> None:
    """Fit a class, and fit it again where it was given attributes since."""
    _adopt(cls)
    carried, marks = _carried(cls)
    everywhere = _everywhere()
    if not carried and not marks and not everywhere:
        return
    asked = {name for name in carried if _counts(getattr(cls, name, None))}
    for mark in marks:
        asked.update(name for name in _NAMES & mark.keys() if _counts(mark[name]))
    if carried & DISTINCTIVE or any(mark.keys() & DISTINCTIVE for mark in marks):
        _say_databases(cls, asked)
    else:
        # A `urls` or a `multi_db` alone is something of the suite's own.
        asked.clear()
    wanted = [
        module
        for feature in FEATURES
        if feature in everywhere or not feature.names.isdisjoint(asked)
        for module in [feature.load()]
        if getattr(module, "applies", _yes)(cls)
    ]
    if any(getattr(cls, name, False) for name in _AT_END):
        # Its tests see what the others left.
        setattr(cls, "greenroom_split", False)  # noqa: B010 - unittest's classes have no such attribute
    if any(feature.__name__.endswith(".flush") for feature in wanted):
        # The run has resets in the place of flushes.
        cls.greenroom_commits = True  # type: ignore[attr-defined]
    if wanted or is_fitted(cls):
        wrap(cls, tuple(wanted))


def _yes(_cls: type) -> bool:
    return True


def _counts(value: Any) -> bool:
    return value is not None and value is not False


def _carried(cls: type) -> tuple[set[str], list[dict[str, Any]]]:
    """The names that a class carries, and the attributes of its marked methods."""
    own = []
    for base in cls.__mro__:
        if base in _libraries:
            continue
        if is_library(base, "django.", "unittest."):
            _libraries.add(base)
        else:
            own.append(base)
    carried = {name for base in own for name in _NAMES & vars(base).keys() if not _is_function(vars(base)[name])}
    marks = [vars(value) for _, value in may_say(own) if _is_function(value) and not _NAMES.isdisjoint(vars(value))]
    return carried, marks


def _is_function(value: object) -> bool:
    return type(value) is FunctionType


def _everywhere() -> tuple[Feature, ...]:
    here = place()
    if _Everywhere.place is not here:
        _Everywhere.place = here
        switches = [feature for feature in FEATURES if feature.key]
        _Everywhere.features = tuple(one for one in switches if configured(one.key, one.setting))
    return _Everywhere.features


def _adopt(cls: type) -> None:
    """Have Django's live-server classes served as all others are."""
    testcases = sys.modules.get("django.test.testcases")
    if testcases is not None and issubclass(cls, testcases.LiveServerTestCase):
        from greenroom.servers.stock import adopt

        adopt(cls)


def _say_databases(cls: Any, asked: set[str]) -> None:
    """Say which databases a class uses, where it does not say so itself: Django makes only those that are said."""
    if any("databases" in vars(base) and not is_library(base) for base in cls.__mro__):
        return
    from django.test import TransactionTestCase

    uses = not asked.isdisjoint(_DATABASE)
    if getattr(cls, "no_database_interaction", False) and not uses:
        if issubclass(cls, TransactionTestCase):
            cls.databases = set()
    elif getattr(cls, "multi_db", False) and (uses or issubclass(cls, TransactionTestCase)):
        cls.databases = "__all__"
    elif (uses or (not asked.isdisjoint(_SERVED) and _has_database())) and not getattr(cls, "databases", None):
        cls.databases = {"default"}


def _has_database() -> bool:
    """Whether the project has a default database, which what it serves may use."""
    from django.db import connections

    engine: str = connections.settings["default"]["ENGINE"]
    return engine != "django.db.backends.dummy"
