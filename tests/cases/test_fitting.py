"""Which classes are fitted, and what is done to them."""

from __future__ import annotations

import unittest
from typing import Any

import pytest
from django.test import SimpleTestCase, TestCase

from greenroom.cases.assertions import spellings
from greenroom.cases.features import leftovers
from greenroom.cases.features.table import AMBIGUOUS, DISTINCTIVE, FEATURES, Feature
from greenroom.cases.fitting import fit
from greenroom.collect.specs import splittable_groups
from greenroom.config.schema import Config


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.module)
def test_the_table_says_what_each_feature_says(feature: Feature) -> None:
    """It is read in place of the features, so that a suite without their attributes loads none of them."""
    module = feature.load()
    assert feature.names == module.NAMES
    assert hasattr(module, "set_up") or hasattr(module, "set_up_class")
    assert not feature.key or feature.key in Config.__struct_fields__


def test_no_name_belongs_to_two_features() -> None:
    """Who carries it asks for one thing."""
    names = [name for feature in FEATURES for name in feature.names]
    assert len(names) == len(set(names))
    assert not AMBIGUOUS & DISTINCTIVE


def test_a_class_that_asks_for_nothing_stays_as_it_is() -> None:
    """Also one that has an attribute which may mean something else."""

    class Stock(TestCase):
        urls = ("/a/", "/b/")
        multi_db = True

        def test_it(self) -> None:
            """Nothing."""

        test_it.slow = True  # type: ignore[attr-defined]

    before = dict(vars(Stock))
    fit(Stock)
    assert dict(vars(Stock)) == before


def test_a_feature_that_is_refused_is_none() -> None:
    """False is an answer."""

    class Refusing(unittest.TestCase):
        database_flush = False
        translation_language_code = None

    fit(Refusing)
    assert "setUp" not in vars(Refusing)
    assert not hasattr(Refusing, "databases")


def test_features_set_up_once_in_a_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base and a class derived from it are both fitted; a test of the latter is set up once, and its own code last."""
    calls: list[str] = []

    class Base(SimpleTestCase):
        report_database_leftovers = True

        def setUp(self) -> None:
            calls.append("base")

    class Derived(Base):
        def setUp(self) -> None:
            calls.append("derived")
            super().setUp()

        def test_it(self) -> None:
            """Nothing."""

    monkeypatch.setattr(leftovers, "set_up", lambda test: calls.append(type(test).__name__))
    fit(Base)
    fit(Derived)
    for _ in range(2):
        result = unittest.TestResult()
        Derived("test_it").run(result)
        assert result.wasSuccessful()
    assert calls == ["Derived", "derived", "base"] * 2


def test_a_skip_and_a_failure_in_a_feature_are_those_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a `setUp()`."""

    class Case(unittest.TestCase):
        report_database_leftovers = True

        def test_it(self) -> None:
            """Never reached."""

    fit(Case)
    outcomes = []
    for raised in (unittest.SkipTest("why"), AssertionError("why"), ValueError("why")):

        def set_up(_test: Any, raised: Exception = raised) -> None:
            raise raised

        monkeypatch.setattr(leftovers, "set_up", set_up)
        result = unittest.TestResult()
        Case("test_it").run(result)
        outcomes.append((len(result.skipped), len(result.failures), len(result.errors)))
    assert outcomes == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_a_fitted_class_is_split_as_before_unless_its_tests_see_each_other() -> None:
    """What is put around `setUpClass()` is not the class's own; what is its own keeps counting."""

    class Fitted(SimpleTestCase):
        urls = "shop.urls"
        make_translations = True

        def test_it(self) -> None:
            """Nothing."""

    class WithItsOwn(Fitted):
        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()

    class Together(Fitted):
        database_flush_at_end = True

    for cls in (Fitted, WithItsOwn, Together):
        fit(cls)
    assert "setUpClass" in vars(Fitted)
    tests = [Fitted("test_it"), WithItsOwn("test_it"), Together("test_it")]
    assert splittable_groups(tests) == {f"{__name__}.{Fitted.__qualname__}"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("assertEqual", {"assert_equal"}),
        ("assertXMLEqual", {"assert_xml_equal", "assert_x_m_l_equal"}),
        ("assertInHTML", {"assert_in_html", "assert_in_h_t_m_l"}),
        ("assertIsNotNone", {"assert_is_not_none"}),
    ],
)
def test_names_in_snake_case(name: str, expected: set[str]) -> None:
    """By words, and as django-sane-testing wrote them."""
    assert spellings(name) == expected
