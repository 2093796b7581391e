"""The plan in short says what the plan says."""

from __future__ import annotations

import unittest
from typing import Any

from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase, tag

import greenroom
from greenroom.collect.outline import outline
from greenroom.collect.specs import describe_tests, own_limits
from greenroom.model import specs_of

BINS = (TestCase, SimpleTestCase)


class Plain(SimpleTestCase):
    """Says nothing of itself."""

    __test__ = False

    def test_a(self) -> None: ...

    def test_b(self) -> None: ...


class Inherits(Plain):
    """Has its tests from elsewhere."""

    def test_c(self) -> None: ...


class Rows(TestCase):
    """Uses a database."""

    __test__ = False

    databases = {"default"}  # noqa: RUF012 - as Django's own documentation has it

    def test_a(self) -> None: ...


class MoreRows(Rows):
    """As its base."""

    def test_z(self) -> None: ...


class Commits(TransactionTestCase):
    """Commits."""

    __test__ = False

    def test_a(self) -> None: ...


@tag("slow", "api")
class Tagged(Plain):
    """Has tags for all."""


class SomeTagged(Rows):
    """Has a test with a tag, and one with a limit."""

    @tag("kind:browser")
    def test_b(self) -> None: ...

    @greenroom.timeout(3)
    def test_c(self) -> None: ...

    def test_d(self) -> None: ...


class Serves(LiveServerTestCase):
    """Is told by what it is built on."""

    __test__ = False

    def test_a(self) -> None: ...


class SeleniumThings(Serves):
    """And by its name."""


class Named(Plain):
    """Has ids of its own."""

    def id(self) -> str:
        return f"mine.{self._testMethodName}"


class Mixed(Rows, Plain):
    """Has two bases."""


class NoDatabase(Rows):
    """Takes back what its base says."""

    databases = set()  # noqa: RUF012 - the same


CASES = (
    Plain, Inherits, Rows, MoreRows, Commits, Tagged, SomeTagged, Serves, SeleniumThings, Named, Mixed, NoDatabase, Plain,
)  # fmt: skip


def test_it_says_what_the_plan_says() -> None:
    """Of each test, whatever its class and its method say of themselves."""
    tests: list[Any] = [test for case in CASES for test in unittest.defaultTestLoader.loadTestsFromTestCase(case)]
    ids, limits = [test.id() for test in tests], own_limits(tests)
    assert limits
    short = outline(tests, ids, BINS, limits)
    found = [spec for planned in short for spec in specs_of(planned)]
    assert found == describe_tests(tests, ids, BINS, places=True, limits=limits)
    assert len(short) < len(tests)
