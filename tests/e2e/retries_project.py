"""Tests that fail at their first tries, and how often each ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenroom.events import TestFinished
    from greenroom.testing import Project, Ran

HEAD = """\
import os
import time
import unittest
from pathlib import Path

import greenroom
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from shop.models import Item

HERE = Path(__file__).parent


def times(name):
    fd = os.open(HERE / f"{name}.count", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(fd, b"x")
    number = os.lseek(fd, 0, os.SEEK_CUR)
    os.close(fd)
    return number

"""


TESTS = (
    HEAD
    + """
class Orders(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        times("class")

    @classmethod
    def setUpTestData(cls):
        Item.objects.create(name="of the class")

    def test_always(self):
        self.fail(f"try {times('always')}")

    def test_good(self): pass

    def test_rows(self):
        Item.objects.create(name="of the test")
        self.assertFalse(hasattr(self, "kept"))
        self.kept = True
        self.assertEqual(Item.objects.count(), 2)
        self.assertGreater(times("rows"), 2)

    def test_skips(self):
        if times("skips") > 1:
            self.skipTest("had enough")
        raise ValueError("at first")

    def test_subtests(self):
        well = times("subtests") > 1
        for number in range(3):
            with self.subTest(number=number):
                self.assertTrue(well or number == 1)

    @unittest.expectedFailure
    def test_unexpected(self):
        times("unexpected")

    @unittest.expectedFailure
    def test_expected(self):
        times("expected")
        self.fail("as it should")

    @greenroom.quarantine("loses a race")
    def test_quarantined(self):
        times("quarantined")
        self.fail("nobody minds")

    @greenroom.quarantine("was mended")
    def test_mended(self): pass


class Broken(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        if times("broken") > 1:
            raise RuntimeError("only once")
        super().setUpClass()

    def test_one(self): self.fail("the last that is known of it")


class Late(TransactionTestCase):
    def test_commits(self):
        Item.objects.create(name="committed")
        self.assertGreater(times("late"), 1)
"""
)


FLAKY = (
    HEAD
    + """
class One(SimpleTestCase):
    def test_flaky(self): self.assertGreater(times("one"), 1)
    def test_other(self): self.assertGreater(times("other"), 1)
    def test_last(self): pass
"""
)


def of(ran: Ran, test: str) -> TestFinished:
    """The end of a test."""
    [event] = [event for event in ran.events.finished if event.test == f"shop.tests.{test}"]
    return event


def tries(project: Project, name: str) -> int:
    """How often something ran."""
    return (project.root / "shop" / f"{name}.count").stat().st_size
