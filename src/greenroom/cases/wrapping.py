"""The `setUpClass()` and `setUp()` of a class that asks for features."""

from __future__ import annotations

import unittest
from typing import Any

_FEATURES = "_greenroom_features"
_CLASS_BEGUN = "_greenroom_class_begun"
_TEST_BEGUN = "_greenroom_test_begun"


def is_fitted(cls: type) -> bool:
    """Whether this very class has been given features, if only to have none of those of its bases."""
    return _FEATURES in vars(cls)


def features_of(cls: type) -> tuple[Any, ...]:
    """The modules of the features of a class."""
    found: tuple[Any, ...] = getattr(cls, _FEATURES, ())
    return found


def wrap(cls: Any, features: tuple[Any, ...]) -> None:
    """Give a class features, in place of those that it has; the first time, put them around its own methods.

    Args:
        cls: a test class.
        features: modules, in the order in which they set up.
    """
    setattr(cls, _FEATURES, features)
    # What is inherited from a fitted class runs the features of the class that the test is of.
    if any(hasattr(feature, "set_up_class") for feature in features) and not _is_ours(cls.setUpClass.__func__):
        _wrap_class(cls)
    if any(hasattr(feature, "set_up") for feature in features) and not _is_ours(cls.setUp):
        _wrap_test(cls)


def _is_ours(function: Any) -> bool:
    return hasattr(function, "greenroom_own")


def _wrap_class(cls: Any) -> None:
    own = vars(cls).get("setUpClass")

    def setUpClass(klass: Any) -> None:
        if _CLASS_BEGUN not in vars(klass):
            setattr(klass, _CLASS_BEGUN, True)
            klass.addClassCleanup(delattr, klass, _CLASS_BEGUN)
            for feature in features_of(klass):
                if hasattr(feature, "set_up_class"):
                    feature.set_up_class(klass)
        if own is None:
            super(cls, klass).setUpClass()
        else:
            own.__get__(None, klass)()

    setUpClass.greenroom_own = own is not None  # type: ignore[attr-defined]
    setUpClass.__qualname__ = f"{cls.__qualname__}.setUpClass"
    cls.setUpClass = classmethod(setUpClass)


def _wrap_test(cls: Any) -> None:
    own = vars(cls).get("setUp")

    def setUp(test: Any) -> Any:
        if _TEST_BEGUN not in vars(test):
            setattr(test, _TEST_BEGUN, True)
            unittest.TestCase.addCleanup(test, vars(test).pop, _TEST_BEGUN, None)
            for feature in features_of(type(test)):
                if hasattr(feature, "set_up"):
                    feature.set_up(test)
        if own is None:
            return super(cls, test).setUp()
        return own.__get__(test, type(test))()

    setUp.greenroom_own = own is not None  # type: ignore[attr-defined]
    setUp.__qualname__ = f"{cls.__qualname__}.setUp"
    cls.setUp = setUp
