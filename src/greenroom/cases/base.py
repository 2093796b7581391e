"""What all of greenroom's case classes have in common."""

from __future__ import annotations

import unittest
from typing import Any

from django.db import transaction

from greenroom.cases.assertions import Assertions
from greenroom.cases.fitting import refit


class Case(Assertions):
    """The attributes of all case classes, with their defaults, and what a class's own attributes ask for.

    Fitted as soon as it is written: the classes do what they say under any runner.
    """

    SkipTest = unittest.SkipTest
    """`raise self.SkipTest("why")` skips a test."""
    transaction = transaction
    """`django.db.transaction`."""
    make_translations = True
    """Whether a language is activated for each test: `translation_language_code`, else `LANGUAGE_CODE`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if issubclass(cls, unittest.TestCase):
            refit(cls)
