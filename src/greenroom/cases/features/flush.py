"""`database_flush`, `database_flush_at_end`: tests that commit, and a flush after each or after the class.

Where Django flushes after each test by itself, it does; a flush command of the project's own takes its place.
"""

from __future__ import annotations

import functools
import unittest
from collections.abc import Callable, Iterable
from typing import Any

from greenroom.cases.features.asked import asked, configured
from greenroom.cases.features.databases import (
    aliases_of,
    flushes,
    is_rolled_back,
    load_fixtures,
    set_up_fixtures_once,
)
from greenroom.cases.features.lending import lend
from greenroom.cases.features.replacing import replace_in_class

NAMES = frozenset({"database_flush", "database_flush_at_end"})


def applies(cls: Any) -> bool:
    """Whether there is more to do than Django does: nothing of what it rolls back, or flushes after each test."""
    if is_rolled_back(cls):
        return False
    from django.test import TransactionTestCase

    stock = issubclass(cls, TransactionTestCase) and not _keeps(cls)
    return not stock or command() is not None or bool(getattr(cls, "database_flush_at_end", False))


def command() -> Callable[[Any], Any] | None:
    """The project's own flush: the key `flush_command`, else the setting `TEST_DATABASE_FLUSH_COMMAND`.

    Raises:
        ImportError: its dotted path leads nowhere.
    """
    said = configured("flush_command", "TEST_DATABASE_FLUSH_COMMAND")
    if isinstance(said, str):
        from django.utils.module_loading import import_string

        said = import_string(said)
    found: Callable[[Any], Any] | None = said
    return found


def flush(test: Any, aliases: Iterable[str]) -> None:
    """Do what Django does after a `TransactionTestCase`, or what the project has in place of it.

    Args:
        test: a test or a class: what the project's own command is given.
        aliases: of the databases.
    """
    own = command()
    if own is not None:
        own(test)
        return
    from django.test import testcases

    for alias in aliases:
        # By this name and with these options: where resets are faster than flushes, they stand here.
        vars(testcases)["call_command"](
            "flush",
            verbosity=0,
            interactive=False,
            database=alias,
            reset_sequences=False,
            allow_cascade=False,
            inhibit_post_migrate=False,
        )


def set_up_class(cls: Any) -> None:
    """Have one flush after the class."""
    if not getattr(cls, "database_flush_at_end", False):
        return
    if not flushes(cls):
        cls.addClassCleanup(flush, cls, aliases_of(cls, mirrors=False))
        load_fixtures(cls, aliases_of(cls, mirrors=False))
        return
    cls.addClassCleanup(_flush_as_django, cls, cls._fixture_teardown)
    set_up_fixtures_once(cls)
    replace_in_class(cls, "_fixture_teardown", lambda _: None)


def _flush_as_django(cls: Any, stock: Callable[[Any], None]) -> None:
    """The teardown that each test of the class would have had, once, with the apps that these had."""
    if command() is not None:
        flush(cls, ())
        return
    from django.apps import apps

    if cls.available_apps is not None:
        apps.set_available_apps(cls.available_apps)
    try:
        # All that it asks of a test it finds at the class.
        stock(cls)
    finally:
        if cls.available_apps is not None:
            apps.unset_available_apps()


def set_up(test: unittest.TestCase) -> None:
    """Have a flush after the test, where Django would not, or would do it otherwise."""
    cls: Any = type(test)
    at_end = getattr(cls, "database_flush_at_end", False)
    if flushes(cls):
        if command() is not None and not at_end and not _keeps(cls):
            vars(test)["_fixture_teardown"] = functools.partial(_once, test)
        elif asked(test, "database_flush") and (at_end or _keeps(cls)):
            test.addCleanup(flush, test, aliases_of(cls, mirrors=False))
    elif asked(test, "database_flush"):
        aliases = aliases_of(cls, mirrors=False)
        test.addCleanup(flush, test, aliases)
        load_fixtures(cls, aliases)
    elif not at_end:
        return
    lend(test, aliases_of(cls))


def _once(test: Any) -> None:
    """What a test has in the place of Django's teardown, which comes after all cleanups."""
    vars(test).pop("_fixture_teardown")
    flush(test, ())


def _keeps(cls: Any) -> bool:
    """Whether a class overrides what Django does after each test."""
    from django.test import TransactionTestCase

    stock: Any = vars(TransactionTestCase)["_fixture_teardown"]
    return cls._fixture_teardown is not stock
