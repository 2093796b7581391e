"""What the tests of the reporter `kiwi` share: what is in a server, and journals."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from greenroom import events
from greenroom.model import Outcome, TestSpec
from greenroom.reporters.kiwi.journal import Files, Journal, State, files_of
from greenroom.reporters.kiwi.sender import Sender
from greenroom.reporters.kiwi.settings import Target
from greenroom.reporters.recording import read_recording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pytest

    from tools.kiwi.server import KiwiServer

ZONE = "Asia/Kathmandu"
"""Of the server: five hours and three quarters before UTC."""
BEGAN = 1_760_000_000.25
_EXECUTIONS = """
    select c.summary, s.name from testruns_testexecution e
    join testcases_testcase c on c.id = e.case_id join testruns_testexecutionstatus s on s.id = e.status_id
    where e.run_id = ? order by e.id
"""
_COMMENTS = """
    select k.comment from django_comments k
    join django_content_type t on t.id = k.content_type_id and t.model = 'testexecution'
    join testruns_testexecution e on e.id = k.object_pk join testcases_testcase c on c.id = e.case_id
    where e.run_id = ? and c.summary like ? order by k.id
"""
_DOUBLED = """
    select k.comment from django_comments k
    join django_content_type t on t.id = k.content_type_id and t.model = 'testexecution'
    join testruns_testexecution e on e.id = k.object_pk join testruns_testrun r on r.id = e.run_id
    join testplans_testplan p on p.id = r.plan_id join management_product m on m.id = p.product_id
    where m.name = ? group by e.id, k.comment having count(*) > 1
"""
_TIMES = """
    select e.start_date, e.stop_date from testruns_testexecution e
    join testcases_testcase c on c.id = e.case_id where e.run_id = ? and c.summary like ?
"""


class Found:
    """What is in a server for one product."""

    def __init__(self, server: KiwiServer, product: str) -> None:
        self.server = server
        self.product = product

    @property
    def runs(self) -> list[int]:
        """The ids of its runs."""
        sql = """select r.id from testruns_testrun r join testplans_testplan p on p.id = r.plan_id
                 join management_product m on m.id = p.product_id where m.name = ? order by r.id"""
        return [row[0] for row in self.server.query(sql, self.product)]

    @property
    def cases(self) -> list[str]:
        """The summaries of its cases."""
        sql = """select c.summary from testcases_testcase c join testcases_category g on g.id = c.category_id
                 join management_product m on m.id = g.product_id where m.name = ? order by c.id"""
        return [html.unescape(row[0]) for row in self.server.query(sql, self.product)]

    @property
    def run(self) -> int:
        """Its only run."""
        (run,) = self.runs
        return run

    def statuses(self, run: int = 0) -> dict[str, str]:
        """The status of each case of a run, by the name of its test method."""
        rows = self.server.query(_EXECUTIONS, run or self.run)
        found = {html.unescape(summary).partition(" (")[0]: status for summary, status in rows}
        assert len(found) == len(rows), rows
        return found

    def ended(self, run: int = 0) -> Counter[str]:
        """How many executions of a run, by default of the only one if there is any, have a result, by test method."""
        runs = [run] if run else self.runs
        assert len(runs) <= 1, runs
        rows = [row for number in runs for row in self.server.query(_EXECUTIONS, number)]
        return Counter(html.unescape(summary).partition(" (")[0] for summary, status in rows if status != "IDLE")

    def doubled(self) -> list[str]:
        """The comments that an execution has more than once."""
        return [row[0] for row in self.server.query(_DOUBLED, self.product)]

    def comments(self, name: str, run: int = 0) -> list[str]:
        """The comments on the case of a test method."""
        return [row[0] for row in self.server.query(_COMMENTS, run or self.run, f"{name} (%")]

    def times(self, name: str) -> tuple[str, str]:
        """When the case of a test method began and ended."""
        (row,) = self.server.query(_TIMES, self.run, f"{name} (%")
        return str(row[0]), str(row[1])

    def moments(self, name: str) -> tuple[float, float]:
        """The same in seconds since the epoch."""
        begin, end = self.times(name)
        return _at(begin), _at(end)

    def moments_of_run(self) -> tuple[float, float]:
        """When the run began and ended, in seconds since the epoch."""
        return _at(self.of_run("start_date")), _at(self.of_run("stop_date"))

    def of_run(self, field: str, run: int = 0) -> Any:
        """A field of a run."""
        return self.server.query(f"select {field} from testruns_testrun where id = ?", run or self.run)[0][0]


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


def accounted(found: Found, folder: Path, tests: int, run: int = 0) -> tuple[int, int]:
    """See that each result is in the server or in a journal that is left over, and in neither twice.

    Args:
        found: what is in the server.
        folder: of the journals.
        tests: how many results there are.
        run: of the server; 0: the only one, if there is any.

    Returns:
        How many are in the server, and how many in a journal.
    """
    there = found.ended(run)
    kept = Counter(
        event.test.rpartition(".")[2]
        for path in folder.glob("*.jsonl")
        for event in read_recording(path)
        if isinstance(event, events.TestFinished) and not event.interrupted
    )
    assert set(there.values()) | set(kept.values()) <= {1}, (there, kept)
    assert len(there | kept) == tests, (there, kept)
    assert found.doubled() == []
    assert len(found.cases) == len(set(found.cases))
    return len(there), len(kept)


def configured(server: KiwiServer, product: str, **more: str) -> dict[str, str]:
    """The variables that have results sent to a product of a server."""
    about = {"TCMS_PRODUCT": product, "TCMS_PRODUCT_VERSION": "1.0", "TCMS_BUILD": "b1"}
    return {**server.variables(), **about, "GREENROOM_KIWI_WAIT": "60", **more}


def started(at: float = BEGAN) -> events.RunStarted:
    """How a run begins."""
    return events.RunStarted(at, events.SCHEMA, "0", "3.13", "6.1")


def planned(index: int, test: str, doc: str = "") -> events.TestPlanned:
    """A test that is to run."""
    return events.TestPlanned(TestSpec(index, test, "unit", test.rpartition(".")[0]), doc=doc)


def ended(index: int, test: str, outcome: Outcome = "passed", text: str = "", **more: Any) -> events.TestFinished:
    """A test that has ended."""
    kinds: Mapping[str, events.ProblemKind] = {"failed": "failure", "error": "error", "skipped": "skip"}
    problems = (events.Problem(kinds.get(outcome, "error"), text),) if text else ()
    return events.TestFinished(BEGAN + index, test, index, 0.5, outcome, 0, more.pop("problems", problems), **more)


def over(**more: Any) -> events.RunFinished:
    """How a run ends."""
    return events.RunFinished(BEGAN + 100, 100.0, 0, 1, **more)


def journal(folder: Path, told: Sequence[Any], product: str = "", **target: Any) -> Files:
    """Write a journal, as a run would."""
    files = files_of(folder, told[0])
    written = Journal(files)
    for event in told:
        written.add(event)
    written.close()
    files.target.write_bytes(
        msgspec.json.encode(Target(**{"product": product, "version": "1.0", "build": "b1", **target}))
    )
    return files


def story(*tests: events.TestFinished, at: float = BEGAN, **end: Any) -> list[Any]:
    """A run of these tests."""
    return [started(at), *(planned(test.index, test.test) for test in tests), *tests, over(**end)]


@dataclass
class Told:
    """Sends journals to a server."""

    server: KiwiServer
    product: str
    folder: Path
    patch: pytest.MonkeyPatch

    @property
    def found(self) -> Found:
        """What is there."""
        return Found(self.server, self.product)

    def configure(self, env: dict[str, str] | None = None) -> None:
        """Set the variables that have results sent there."""
        for name, value in {**configured(self.server, self.product), **(env or {})}.items():
            self.patch.setenv(name, value)

    def send(
        self,
        told: Sequence[Any],
        *,
        url: str = "",
        timeout: float = 30.0,
        env: dict[str, str] | None = None,
        **target: Any,
    ) -> State:
        """Write a journal and deliver it."""
        self.configure(env)
        if url:
            self.patch.setenv("TCMS_API_URL", url)
        # What a run is known by must differ from test to test.
        first = msgspec.structs.replace(told[0], django=self.product)
        files = journal(self.folder, [first, *told[1:]], self.product, **target)
        return Sender(files, self.folder, timeout=timeout).run()
