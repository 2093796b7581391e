"""What the page knows of each test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.reporters.html.rows import VERDICTS, Row, app_of, code_of, split_id, table


@given(st.text())
def test_an_id_in_two_parts_is_the_id(test: str) -> None:
    """Nothing of it is lost, whatever it looks like."""
    assert "".join(split_id(test)) == test


@pytest.mark.parametrize(
    ("test", "name", "app"),
    [
        ("shop.tests.OrderTests.test_total", "test_total", "shop"),
        ("shop.tests.test_orders.OrderTests.test_total", "test_total", "shop"),
        ("apps.shop.tests.OrderTests.test_total", "test_total", "apps.shop"),
        ("tests.unit.test_orders.OrderTests.test_total", "test_total", "tests.unit"),
        ("shop.checks.Case.test_it", "test_it", "shop"),
        ("shop/tests/test_orders.py::test_total[a.b::c]", "test_total[a.b::c]", "shop"),
        ("test_orders.py::OrderTests::test_total", "test_total", "test_orders"),
        ("setUpClass (shop.tests.OrderTests)", "setUpClass (shop.tests.OrderTests)", "shop"),
        ("unittest.loader._FailedTest.shop.tests", "tests", "shop"),
        ("odd", "odd", "odd"),
    ],
)
def test_names_and_apps(test: str, name: str, app: str) -> None:
    """As unittest and pytest name tests."""
    assert split_id(test)[1] == name
    assert app_of(test) == app


@pytest.mark.parametrize(
    ("outcome", "about", "verdict"),
    [
        ("passed", {}, "passed"),
        ("passed", {"flaky": True}, "flaky"),
        ("passed", {"quarantined": True}, "passed"),
        ("failed", {"quarantined": True}, "quarantined"),
        ("error", {"flaky": True}, "error"),
        ("skipped", {"quarantined": True}, "skipped"),
        ("failed", {"interrupted": True, "quarantined": True}, "interrupted"),
        ("something new", {}, "error"),
    ],
)
def test_verdicts(outcome: str, about: dict[str, bool], verdict: str) -> None:
    """Flaky and quarantined tests stand apart; what is not known is not taken for a success."""
    assert VERDICTS[code_of(outcome, **about)] == verdict


def test_columns_are_as_long_as_there_are_rows() -> None:
    """Values that repeat are written once; times that are no numbers hurt nobody."""
    rows = [Row(f"app.tests.Case.test_{number}", "unit", ("slow",), at=5.0, seconds=number) for number in range(3)]
    rows.append(Row("app.tests.Case.test_3", at=float("nan"), seconds=float("inf")))
    found = table(rows, 2.0, str.upper)
    columns = found["columns"]
    assert isinstance(columns, dict)
    assert {len(column) for column in columns.values()} == {4}
    assert found["groups"] == ["app.tests.Case."]
    assert found["tags"] == [("slow",), ()]
    assert columns["at"] == [3.0, 3.0, 3.0, 0.0]
    assert columns["seconds"] == [0, 1, 2, 0.0]
