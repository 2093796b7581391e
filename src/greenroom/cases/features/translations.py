"""`make_translations`, `translation_language_code`: a language for each test, and the one before it after."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

from greenroom.cases.features.asked import asked

NAMES = frozenset({"make_translations", "make_translation", "translation_language_code"})


def set_up(test: unittest.TestCase) -> None:
    """Activate `translation_language_code`, or `LANGUAGE_CODE`, during the test."""
    code = asked(test, "translation_language_code")
    wanted = asked(test, "make_translation")
    if wanted is None:
        wanted = asked(test, "make_translations")
    if wanted is False or not (wanted or code):
        return
    from django.conf import settings
    from django.utils import translation

    test.addCleanup(_way_back())
    translation.activate(code or settings.LANGUAGE_CODE)


def _way_back() -> Callable[[], None]:
    """What makes the language again what it is now: one that was activated, none at all, or the setting's."""
    from django.utils import translation
    from django.utils.translation import trans_real

    active = getattr(vars(trans_real)["_active"], "value", None)
    if active is None:
        return translation.deactivate
    language: Any = translation.get_language()  # none after deactivate_all()
    return translation.deactivate_all if language is None else lambda: translation.activate(language)
