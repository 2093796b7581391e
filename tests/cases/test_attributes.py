"""Attributes of any test class, and of test methods, in every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.events import DatabaseStep
from greenroom.testing import check_stream
from tests.cases.attributes_project import FILES, SETTINGS
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greenroom.testing import Project

FAILED = {
    "shop.tests.test_databases.NoDatabase.test_without": "shop/tests/names.py:4 (in names)",
    "shop.tests.test_databases.AsyncWithout.test_2_without": "(in test_2_without) `await Item.objects.acount()` uses",
    "shop.tests.test_databases.NoFixture.test_it": "No fixture named 'no_such_fixture' found",
    "shop.tests.test_rest.Network.test_offline": "shop/tests/test_rest.py:",
    "shop.tests.test_rest.Network.test_offline_udp": "uses the network (('127.0.0.1', 9))",
    "shop.tests.test_rest.AsyncNetwork.test_offline": "(in test_offline) `await asyncio.open_connection",
}
"""Each test that must fail, and what it must say."""


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project]) -> Iterator[Runs]:
    """The project, with runs that are planned ahead."""
    made = Runs(make_shared_project(databases="two", settings=SETTINGS, files=FILES))
    for mode in (SERIAL, FORK, SPAWN):
        made.plan(mode=mode)
    yield made
    made.close()


@in_main_modes
def test_each_attribute_does_what_it_promises(runs: Runs, mode: Mode) -> None:
    """All tests pass but those that must fail, and these say why."""
    ran = runs(mode=mode)
    check_stream(ran.events)
    bad = {test: outcome for test, outcome in ran.outcomes.items() if outcome != "passed"}
    assert bad.keys() == FAILED.keys(), ran
    for test, text in FAILED.items():
        (problem,) = ran.events.problems(test)
        assert text in problem.text, problem.text
    assert not ran.events.fixtures


def test_a_flush_by_attribute_is_a_quick_reset(runs: Runs) -> None:
    """As one of Django's own classes is: what is put back is counted, and nothing is flushed by stock's command."""
    ran = runs.project.manage_test("shop.tests.test_databases.Flushed")
    steps = [step for step in ran.events.of(DatabaseStep) if step.deed == "reset"]
    assert {step.detail for step in steps} <= {"learned", "fast"}
    assert sum(step.count for step in steps) == 2
