"""What a misspelt label may have meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.select import nearest_labels

KNOWN = [
    "shop.orders.tests.OrderTest.test_total",
    "shop.orders.tests.OrderTest.test_empty",
    "shop.orders.tests.InvoiceTest.test_total",
    "shop.orders.tests.InvoiceTest.test_number",
    "shop.users.test_login.LoginTest.test_wrong_password",
    "blog.tests.PostTest.test_slug",
]


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("shop.orders.tests.OrderTest.test_totl", "shop.orders.tests.OrderTest.test_total"),
        ("shop.orders.tests.OrdersTest.test_total", "shop.orders.tests.OrderTest.test_total"),
        ("shop.orders.tests.Ordertest", "shop.orders.tests.OrderTest"),
        ("shop.orders.test.OrderTest.test_total", "shop.orders.tests.OrderTest.test_total"),
        ("shop.order.tests", "shop.orders.tests"),
        ("shp", "shop"),
        ("orders.tests.OrderTest.test_total", "shop.orders.tests.OrderTest.test_total"),
        ("OrderTest.test_empty", "shop.orders.tests.OrderTest.test_empty"),
        ("LoginTest", "shop.users.test_login.LoginTest"),
        ("shop.tests.PostTest", "blog.tests.PostTest"),
        ("test_slgu", "blog.tests.PostTest.test_slug"),
        ("shop.orders.tests.OrderTest.xyz", "shop.orders.tests.OrderTest"),
        ("shop.orders.xyz.Abc", "shop.orders"),
        ("shop.users.login.LoginTest", "shop.users.test_login.LoginTest"),
    ],
)
def test_the_best_guess_is_first(wanted: str, first: str) -> None:
    """A method in its class, a class in its module, a module; then the same elsewhere; then what does exist of it."""
    assert nearest_labels(wanted, KNOWN)[0] == first


@pytest.mark.parametrize("wanted", ["", ".", "zzz", "qqq.www"])
def test_nothing_is_like_it(wanted: str) -> None:
    """Then nothing is offered."""
    assert nearest_labels(wanted, KNOWN) == []


def test_no_more_than_the_limit() -> None:
    """And the best of them."""
    assert nearest_labels("shop.orders.tests.OrderTest.test_totl", KNOWN, limit=1) == [KNOWN[0]]
    assert nearest_labels("shop.orders.tests.OrderTest.test_totl", KNOWN, limit=0) == []


ids = st.lists(st.text("ab_T", min_size=1, max_size=6), min_size=1, max_size=4).map(".".join)


@given(st.text("ab._T", max_size=20), st.lists(ids), st.integers(0, 4))
def test_only_what_exists_is_offered(wanted: str, known: list[str], limit: int) -> None:
    """Whole ids and beginnings of them, never what was asked for, each once."""
    found = nearest_labels(wanted, known, limit)
    assert len(found) == len(set(found)) <= limit
    for label in found:
        assert label
        assert any(test == label or test.startswith(f"{label}.") for test in known)
