"""Which feature looks at which attributes."""

from __future__ import annotations

import importlib
from typing import Any

import msgspec


class Feature(msgspec.Struct, frozen=True):
    """A feature, known by name until it is needed."""

    module: str
    """Its module below `greenroom.cases`."""
    names: frozenset[str]
    """The attributes that it looks at; those of the module itself."""
    key: str = ""
    """The key of the configuration by which all tests have it."""
    setting: str = ""
    """The Django setting that does the same."""

    def load(self) -> Any:
        """The module."""
        return importlib.import_module(f"greenroom.cases.{self.module}")


def _feature(module: str, *names: str, key: str = "", setting: str = "") -> Feature:
    return Feature(module, frozenset(names), key, setting)


FEATURES = (
    _feature("features.first_flush", key="flush_after_migrate", setting="FLUSH_TEST_DATABASE_AFTER_INITIAL_SYNCDB"),
    _feature("features.caches", "flush_django_cache", key="flush_cache", setting="DST_FLUSH_DJANGO_CACHE"),
    _feature("features.redis", "flush_redis"),
    _feature("features.urls", "urls"),
    _feature("features.translations", "make_translations", "make_translation", "translation_language_code"),
    # What is flushed or rolled back is not left over.
    _feature("features.leftovers", "report_database_leftovers"),
    _feature(
        "features.flush",
        "database_flush",
        "database_flush_at_end",
        key="flush_command",
        setting="TEST_DATABASE_FLUSH_COMMAND",
    ),
    _feature("features.rollback", "database_single_transaction", "database_single_transaction_at_end"),
    _feature("features.live_server", "start_live_server"),
    _feature("features.selenium", "selenium_start"),
    _feature("features.playwright", "playwright_start"),
    _feature("features.no_database", "no_database_interaction"),
    _feature("features.no_network", "no_network_interaction"),
)
"""In the order in which they set up; what they do is undone in the opposite order."""

AMBIGUOUS = frozenset({"urls", "multi_db", "test_type"})
"""Names that a suite may well use for something of its own: they count on greenroom's case classes, and on classes that
carry at least one of the other names."""

DISTINCTIVE = (
    frozenset({"required_sane_plugins"}) | frozenset(name for feature in FEATURES for name in feature.names)
) - AMBIGUOUS
"""Names that mean the same wherever they are."""
