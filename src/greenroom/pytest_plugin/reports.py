"""From pytest's reports, one for each phase of a test, to one `TestFinished` for each test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from greenroom.events import (
    Attachment,
    AttemptFailed,
    Event,
    LogLine,
    Problem,
    ProblemKind,
    Query,
    Raised,
    TestFinished,
    TestStarted,
)
from greenroom.execute.calllog import outcome_of
from greenroom.execute.exceptions import bounded
from greenroom.pytest_engine.reports import problem_of, subtest_of, text_of
from greenroom.pytest_plugin.fastpath.items import STRUCTURED
from greenroom.pytest_plugin.quarantine import KEY

EXTRA = "greenroom"
"""The attribute of a report that holds what only the process that ran the test knows; xdist carries it along."""
TRIED = "tried"
"""Where a report says that it tells of a whole try that failed, and that there is another one."""
FLAKY = "flaky"
"""Where a report of a test that passed says at which try."""
_PHASES = ("setup", "call", "teardown")
_NOTHING: dict[str, Any] = {}
_ID = "_id" if STRUCTURED else "nodeid"
"""Where a report has the id of its test: the same object in all reports of one."""
QuickPass = Callable[[int, str, float, float, int, str], None]
"""Told of a test that passed: its index, its id, when it began, its seconds, its worker, and its name as `TestFinished` has it."""


class _Running:
    """A test of which reports are coming in."""

    def __init__(self, index: int, at: float) -> None:
        self.index = index
        self.at = at
        self.id = ""
        self.seconds = 0.0
        self.worker = 0
        self.problems: list[Problem] = []
        self.attachments: tuple[Attachment, ...] = ()
        self.logs: tuple[LogLine, ...] = ()
        self.output = ""
        self.queries: tuple[Query, ...] = ()
        self.more_queries = 0
        self.attempt = 1
        self.quarantine = ""
        """Why its failure does not count, where it failed."""
        self.again = False
        """Whether another try is made."""
        self.told = False
        """Whether somebody was told that this try began."""

    def keep(self, extra: dict[str, Any]) -> None:
        """Take what comes with a report besides the outcome."""
        if "attachments" in extra:
            self.attachments += msgspec.convert(extra["attachments"], tuple[Attachment, ...])
        if "logs" in extra:
            self.logs += msgspec.convert(extra["logs"], tuple[LogLine, ...])
        self.output += extra.get("output", "")
        if "queries" in extra:
            self.queries += msgspec.convert(extra["queries"], tuple[Query, ...])
            self.more_queries += extra["more_queries"]

    def begin_again(self, at: float) -> None:
        """Another try begins, with nothing kept."""
        self.problems, self.attachments, self.seconds = [], (), 0.0
        self.logs, self.output, self.queries, self.more_queries = (), "", (), 0
        self.at = at
        self.attempt += 1
        self.again = self.told = False


class Merger:
    """Takes reports and gives events.

    Args:
        emit: is given the events.
        passed: is told of tests that passed with nothing to say, in place of their `TestFinished`; None: nobody is.
    """

    def __init__(self, emit: Callable[[Event], None], passed: QuickPass | None = None) -> None:
        self._emit = emit
        self.passed = passed
        self._plain: list[Any] = []
        """The reports of the running test, as long as it passes with nothing to say and no other one is running."""
        self._running: dict[tuple[Any, str], _Running] = {}
        self.index: dict[str, int] = {}
        """The place of each test in the run, by its node id."""
        self.finished: set[str] = set()
        self.tells_starts = True
        """Whether anybody wants to know that a test begins."""

    def take(self, report: Any) -> None:
        """Take one report."""
        plain = self._plain
        if self.passed is not None and self._is_plain(report):
            plain.append(report)
            if len(plain) == len(_PHASES):
                self._plain = []
                self._pass(plain)
            return
        if plain:
            self._plain = []
            for each in plain:
                self._take(each)
        self._take(report)

    def _is_plain(self, report: Any) -> bool:
        """Whether a report is the next one of a test that passes with nothing to say."""
        about = report.__dict__
        plain = self._plain
        if about.get("outcome") != "passed" or about.get("when") != _PHASES[len(plain)] or "context" in about:
            return False
        extra = about.get(EXTRA)
        if extra is not None and len(extra) > ("id" in extra):
            return False
        if not plain:
            return not (self._running or self.tells_starts)
        first = plain[0].__dict__
        return about[_ID] is first[_ID] and about.get("node") is first.get("node")

    def _pass(self, reports: list[Any]) -> None:
        """A test passed, with nothing to say."""
        setup, call, teardown = reports
        nodeid = setup.nodeid
        if self.passed is None or nodeid in self.finished:
            for report in reports:
                self._take(report)
            return
        self.finished.add(nodeid)
        index = self.index.get(nodeid)
        if index is None:
            index = self.index[nodeid] = len(self.index)
        seconds = call.duration
        about = setup.__dict__
        extra = about.get(EXTRA)
        if extra is None or "id" not in extra:
            seconds, test = max(seconds + setup.duration + teardown.duration, 0.0), nodeid
        else:
            test = extra["id"]
        worker = _slot(setup) if "worker_id" in about else 0
        self.passed(index, test, about.get("start", 0.0), seconds, worker, "" if test != nodeid else nodeid)

    def _take(self, report: Any) -> None:
        nodeid, about, when = report.nodeid, vars(report), report.when
        key = (about.get("node"), nodeid)
        extra: dict[str, Any] = about.get(EXTRA, _NOTHING)
        test = self._running.get(key) or self._begin(key, report, extra)
        if not test.told:
            test.told = True
            if self.tells_starts:
                self._emit(TestStarted(test.at, test.id, test.index, test.worker))
        if TRIED in extra:
            self._tried(test, report, extra)
            return
        # Of a test case the fixtures of its class are not its own; what is the whole run's is nobody's.
        if (when == "call" or "id" not in extra) and "context" not in about:
            test.seconds += report.duration - extra.get("shared", 0.0)
        if report.outcome != "passed":
            raised = msgspec.convert(extra["raised"], Raised) if "raised" in extra else None
            hidden = report.outcome == "rerun" or KEY in extra
            problem = _hidden_problem(report, raised) if hidden else problem_of(report, raised)
            test.quarantine = extra.get(KEY, test.quarantine)
            if problem is not None:
                test.problems.append(problem)
            test.again = test.again or report.outcome == "rerun"
        if len(extra) > ("id" in extra):
            test.keep(extra)
        if when == "teardown" or when not in _PHASES:
            if test.again:
                self._begin_again(test, report)
            else:
                self._finish(key, test, nodeid)

    def _begin(self, key: tuple[Any, str], report: Any, extra: dict[str, Any]) -> _Running:
        """The first report of a test."""
        index = self.index.setdefault(key[1], len(self.index))
        test = self._running[key] = _Running(index, getattr(report, "start", 0.0))
        test.id = extra.get("id", key[1])
        test.worker = _slot(report)
        return test

    def _tried(self, test: _Running, report: Any, extra: dict[str, Any]) -> None:
        """A try is over that failed, and all of it is told at once."""
        tried = extra[TRIED]
        test.at, test.seconds = tried["at"], tried["seconds"]
        test.problems += msgspec.convert(tried["problems"], list[Problem])
        test.keep(extra)
        self._begin_again(test, report, tried["of"])

    def _begin_again(self, test: _Running, report: Any, of: int = 0) -> None:
        """A try is over that failed; what comes next is about another one."""
        self._emit(
            AttemptFailed(
                test.at,
                test.id,
                test.index,
                test.attempt,
                # How many tries there are is not in the reports of pytest-rerunfailures; there is one more.
                of or test.attempt + 1,
                max(test.seconds, 0.0),
                outcome_of(test.problems),
                test.worker,
                tuple(test.problems),
                logs=test.logs,
                output=test.output,
                attachments=test.attachments,
            )
        )
        test.begin_again(getattr(report, "stop", test.at))

    def _finish(self, key: tuple[Any, str], test: _Running, nodeid: str) -> None:
        del self._running[key]
        self.finished.add(nodeid)
        outcome = outcome_of(test.problems)
        self._emit(
            TestFinished(
                test.at,
                test.id,
                test.index,
                max(test.seconds, 0.0),
                outcome,
                test.worker,
                tuple(test.problems),
                name="" if test.id != nodeid else nodeid,
                attachments=test.attachments,
                attempts=test.attempt,
                quarantined=bool(test.quarantine),
                quarantine=test.quarantine,
                flaky=test.attempt > 1 and outcome in ("passed", "expected_failure"),
                logs=test.logs,
                output=test.output,
                queries=test.queries,
                more_queries=test.more_queries,
            )
        )


def _hidden_problem(report: Any, raised: Raised | None) -> Problem:
    """What was wrong where the report calls it no failure: there is another try, or the test is in quarantine."""
    kind: ProblemKind = "failure" if report.when == "call" else "error"
    return Problem(kind, bounded(f"{text_of(report)}\n"), subtest_of(report), raised)


def _slot(report: Any) -> int:
    worker = getattr(report, "worker_id", "")
    if not worker:
        return 0
    digits = str(worker).removeprefix("gw")
    return int(digits) + 1 if digits.isdigit() else 0
