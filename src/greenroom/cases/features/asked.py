"""What a test is asked by attributes: its method's count more than its class's."""

from __future__ import annotations

import unittest
from typing import Any

from greenroom.collect.kinds import LIBRARY
from greenroom.running.place import place


def asked(test: unittest.TestCase, name: str, default: Any = None) -> Any:
    """The value of an attribute for a test: its method's own, else its class's.

    Args:
        test: the test.
        name: of the attribute.
        default: the value where neither says anything.
    """
    cls = type(test)
    # Of the class: Django puts another callable in the place of an async test of an instance.
    method = getattr(cls, getattr(test, "_testMethodName", ""), None)
    own = getattr(method, name, None)
    return getattr(cls, name, default) if own is None else own


def configured(key: str, setting: str) -> Any:
    """What the configuration says by a key, else what the settings say; None where neither says anything.

    Args:
        key: of greenroom's configuration.
        setting: the name of a Django setting.
    """
    said = getattr(place().config, key) or None
    if said is None:
        from django.conf import settings

        if settings.configured:
            said = getattr(settings, setting, None) or None
    return said


def is_library(cls: type, *packages: str) -> bool:
    """Whether a class is a library's own: one of the named packages, or of all of `LIBRARY`."""
    module = cls.__module__
    return module in {"builtins", "unittest"} or module.startswith(packages or LIBRARY)
