"""Marks of tests that share one thing, or need much of the machine."""

from __future__ import annotations

import itertools
import unittest
from typing import TYPE_CHECKING, Any

import pytest

import greenroom
from greenroom.collect.specs import describe_tests, splittable_groups
from tests.e2e.support import Mode, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.model import TestSpec
    from greenroom.testing import EventLog, Project


def specs_of(cls: type[unittest.TestCase]) -> list[TestSpec]:
    """The specs of the tests of a class."""
    tests = [cls(name) for name in unittest.defaultTestLoader.getTestCaseNames(cls)]
    return describe_tests(tests, [test.id() for test in tests], ())


class Marked:
    """Not at the top, where pytest would run them."""

    @greenroom.exclusive("search engine")
    class Searches(unittest.TestCase):
        @greenroom.exclusive("printer", "scanner")
        def test_a(self) -> None:
            """Needs three things."""

        @greenroom.weight(4)
        def test_b(self) -> None:
            """Needs much."""

    @greenroom.weight(2)
    @greenroom.exclusive("printer")
    class Prints(Searches):
        pass


def test_marks_of_classes_and_methods_add_up() -> None:
    """Of weights the greatest counts."""
    a, b = specs_of(Marked.Searches)
    assert a.locks == ("exclusive:search engine", "exclusive:printer", "exclusive:scanner")
    assert (a.weight, b.locks, b.weight) == (1, ("exclusive:search engine",), 4)


def test_a_class_adds_to_what_it_is_built_on() -> None:
    """The other way round nothing changes."""
    a, b = specs_of(Marked.Prints)
    assert a.locks[:2] == ("exclusive:search engine", "exclusive:printer")
    assert (a.weight, b.weight) == (2, 4)
    assert specs_of(Marked.Searches)[0].weight == 1


def test_a_class_that_is_exclusive_is_no_class_to_be_shared_out() -> None:
    """Its pieces could not run side by side."""
    assert splittable_groups(unittest.defaultTestLoader.loadTestsFromTestCase(Marked.Searches)) == set()


@pytest.mark.parametrize("names", [(), ("",), (unittest.TestCase,)])
def test_exclusive_takes_names(names: tuple[Any, ...]) -> None:
    """Left out, it would be the class itself."""
    with pytest.raises(ValueError, match="takes the names"):
        greenroom.exclusive(*names)


@pytest.mark.parametrize("workers", [0, -1, True, 1.5, "2"])
def test_weight_takes_a_number_of_workers(workers: Any) -> None:
    """Half a worker is none."""
    with pytest.raises(ValueError, match="1 or more"):
        greenroom.weight(workers)


TESTS = """
import time
import greenroom
from django.test import SimpleTestCase, TestCase

def slow(self): time.sleep(0.2)

@greenroom.exclusive("printer")
class A(SimpleTestCase):
    test_one = test_two = slow

class B(TestCase):
    @greenroom.exclusive("printer")
    def test_one(self): time.sleep(0.2)
    def test_two(self): time.sleep(0.2)

@greenroom.weight(8)
class Heavy(SimpleTestCase):
    test_one = test_two = slow

class Free(SimpleTestCase):
    test_one = test_two = slow

class FreeToo(SimpleTestCase):
    test_one = test_two = slow
"""


def spans(log: EventLog, *groups: str) -> list[tuple[float, float]]:
    """When the tests of these classes ran: begin and end of each."""
    found = [event for event in log.finished if event.test.split(".")[2] in groups]
    return [(event.at, event.at + event.seconds) for event in found]


@in_workers
def test_they_never_run_at_the_same_time(make_project: Callable[..., Project], mode: Mode) -> None:
    """What is exclusive not beside each other, what weighs more than all workers beside nothing."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    assert set(ran.outcomes.values()) == {"passed"}
    log = ran.events
    pairs = [
        *itertools.product(spans(log, "A"), spans(log, "B")),
        *itertools.product(spans(log, "Heavy"), spans(log, "A", "B", "Free", "FreeToo")),
    ]
    assert len(pairs) == 4 + 16
    for (begin, end), (other_begin, other_end) in pairs:
        assert end <= other_begin + 0.005 or other_end <= begin + 0.005
