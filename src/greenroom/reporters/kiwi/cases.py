"""Which cases are there already.

From 16.0 on a server without PostgreSQL takes four times as long for twice as many cases, and is ended over 30,000 of them. So
many are asked for in parts, whose bounds follow from the plans: what is in which plan is told quickly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from greenroom.reporters.kiwi.connection import DeniedError
from greenroom.reporters.kiwi.names import best
from greenroom.reporters.kiwi.places import Place
from greenroom.reporters.kiwi.rpc import Client, Fault, call

PART = 4000
"""Cases that are asked for in one request."""


def cases_and_executions(client: Client, place: Place) -> tuple[dict[str, int], set[int], list[dict[str, Any]]]:
    """What a run can be continued with.

    Returns:
        The case of each test that is known, by its key; the cases in the plan; the executions of the run.

    Raises:
        UnreachableError: the server does not answer.
        DeniedError: the user may not look.
    """
    of_plan, of_product, executions = _read(
        client, place,
        ("TestCase.sortkeys", {"plan": place.plan}),
        ("TestCase.sortkeys", {"case__category__product": place.product}),
        ("TestExecution.filter", {"run": place.run}),
    )  # fmt: skip
    in_plan = {int(number) for number in of_plan}
    found: dict[int, str] = {}
    for bounds in _parts(sorted(map(int, of_product))):
        found |= _summaries(*_read(client, place, ("TestCase.filter", {"category__product": place.product, **bounds})))
    elsewhere = sorted(in_plan - found.keys())
    for at in range(0, len(elsewhere), PART):  # Somebody has put cases of another product into the plan.
        found |= _summaries(*_read(client, place, ("TestCase.filter", {"pk__in": elsewhere[at : at + PART]})))
    # Of cases that are called the same, the one in the plan is meant.
    planned = best((number, summary) for number, summary in found.items() if number in in_plan)
    return best(found.items()) | planned, in_plan, executions


def _parts(numbers: Sequence[int]) -> Iterator[dict[str, int]]:
    """Bounds of ids: no part has more cases than it should, but for such as are in no plan, and nothing is left out."""
    bounds = [*numbers[PART - 1 : -1 : PART]]
    for low, high in zip([None, *bounds], [*bounds, None], strict=True):
        yield {
            **({} if low is None else {"pk__gt": low}),
            **({} if high is None else {"pk__lte": high}),
        }


def _summaries(records: Sequence[dict[str, Any]]) -> dict[int, str]:
    return {record["id"]: record["summary"] for record in records}


def _read(client: Client, place: Place, *asked: tuple[str, dict[str, Any]]) -> list[Any]:
    answers = client.batch([call(method, query) for method, query in asked])
    for answer in answers:
        if isinstance(answer, Fault):
            raise DeniedError(f"what is in the run {place.run} can't be read: {answer.text}")
    return answers
