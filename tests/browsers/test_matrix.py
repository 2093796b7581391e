"""One test in several browsers: which methods a class comes to have."""

from __future__ import annotations

import inspect
import unittest
from typing import Any

import pytest

from greenroom.browsers import BrowserError, browsers, spread


class Case(unittest.TestCase):
    __test__ = False  # It is what is tested.
    browsers = ("chromium", "firefox")
    seen: Any = None

    def __init_subclass__(cls) -> None:
        spread(cls)

    def test_base(self) -> None:
        """What it is about."""
        type(self).seen = "base"


def names(cls: type[unittest.TestCase]) -> list[str]:
    """What a loader finds in a class."""
    return list(unittest.TestLoader().getTestCaseNames(cls))


class Both(Case):
    def test_one(self) -> None: ...

    async def test_two(self) -> None: ...


def test_each_test_in_each_browser() -> None:
    """Inherited tests too; the function as it was written is no test, and is there to be called."""
    expected = [f"test_{name}[{browser}]" for name in ("base", "one", "two") for browser in ("chromium", "firefox")]
    assert names(Both) == expected
    test: Any = Both("test_base[firefox]")
    assert test.id().endswith("Both.test_base[firefox]")
    assert test.shortDescription() == "What it is about."
    test.test_base()
    assert Both.seen == "base"


def test_async_stays_async() -> None:
    """The loop that an async test needs is made for its copies too."""
    assert inspect.iscoroutinefunction(getattr(Both, "test_two[firefox]"))
    assert not inspect.iscoroutinefunction(getattr(Both, "test_one[firefox]"))


def test_a_method_that_is_overridden() -> None:
    """The tests of a derived class run what it wrote, which can call what it overrides."""

    class Derived(Both):
        def test_base(self) -> None:
            super().test_base()
            self.seen = "derived"

    test: Any = Derived("test_base[chromium]")
    assert unittest.TestResult() is not None
    test.debug()
    assert (test.seen, Derived.seen) == ("derived", "base")
    assert names(Derived) == names(Both)


def test_a_class_for_another_browser() -> None:
    """What its base runs in is no concern of a class that says otherwise; one browser alone is not in the names."""

    class Alone(Both):
        browsers = ("firefox",)  # type: ignore[assignment]

    class Three(Both):
        browsers = ("chromium", "firefox", "webkit")  # type: ignore[assignment]

    assert names(Alone) == ["test_base", "test_one", "test_two"]
    assert names(Three) == [
        f"test_{name}[{browser}]" for name in ("base", "one", "two") for browser in ("chromium", "firefox", "webkit")
    ]
    assert names(Both)[0] == "test_base[chromium]"


def test_as_a_decorator() -> None:
    """Of a class, and of a method in it; twice is as good as once."""

    @browsers("chromium", "edge")
    class Decorated(unittest.TestCase):
        def test_one(self) -> None: ...

        @browsers("firefox")
        def test_two(self) -> None: ...

    spread(Decorated)
    assert names(Decorated) == ["test_one[chromium]", "test_one[edge]", "test_two"]


def test_usual_browsers() -> None:
    """Tests that name none run in those of the run."""

    class Plain(unittest.TestCase):
        def test_one(self) -> None: ...

        @browsers("firefox")
        def test_two(self) -> None: ...

    spread(Plain, ("chromium", "chrome"))
    assert names(Plain) == ["test_one[chrome]", "test_one[chromium]", "test_two"]


def test_a_browser_that_there_is_not() -> None:
    """A wrong name is told with the nearest known one."""
    with pytest.raises(BrowserError, match=r"'chromiun'\nDid you mean .*chromium"):
        browsers("chromiun")
