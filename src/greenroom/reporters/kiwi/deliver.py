"""Puts results into a run of the server, many calls in a request.

All of it can be done again: what is there is looked up before anything is made, so that nothing is there twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

from greenroom.reporters.kiwi.attachments import Uploads
from greenroom.reporters.kiwi.cases import cases_and_executions
from greenroom.reporters.kiwi.comment import sameness
from greenroom.reporters.kiwi.connection import DeniedError
from greenroom.reporters.kiwi.names import best, summary_of
from greenroom.reporters.kiwi.places import MADE_BY, Place, moment, moment_in
from greenroom.reporters.kiwi.results import IDLE, Result
from greenroom.reporters.kiwi.rpc import Call, Client, Fault, call

BODY = 2_000_000
"""Bytes of a request; the server takes 2.5 million."""
SECONDS = 2.0
"""How long the server should be at one request: an image of Kiwi's own ends one after 30."""
FEWEST, MOST = 150, 400
"""Calls in a request."""


class Delivery:
    """What is in a run of the server, and what is put there.

    Args:
        client: the connection.
        place: the run.
        root: of the project, to find attachments.
    """

    def __init__(self, client: Client, place: Place, root: Path) -> None:
        self.place = place
        self.refused: dict[str, str] = {}
        """By key what the server said to a result that it does not take."""
        self.left_out = 0
        """How many attachments it does not take."""
        self._client = client
        self._uploads = Uploads(client, place, root)
        self._size = 200
        self._cases: dict[str, int] = {}
        self._in_plan: set[int] = set()
        self._executions: dict[int, list[dict[str, Any]]] = {}
        self._old: set[int] = set()
        """The executions that were there before."""

    def load(self) -> None:
        """Learn what is there, or learn it anew.

        Raises:
            UnreachableError: the server does not answer.
            DeniedError: the user may not look.
        """
        self._cases, self._in_plan, executions = cases_and_executions(self._client, self.place)
        self._executions.clear()
        for execution in executions:
            self._executions.setdefault(execution["case"], []).append(execution)
            self._old.add(execution["id"])

    def expect(self, keys: Iterable[str]) -> None:
        """Put cases that are known into the run before their tests have ended, so that those that never run are seen there."""
        self._admit([key for key in dict.fromkeys(keys) if key in self._cases])

    def deliver(self, results: Sequence[Result]) -> None:
        """Put results into the run.

        Raises:
            UnreachableError: the server does not answer. Some of them may be there.
            DeniedError: the user may not.
        """
        self._make(results)
        self._admit([result.key for result in results])
        there = [result for result in results if result.key not in self.refused and result.key in self._cases]
        self._update([result for result in there if result.status != IDLE])
        new = self._unsaid([result for result in there if result.comment])
        # Files can't be listed everywhere, comments can: one that is not there yet says that its files are not, either.
        self.left_out += self._uploads.send(new, self._old if self.place.fresh else [number for number, _ in new])
        self._say(new)

    def _make(self, results: Sequence[Result]) -> None:
        new = {result.key: result for result in results if result.key not in self._cases}
        calls = [call("TestCase.create", self._case(result)) for result in new.values()]

        def made(index: int, answer: Any) -> None:
            key = list_of[index]
            if isinstance(answer, Fault):
                self.refused[key] = answer.text
            else:
                self._cases[key] = answer["id"]

        list_of = list(new)
        self._send(calls, made)
        self._settle([result for key, result in new.items() if key in self._cases])

    def _settle(self, made: Sequence[Result]) -> None:
        """Another sender may have made the same cases meanwhile: all of them keep the oldest, and take their own away."""
        summaries = [summary_of(result.key, result.doc) for result in made]
        query = {"category__product": self.place.product}
        parts = [summaries[at : at + 300] for at in range(0, len(summaries), 300)]
        found: dict[str, int] = {}

        def read(_: int, answer: Any) -> None:
            if not isinstance(answer, Fault):
                found.update(best((case["id"], case["summary"]) for case in answer))

        self._send([call("TestCase.filter", {**query, "summary__in": part}) for part in parts], read)
        needless = []
        for result in made:
            oldest, mine = found.get(result.key), self._cases[result.key]
            if oldest is not None and oldest < mine:
                self._cases[result.key] = oldest
                needless.append(mine)
        if needless:
            self._take_away(needless)

    def _take_away(self, cases: Sequence[int]) -> None:
        # Whoever is at the same may have locked them for a moment.
        for pause in (0.0, 0.1, 0.3, 1.0, 3.0):
            time.sleep(pause)
            try:
                (answer,) = self._client.batch([call("TestCase.remove", {"pk__in": list(cases)})])
            except DeniedError:
                return  # The user may make cases, and not take them away.
            if not isinstance(answer, Fault):
                return

    def _case(self, result: Result) -> dict[str, Any]:
        place = self.place
        values = {
            "summary": summary_of(result.key, result.doc),
            "category": place.category,
            "priority": place.priority,
            "case_status": place.confirmed,
            "notes": MADE_BY,
            "is_automated": True,
        }
        return {**values, "script": result.file} if result.file else values

    def _admit(self, keys: Sequence[str]) -> None:
        """See to it that cases are in the plan and in the run."""
        calls: list[Call] = []
        meant: list[tuple[str, int, bool]] = []
        for key in keys:
            case = self._cases.get(key)
            if case is None or key in self.refused:
                continue
            if case not in self._in_plan:
                calls.append(call("TestPlan.add_case", self.place.plan, case))
                meant.append((key, case, False))
            if case not in self._executions:
                calls.append(call("TestRun.add_case", self.place.run, case))
                meant.append((key, case, True))

        def added(index: int, answer: Any) -> None:
            key, case, to_run = meant[index]
            if isinstance(answer, Fault):
                self.refused[key] = answer.text
            elif to_run:
                self._executions[case] = answer if isinstance(answer, list) else [answer]
            else:
                self._in_plan.add(case)

        self._send(calls, added)

    def _update(self, results: Sequence[Result]) -> None:
        calls: list[Call] = []
        meant: list[str] = []
        faults: list[tuple[str, Call, str]] = []
        for result in results:
            values: dict[str, Any] = {
                "status": self.place.statuses[result.status],
                "start_date": moment(result.start, self.place.zone),
                "stop_date": moment(result.stop, self.place.zone),
            }
            for execution in self._of(result):
                if _holds(execution, values, self.place.zone):
                    continue
                if self.place.tester:
                    values["tested_by"] = self.place.tester
                calls.append(call("TestExecution.update", execution["id"], values))
                meant.append(result.key)

        def updated(index: int, answer: Any) -> None:
            if isinstance(answer, Fault):
                faults.append((meant[index], calls[index], answer.text))

        self._send(calls, updated)
        self._judge(faults)

    def _judge(self, faults: Sequence[tuple[str, Call, str]]) -> None:
        """See which changes are not there: 16.1 makes them to an execution with a tag, and then fails to say what it is like."""
        if not faults:
            return
        query = {"pk__in": [one.params[0] for _, one, _ in faults]}
        there = {execution["id"]: execution for execution in self._client.call("TestExecution.filter", query)}
        for key, one, text in faults:
            number, values = one.params
            if not _holds(there.get(number, {}), values, self.place.zone):
                self.refused[key] = text

    def _unsaid(self, results: Sequence[Result]) -> list[tuple[int, Result]]:
        """The results whose comments are not there, each with its execution."""
        wanted = [(execution["id"], result) for result in results for execution in self._of(result)]
        # In a run that others share, an execution that was not there a moment ago may be another's.
        asked = [number for number, _ in wanted if number in self._old or not self.place.fresh]
        there: dict[int, set[str]] = {}

        def read(index: int, answer: Any) -> None:
            if not isinstance(answer, Fault):
                there[asked[index]] = {sameness(comment["comment"]) for comment in answer}

        self._send([call("TestExecution.get_comments", number) for number in asked], read)
        return [(number, result) for number, result in wanted if sameness(result.comment) not in there.get(number, ())]

    def _say(self, new: Sequence[tuple[int, Result]]) -> None:
        def added(index: int, answer: Any) -> None:
            if isinstance(answer, Fault):
                self.refused[new[index][1].key] = answer.text

        self._send([call("TestExecution.add_comment", number, result.comment) for number, result in new], added)

    def _of(self, result: Result) -> list[dict[str, Any]]:
        return self._executions.get(self._cases.get(result.key, 0), [])

    def _send(self, calls: Sequence[Call], each: Callable[[int, Any], None]) -> None:
        """Make calls, in as many requests as it takes, and hand on what each gave."""
        at = 0
        while at < len(calls):
            some = self._fitting(calls, at)
            began = time.monotonic()
            for index, answer in enumerate(self._client.batch(some), start=at):
                each(index, answer)
            at += len(some)
            # The way there and back is not the server's work.
            work = max(time.monotonic() - began - self._client.lag, 0.01)
            if len(some) >= FEWEST:
                self._size = min(max(int(len(some) * SECONDS / work), FEWEST), MOST)

    def _fitting(self, calls: Sequence[Call], at: int) -> Sequence[Call]:
        size = 0
        for number, one in enumerate(calls[at : at + self._size]):
            size += len(json.dumps(one.params)) + 100
            if size > BODY and number:
                return calls[at : at + number]
        return calls[at : at + self._size]


def _holds(execution: dict[str, Any], values: dict[str, Any], zone: tzinfo) -> bool:
    """Whether an execution says already what it is to say."""
    if execution.get("status") != values["status"]:
        return False
    return all(moment_in(execution.get(key), zone) == values[key] for key in ("start_date", "stop_date"))
