"""The kind of a test: from what it says of itself, and from what it is built on and asks for."""

from __future__ import annotations

import functools
import unittest
from typing import Any

import pytest
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase, tag
from django.test.selenium import SeleniumTestCase

from greenroom.collect.kinds import Kinds, kind, kind_of
from greenroom.collect.specs import describe_tests, own_limits
from greenroom.model import KINDS

CHANNELS = type("ChannelsLiveServerTestCase", (TransactionTestCase,), {})

STOCK = [
    (unittest.TestCase, "unit"),
    (SimpleTestCase, "unit"),
    (TestCase, "database"),
    (TransactionTestCase, "destructive"),
    (LiveServerTestCase, "http"),
    (StaticLiveServerTestCase, "http"),
    (CHANNELS, "http"),
    (SeleniumTestCase, "browser"),
]


def made(base: type, name: str = "Made", **attributes: Any) -> type:
    """A test class of a project."""
    return type(name, (base,), {"__module__": "shop.tests", "test_it": lambda self: None, **attributes})


def method(**attributes: Any) -> Any:
    """A test method with attributes."""

    def test_it(self: Any) -> None: ...

    for name, value in attributes.items():
        setattr(test_it, name, value)
    return test_it


@pytest.mark.parametrize(("base", "expected"), STOCK, ids=[base.__name__ for base, _ in STOCK])
def test_stock_classes(base: type, expected: str) -> None:
    """What Django's own classes need, and those built on them."""
    assert kind_of(base) == kind_of(made(base)) == expected


@pytest.mark.parametrize(
    ("base", "attributes", "expected"),
    [
        (SimpleTestCase, {"databases": {"default"}}, "database"),
        (TestCase, {"databases": set()}, "unit"),
        (TestCase, {"no_database_interaction": True}, "unit"),
        (TestCase, {"no_database_interaction": True, "databases": {"default"}}, "database"),
        (TestCase, {"no_database_interaction": True, "database_flush": True}, "destructive"),
        (LiveServerTestCase, {"no_database_interaction": True}, "http"),
        (SimpleTestCase, {"database_single_transaction": True}, "database"),
        (SimpleTestCase, {"database_single_transaction_at_end": True}, "database"),
        (TestCase, {"database_flush": True}, "destructive"),
        (TestCase, {"database_flush_at_end": True}, "destructive"),
        (TestCase, {"start_live_server": True}, "http"),
        (TestCase, {"start_live_server": False}, "database"),
        (SimpleTestCase, {"selenium_start": True, "start_live_server": True}, "browser"),
        (SimpleTestCase, {"playwright_start": True}, "browser"),
        (SimpleTestCase, {"tags": {"http"}}, "http"),
        (SimpleTestCase, {"tags": {"selenium"}}, "browser"),
        (TransactionTestCase, {"tags": {"unit"}}, "destructive"),
        (LiveServerTestCase, {"database_flush": True}, "http"),
        (SimpleTestCase, {"tags": "http"}, "unit"),
    ],
)
def test_what_a_class_asks_for_counts_where_it_is_slower(base: type, attributes: dict[str, Any], expected: str) -> None:
    """Attributes and tags of which each needs something; none takes away what the class is built on."""
    assert kind_of(made(base, **attributes)) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"test_type": "unittest"}, "unit"),
        ({"test_type": "database"}, "database"),
        ({"test_type": "destructivedatabase"}, "destructive"),
        ({"test_type": "http"}, "http"),
        ({"test_type": "selenium"}, "browser"),
        ({"test_type": "integration"}, "database"),
        ({"test_type": 3}, "database"),
        ({"tags": {"kind:http"}}, "http"),
        ({"tags": {"kind:unit", "http"}}, "unit"),
        ({"tags": {"kind:of-blue"}}, "database"),
        ({"test_type": "http", "selenium_start": True}, "http"),
        ({"test_type": "http", "tags": {"kind:browser"}}, "browser"),
        ({"greenroom_kind": "unit", "test_type": "http"}, "unit"),
    ],
)
def test_what_a_test_says_of_itself_counts_first(attributes: dict[str, Any], expected: str) -> None:
    """On a class and on a method alike; what is no kind is taken to mean something else."""
    assert kind_of(made(TestCase, **attributes)) == expected
    assert kind_of(made(TestCase), method(**attributes)) == expected


def test_the_method_goes_before_the_class() -> None:
    """In what it says of itself. What it only asks for makes it slower, never faster."""
    cls = made(TestCase, test_type="http")
    assert kind_of(cls, method(greenroom_kind="unit")) == "unit"
    assert kind_of(cls, method(database_flush=True)) == "http"
    assert kind_of(cls, method(selenium_start=True)) == "browser"
    assert kind_of(cls, tag("browser")(method())) == "browser"


def test_a_type_that_is_inherited_from_greenroom_leaves_room_for_more() -> None:
    """A class on `greenroom.cases.DatabaseTestCase` that starts a live server is of the kind http."""
    base = type("DatabaseTestCase", (TestCase,), {"__module__": "greenroom.cases.database", "test_type": "database"})
    assert kind_of(made(base)) == "database"
    assert kind_of(made(base, start_live_server=True)) == "http"
    assert kind_of(made(base, start_live_server=True, test_type="database")) == "database"


@pytest.mark.parametrize("name", ["SeleniumTests", "MyPlaywrightTests"])
def test_a_live_server_class_by_the_name_of_its_library(name: str) -> None:
    """As in Django's documentation, where a class on StaticLiveServerTestCase drives Selenium by itself."""
    assert kind_of(made(StaticLiveServerTestCase, name)) == "browser"
    assert kind_of(made(SimpleTestCase, name)) == "unit"
    assert kind_of(made(StaticLiveServerTestCase, "Orders")) == "http"


@pytest.mark.parametrize("name", KINDS)
def test_the_decorator(name: Any) -> None:
    """On classes and methods; it gives back what it was given."""
    decorated = kind(name)(made(TestCase))
    assert kind_of(decorated) == name
    function = method()
    assert kind(name)(function) is function
    assert kind_of(made(TestCase), function) == name


def test_the_decorator_refuses_what_is_no_kind() -> None:
    """With the nearest that is one."""
    with pytest.raises(ValueError, match=r"no kind of tests 'databse'\. Did you mean database\?"):
        kind("databse")  # type: ignore[arg-type]


def test_all_tests_of_a_run_at_once() -> None:
    """The same as asked one by one, inherited methods and those that a decorator wrapped among them."""

    @functools.wraps(kind("http")(method()))
    def wrapped(self: Any) -> None: ...

    base = made(TestCase, "Base", test_remote=wrapped)
    cls = type("Derived", (base,), {"__module__": "shop.tests", "test_page": tag("browser")(method())})
    kinds = Kinds()
    found = {name: kinds.of(cls(name)) for name in ("test_it", "test_remote", "test_page")}
    assert found == {"test_it": "database", "test_remote": "http", "test_page": "browser"}


def test_a_method_named_tags_is_no_tag() -> None:
    """Only what `django.test.tag` puts there is: a suite may have a test or a helper of that name."""
    cls: Any = made(TestCase, tags=lambda self: self.fail("not a test"))
    (spec,) = describe_tests([cls("test_it")], ["shop.tests.Made.test_it"], (), places=True)
    assert spec.tags == ()
    assert spec.kind == "database"
    assert own_limits([cls("test_it")]) == {}
