"""The tries of each test, and what pytest's terminal says of them."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest
from _pytest.runner import call_and_report

from greenroom.pytest_plugin.reports import EXTRA, FLAKY, TRIED
from greenroom.pytest_plugin.retries.choice import policy_of
from greenroom.pytest_plugin.retries.counting import Failures
from greenroom.pytest_plugin.retries.tries import Try
from greenroom.pytest_plugin.run import PytestRun
from greenroom.retry import Ledger, TestPolicy, Verdict, budget_of

_BUDGET = "budget"
"""Where a report says that nothing is tried again any more: after how many failures."""
# Held here: libraries that freeze time take its place.
_sleep = time.sleep


class Retries:
    """Tries again what failed: a plugin of pytest's. In the process that tells it has the terminal say so.

    Args:
        run: the run.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run
        self._ledger: Ledger | None = None
        self._failures: Failures | None = None
        self._policies: dict[int, TestPolicy] = {}
        self._numbers: dict[str, int] = {}
        self._told_of_budget = self._said_budget = False
        self._grants = False
        """Whether the running test is tried again if it fails now."""
        self._inside = False
        """Whether the body of a test runs: a report that is made meanwhile is that of a subtest."""
        self._subtests = 0
        """How many subtests of the running try have failed."""
        self._flaky: dict[str, int] = {}
        """By node id the tries of the tests that were flaky."""

    # Where tests run --------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> bool | None:
        """Run a test that may be tried again."""
        policy = policy_of(item, self._run)
        if not policy.retries:
            return None
        number = self._numbers.setdefault(item.nodeid, len(self._numbers))
        self._policies[number] = policy
        about = {"nodeid": item.nodeid, "location": item.location}
        item.ihook.pytest_runtest_logstart(**about)
        self._try(item, nextitem, number)
        item.ihook.pytest_runtest_logfinish(**about)
        return True

    def _try(self, item: Any, nextitem: Any, number: int) -> None:
        ledger, log = self._ledger_of(item.session), item.ihook.pytest_runtest_logreport
        before: Try | None = None
        fresh = _Fresh(item)
        while True:
            self._grants = self._may_fail(ledger, number)
            try:
                one, wide = self._once(item, nextitem)
                verdict = self._judge(ledger, number, one)
                if not verdict.again or wide:
                    break
                before = one
                log(report=one.as_one(attempt=verdict.attempt, of=verdict.of))
                self._between(item, verdict)
                fresh.restore()
            except BaseException:
                if before is not None:  # What broke the run off says nothing of the test.
                    log(report=before.as_failure())
                    log(report=before.end())
                raise
            finally:
                self._grants = False
        self._tell(one, before, verdict, log)

    def _tell(self, one: Try, before: Try | None, verdict: Verdict, log: Any) -> None:
        """Tell of the try that counts."""
        extra: dict[str, Any] = {}
        if verdict.flaky:
            extra[FLAKY] = verdict.attempt
        ledger = self._ledger
        if one.failed and ledger is not None and ledger.exhausted and not self._told_of_budget:
            self._told_of_budget = True
            extra[_BUDGET] = ledger.failed
        if verdict.stands and before is not None:
            log(report=before.as_failure())
        for report in one.reports:
            if extra and report.when == "call":
                setattr(report, EXTRA, {**getattr(report, EXTRA, {}), **extra})
            log(report=report)

    def _once(self, item: Any, nextitem: Any) -> tuple[Try, bool]:
        """A try, as `runtestprotocol()` of pytest's makes it; and whether a fixture of other tests was what failed."""
        self._subtests = 0
        if getattr(item, "_request", None) is False:
            item._initrequest()  # noqa: SLF001 - as `runtestprotocol()` does
        reports = [call_and_report(item, "setup", log=False)]
        if reports[0].passed:
            reports.append(call_and_report(item, "call", log=False))
        so_far = Try(reports, self._subtests)
        wide = reports[0].failed and _is_wide(item)
        again = self._grants and not wide and so_far.outcome in {"failed", "error"}
        # What is not the test's own is kept for its next try.
        following = item.parent if again else nextitem
        reports.append(call_and_report(item, "teardown", log=False, nextitem=following))
        if hasattr(item, "_request"):
            item._request, item.funcargs = False, None  # noqa: SLF001 - likewise
        return Try(reports, self._subtests), wide

    def _between(self, item: Any, verdict: Verdict) -> None:
        """Wait for the next try; neither its time nor its queries are those of the one before."""
        plugins = item.config.pluginmanager
        limits, queries = plugins.getplugin("greenroom-limits"), plugins.getplugin("greenroom-queries")
        if limits is not None:
            limits.rest()
        if verdict.delay:
            _sleep(verdict.delay)
        if limits is not None:
            limits.go_on()
        if queries is not None:
            queries.begin()

    def _ledger_of(self, session: Any) -> Ledger:
        """Of this process."""
        if self._ledger is None:
            budget = budget_of(str(self._run.config.retry_budget), len(session.items))
            self._ledger = Ledger(self._policies.__getitem__, budget)
            self._failures = Failures(session.config)
        return self._ledger

    def _may_fail(self, ledger: Ledger, number: int) -> bool:
        """Whether a test is tried again if it fails now, as far as can be said before."""
        if self._failures is not None:
            ledger.failed = self._failures.of_all(ledger.failed)
        return ledger.grants(number)

    def _judge(self, ledger: Ledger, number: int, one: Try) -> Verdict:
        before = ledger.failed
        verdict = ledger.judge(number, one.outcome)
        if self._failures is not None:
            self._failures.add(ledger.failed - before)
        return verdict

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """The body of a test."""
        self._inside = True
        try:
            return (yield)
        finally:
            self._inside = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        """A subtest that fails in a try that is not the last is no failure yet."""
        report = yield
        if self._inside and report.outcome == "failed":
            self._subtests += 1
            if self._grants:
                report.outcome = "rerun"
        return report

    # Where it is told -------------------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take note of what is said at the end."""
        extra = vars(report).get(EXTRA)
        if not extra:
            return
        if FLAKY in extra:
            self._flaky[report.nodeid] = extra[FLAKY]
        if _BUDGET in extra and not self._said_budget:
            self._said_budget = True
            self._run.say(
                f"{extra[_BUDGET]} tests failed, more than retry-budget allows: nothing is tried again any more"
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> Any:
        """How tries are called."""
        if report.outcome == "rerun":
            return ("", "", "") if "context" in vars(report) else ("rerun", "R", ("RERUN", {"yellow": True}))
        extra = vars(report).get(EXTRA)
        if extra and FLAKY in extra:
            return "flaky", "~", ("FLAKY", {"yellow": True})
        return None

    def pytest_terminal_summary(self, terminalreporter: Any, config: Any) -> None:
        """What was wrong with the tests that passed in the end."""
        tries = [report for report in terminalreporter.stats.get("rerun", ()) if report.nodeid in self._flaky]
        if not tries or config.getoption("tbstyle", "auto") == "no":
            return
        terminalreporter.section("FLAKY", sep="=")
        for report in tries:
            told = vars(report)[EXTRA][TRIED]
            terminalreporter.section(f"{report.nodeid}: try {told['attempt']} of {told['of']}", sep="_")
            terminalreporter.write_line(report.longreprtext)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        """Flaky tests fail a run where that is asked for."""
        if self._flaky and self._run.config.flaky == "fail" and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            count = len(self._flaky)
            self._run.say(
                f"{count} flaky test{'s' if count > 1 else ''} fail{'' if count > 1 else 's'} the run (--flaky fail)"
            )


class _Fresh:
    """A test as it was before its first try.

    Args:
        item: of pytest's.
    """

    def __init__(self, item: Any) -> None:
        self._item = item
        globs = getattr(getattr(item, "dtest", None), "globs", None)
        self._globs = None if globs is None else dict(globs)
        """Of a doctest, which empties its names when it is over."""

    def restore(self) -> None:
        """Make it so."""
        if hasattr(self._item, "_excinfo"):
            self._item._excinfo = None  # noqa: SLF001 - what is left here would be the next try's
        if self._globs is not None:
            self._item.dtest.globs.clear()
            self._item.dtest.globs.update(self._globs)


def _is_wide(item: Any) -> bool:
    """Whether a fixture that other tests use as well could not be made: another try would be given the same."""
    with suppress(AttributeError):
        for definitions in item._fixtureinfo.name2fixturedefs.values():  # noqa: SLF001 - what it uses is nowhere else
            for each in definitions:
                cached = each.cached_result
                if each.scope != "function" and cached is not None and cached[2] is not None:
                    return True
    return False
