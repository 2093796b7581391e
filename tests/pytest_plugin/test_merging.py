"""The short way by which tests that pass are told of, beside the events: both say the same."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from greenroom.events import Event, TestFinished
from greenroom.pytest_plugin.reports import EXTRA, Merger

PHASES: Any = ("setup", "call", "teardown")


class Node:
    """A worker of xdist's, as far as reports ask for it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._workerinfocache = f"[{name}]"
        self.gateway = SimpleNamespace(id=name)


def reports_of(number: int, fault: str, node: Node | None) -> list[Any]:
    """Those of one test, as pytest makes them; with xdist they come from nodes."""
    name = f"test_{number}.py::test_it"
    whose = type(pytest.TestReport(name, ("", 0, ""), {}, "passed", None, "call"))
    first = whose(name, ("", 0, ""), {}, "passed", None, "call")
    # All reports of a test have the id of the same object.
    own = getattr(first, "_id", name)
    found = []
    for place, phase in enumerate(PHASES):
        outcome: Any = "failed" if phase == fault else "passed"
        more: dict[str, Any] = {"node": node, "worker_id": node.name} if node else {}
        if fault == "extra" and phase == "teardown":
            more[EXTRA] = {"id": f"tests.{number}", "output": "said"}
        elif fault in {"case", "extra"}:
            more[EXTRA] = {"id": f"tests.{number}"}
        elif fault == "shared" and phase == "setup":
            more[EXTRA] = {"shared": 0.25}
        text: Any = "assert 0" if outcome == "failed" else None
        begin = number + place
        found.append(
            whose(own, ("", 0, ""), {}, outcome, text, phase, (), 0.5 + place, begin, begin + 0.5, **more)
        )  # fmt: skip
    return found


def both_ways(reports: list[Any]) -> tuple[list[Event], list[Event]]:
    """The events of the long way, and those of the short one; `TestStarted` is for neither."""
    events: list[Event] = []
    long = Merger(events.append)
    long.tells_starts = False
    found: list[Event] = []

    def passed(index: int, test: str, at: float, seconds: float, worker: int, name: str) -> None:
        found.append(TestFinished(at, test, index, seconds, "passed", worker, name=name))

    short = Merger(found.append, passed)
    short.tells_starts = False
    for merger in (long, short):
        merger.index = {f"test_{number}.py::test_it": number for number in range(12)}
    for report in reports:
        long.take(report)
        short.take(report)
    assert long.finished == short.finished
    return events, found


@pytest.mark.parametrize("fault", ["", "setup", "call", "teardown", "case", "extra", "shared"])
def test_a_test_is_told_of_the_same_way(fault: str) -> None:
    """Alone, and between others that pass."""
    reports = [each for number in range(3) for each in reports_of(number, fault if number == 1 else "", None)]
    long, short = both_ways(reports)
    assert short == long
    assert len(long) == 3


@pytest.mark.parametrize("seed", range(20))
def test_reports_of_several_workers_may_come_in_any_order(seed: int) -> None:
    """Those of one worker are in order; a test may run twice, and the run may end in the middle of one."""
    draw = random.Random(seed)
    faults = ("", "", "", "setup", "call", "teardown", "case", "extra", "shared")
    waiting: list[list[Any]] = []
    for node in (Node("gw0"), Node("gw1")):
        numbers = [draw.randrange(12) for _ in range(8)]
        waiting.append([each for number in numbers for each in reports_of(number, draw.choice(faults), node)])
    mixed = []
    while any(waiting):
        mixed.append(draw.choice([each for each in waiting if each]).pop(0))
    long, short = both_ways(mixed[: -draw.randrange(1, 5)])
    assert short == long
