"""Cases that are there are found, however many there are and wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from greenroom.reporters.kiwi import cases
from greenroom.reporters.kiwi.rpc import Client
from greenroom.reporters.kiwi.settings import server_from
from tests.kiwi.support import BEGAN, Told, configured, ended, story

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenroom.reporters.kiwi.rpc import Call


@pytest.mark.parametrize(
    ("numbers", "parts"),
    [
        ([], [{}]),
        ([1, 2, 3], [{}]),
        ([1, 2, 3, 9], [{"pk__lte": 3}, {"pk__gt": 3}]),
        ([1, 2, 3, 9, 11, 12], [{"pk__lte": 3}, {"pk__gt": 3}]),
        (range(1, 8), [{"pk__lte": 3}, {"pk__gt": 3, "pk__lte": 6}, {"pk__gt": 6}]),
    ],
)
def test_the_parts(numbers: Sequence[int], parts: list[dict[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """None has more than it should, and together they have no bounds."""
    monkeypatch.setattr(cases, "PART", 3)
    assert list(cases._parts(numbers)) == parts


def test_all_that_are_there_are_found(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts; in no plan, as when a delivery was cut off; and of another product, where somebody has put them into the plan."""
    first = [ended(number, f"a.A.test_{number}") for number in range(7)]
    assert told.send(story(*first)).done
    client = Client(server_from(configured(told.server, told.product) | told.server.variables("admin")))
    ((run, plan),) = told.server.query("select id, plan_id from testruns_testrun where id = ?", told.found.run)
    category = client.call("Category.filter", {"product__name": told.product})[0]["id"]
    (kind,) = (one["id"] for one in client.call("Classification.filter", {}))
    other = client.call("Product.create", {"name": f"{told.product}, another"[-64:], "classification": kind})["id"]
    foreign = client.call("Category.filter", {"product": other})[0]["id"]
    values = {"priority": 1, "case_status": 2}
    client.call("TestCase.create", {**values, "summary": "test_7 (a.A.test_7)", "category": category})
    shared = client.call("TestCase.create", {**values, "summary": "test_8 (a.A.test_8)", "category": foreign})["id"]
    client.call("TestPlan.add_case", plan, shared)

    asked: list[Call] = []
    batch = Client.batch

    def noting(self: Client, calls: Sequence[Call]) -> list[Any]:
        asked.extend(calls)
        return batch(self, calls)

    monkeypatch.setattr(Client, "batch", noting)
    monkeypatch.setattr(cases, "PART", 3)
    before = told.server.query("select count(*) from testcases_testcase")
    again = [ended(number, f"a.A.test_{number}", "skipped", "no need") for number in range(9)]
    assert told.send(story(*again, at=BEGAN + 1), run=run).done
    assert told.server.query("select count(*) from testcases_testcase") == before
    assert told.found.statuses(run) == {f"test_{number}": "WAIVED" for number in range(9)}
    assert [one.method for one in asked].count("TestCase.filter") == 4
    client.close()
