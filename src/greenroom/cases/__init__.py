"""Test cases that say what they need: each on one of Django's own classes."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenroom.cases.browser import PlaywrightTestCase as PlaywrightTestCase
    from greenroom.cases.browser import SeleniumTestCase as SeleniumTestCase
    from greenroom.cases.database import DatabaseTestCase as DatabaseTestCase
    from greenroom.cases.database import DestructiveDatabaseTestCase as DestructiveDatabaseTestCase
    from greenroom.cases.database import NoCleanupDatabaseTestCase as NoCleanupDatabaseTestCase
    from greenroom.cases.database import NonIsolatedDatabaseTestCase as NonIsolatedDatabaseTestCase
    from greenroom.cases.database import (
        NonIsolatedDestructiveDatabaseTestCase as NonIsolatedDestructiveDatabaseTestCase,
    )
    from greenroom.cases.http import HttpTestCase as HttpTestCase
    from greenroom.cases.unit import TemplateTagTestCase as TemplateTagTestCase
    from greenroom.cases.unit import UnitTestCase as UnitTestCase

_MODULES = {
    "DatabaseTestCase": "database",
    "DestructiveDatabaseTestCase": "database",
    "HttpTestCase": "http",
    "NoCleanupDatabaseTestCase": "database",
    "NonIsolatedDatabaseTestCase": "database",
    "NonIsolatedDestructiveDatabaseTestCase": "database",
    "PlaywrightTestCase": "browser",
    "SeleniumTestCase": "browser",
    "TemplateTagTestCase": "unit",
    "UnitTestCase": "unit",
}
"""Each class and its module, which is loaded when the class is asked for: a unit test needs no browser."""

__all__ = [
    "DatabaseTestCase",
    "DestructiveDatabaseTestCase",
    "HttpTestCase",
    "NoCleanupDatabaseTestCase",
    "NonIsolatedDatabaseTestCase",
    "NonIsolatedDestructiveDatabaseTestCase",
    "PlaywrightTestCase",
    "SeleniumTestCase",
    "TemplateTagTestCase",
    "UnitTestCase",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f"greenroom.cases.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
