"""One try of a test: its reports, and what is told of it where there is another one."""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from greenroom.events import Problem, Raised
from greenroom.execute.calllog import outcome_of
from greenroom.model import Outcome
from greenroom.pytest_engine.reports import problem_of
from greenroom.pytest_plugin.reports import EXTRA, TRIED

_UNEXPECTED = "unexpected_success"


class Try:
    """A try that is over.

    Args:
        reports: of its phases, in order, none of which anybody was told of.
        subtests: how many of its subtests failed; these were told of.
    """

    def __init__(self, reports: list[Any], subtests: int) -> None:
        self.reports = reports
        self._subtests = subtests
        self.failed = [report for report in reports if report.outcome == "failed"]

    @property
    def problems(self) -> list[Problem]:
        """What went wrong in its phases."""
        found = [problem_of(report, _raised(report)) for report in self.reports if report.outcome != "passed"]
        return [problem for problem in found if problem is not None]

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        problems = self.problems
        if any(problem.kind == _UNEXPECTED for problem in problems) and not self._subtests:
            return "unexpected_success"
        return "failed" if self._subtests and not self.failed else outcome_of(problems)

    def as_one(self, **told: Any) -> Any:
        """One report for all of it: for pytest's own reports it is no failure.

        Args:
            told: what is said of the try beside what the reports say.
        """
        report = self._first()
        report.outcome = "rerun"
        extra: dict[str, Any] = {}
        for each in self.reports:
            extra |= vars(each).get(EXTRA, {})
        shared = extra.pop("shared", 0.0)
        own = [each for each in self.reports if each.when == "call" or "id" not in extra]
        seconds = sum(each.duration for each in own) - (shared if "id" not in extra else 0.0)
        extra[TRIED] = {
            **told,
            "at": self.reports[0].start,
            "seconds": max(seconds, 0.0),
            "problems": msgspec.to_builtins([problem_of(each, _raised(each)) for each in self.failed]),
        }
        setattr(report, EXTRA, extra)
        return report

    def as_failure(self) -> Any:
        """The failure that it was, told after all."""
        report = self._first()
        report.outcome = "failed"
        return report

    def end(self) -> Any:
        """The report of its end, which says nothing but that."""
        report = copy.copy(self.reports[-1])
        report.outcome, report.longrepr, report.sections = "passed", None, []
        return report

    def _first(self) -> Any:
        """A copy of the report that says most: the first failure, or that there were subtests that failed."""
        if self.failed:
            report = copy.copy(self.failed[0])
        else:
            report = copy.copy(self.reports[1])
            report.longrepr = f"contains {self._subtests} failed subtest{'s' if self._subtests > 1 else ''}"
        if report.when == "teardown":
            report.when = "call"  # The test is not over.
        return report


def _raised(report: Any) -> Raised | None:
    raised = vars(report).get(EXTRA, {}).get("raised")
    return None if raised is None else msgspec.convert(raised, Raised)
