"""Loading sooner gives what unittest's loader gives."""

from __future__ import annotations

import gc
import unittest
from collections.abc import Iterator
from typing import Any

import pytest

from greenroom.execute.loading import QuickAdding, quick_loading


class Some(unittest.TestCase):
    def test_b(self) -> None: ...

    def test_a(self) -> None: ...

    def helper(self) -> None: ...

    test_number = 3


class Derived(Some):
    test_a = None  # type: ignore[assignment]

    def test_c(self) -> None: ...


def names(loader: unittest.TestLoader) -> list[list[str]]:
    """The tests that a loader finds in both classes."""
    return [[str(test) for test in loader.loadTestsFromTestCase(cls)] for cls in (Some, Derived)]


def backwards(one: str, other: str) -> int:
    """An order of its own."""
    return (one < other) - (one > other)


@pytest.fixture
def loader() -> Iterator[unittest.TestLoader]:
    """A loader that is as it was when the test is through."""
    loader = unittest.TestLoader()
    yield loader
    assert not {"getTestCaseNames", "suiteClass"} & vars(loader).keys()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"testMethodPrefix": "help"},
        {"testNamePatterns": ["*_b", "*.Derived.test_c"]},
        {"sortTestMethodsUsing": backwards},
        {"sortTestMethodsUsing": None},
    ],
)
def test_the_same_tests_in_the_same_order(loader: unittest.TestLoader, options: dict[str, Any]) -> None:
    """Whatever the loader is told."""
    vars(loader).update(options)
    stock = names(loader)
    with quick_loading(loader):
        assert names(loader) == stock
        assert "getTestCaseNames" in vars(loader)
    assert any(stock)


def test_a_loader_of_the_project(loader: unittest.TestLoader) -> None:
    """One that differs in any way is left as it is."""

    class Own(unittest.TestLoader):
        def getTestCaseNames(self, testCaseClass: type) -> list[str]:  # noqa: N802, N803
            return ["test_b"]

    with quick_loading(own := Own()):
        assert names(own) == [[f"test_b ({__name__}.{cls.__name__}.test_b)"] for cls in (Some, Derived)]
        assert "suiteClass" not in vars(own)
    changed = unittest.TestLoader()
    changed.suiteClass = QuickAdding
    with quick_loading(changed):
        assert "getTestCaseNames" not in vars(changed)


def test_the_garbage_collector(loader: unittest.TestLoader) -> None:
    """It has its thresholds again, unless somebody changed them meanwhile."""
    before = gc.get_threshold()
    try:
        with quick_loading(loader):
            assert gc.get_threshold()[0] > before[0]
        assert gc.get_threshold() == before
        with quick_loading(loader):
            gc.set_threshold(123)
        assert gc.get_threshold()[0] == 123
        gc.set_threshold(0)
        with quick_loading(loader):
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)


def test_what_is_no_test() -> None:
    """A suite refuses it, between tests too, as unittest's does."""
    tests = [Some("test_a"), Some("test_b")]
    suite = QuickAdding(tests)
    assert list(suite) == tests
    for wrong in ("text", [*tests, 3], [*tests, Some]):
        with pytest.raises(TypeError):
            QuickAdding().addTests(wrong)
    assert QuickAdding([QuickAdding(tests), *tests]).countTestCases() == 4

    class Counting(QuickAdding):
        added = 0

        def addTest(self, test: Any) -> None:
            self.added += 1
            super().addTest(test)

    assert Counting(tests).added == 2
