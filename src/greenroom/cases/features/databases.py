"""Which databases a test uses, and what Django's own classes do about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from greenroom.cases.features.replacing import replace_in_class


def aliases_of(cls: Any, *, mirrors: bool = True) -> list[str]:
    """The aliases that a class uses by its `databases`, in the order of the settings.

    Args:
        cls: a test class.
        mirrors: whether those that stand for another one count.
    """
    from django.db import connections

    said = getattr(cls, "databases", None) or ()
    return [
        alias
        for alias in connections
        if (said == "__all__" or alias in said)
        and (mirrors or not connections.settings[alias].get("TEST", {}).get("MIRROR"))
    ]


def rolls_back(cls: Any) -> bool:
    """Whether Django itself rolls back what a test of the class wrote."""
    if not is_rolled_back(cls):
        return False
    from django.db import connections

    return all(connections[alias].features.supports_transactions for alias in aliases_of(cls))


def is_rolled_back(cls: Any) -> bool:
    """Whether a class is one that Django rolls back where its databases can; no database is asked."""
    from django.test import TestCase

    return issubclass(cls, TestCase)


def flushes(cls: Any) -> bool:
    """Whether Django itself flushes after each test of the class."""
    from django.test import TransactionTestCase

    return issubclass(cls, TransactionTestCase) and not rolls_back(cls)


def set_up_fixtures_once(cls: Any) -> None:
    """Have Django do once for a class what it does before each test: load fixtures, reset sequences."""
    stock = cls._fixture_setup
    done: list[bool] = []

    def once(_: Any) -> None:
        if not done:
            done.append(True)
            stock()

    replace_in_class(cls, "_fixture_setup", classmethod(once))


def load_fixtures(cls: Any, aliases: Iterable[str]) -> None:
    """Load the `fixtures` of a class of which Django takes no notice."""
    fixtures = getattr(cls, "fixtures", None)
    if fixtures and not isinstance(fixtures, str):
        from django.core.management import call_command

        for alias in aliases:
            call_command("loaddata", *fixtures, verbosity=0, database=alias)
