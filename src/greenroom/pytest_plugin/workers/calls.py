"""What hooks are told of a test in a worker, as data.

A test is a list of calls, in the order in which they were made: `start`, reports, warnings, attributes for the JUnit file, `finish`. Nearly every test passes
in three phases with nothing to say: of those nine numbers are enough, as the parent knows the rest.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import pytest

from greenroom.pytest_engine.uses import test_id
from greenroom.pytest_plugin.reports import EXTRA
from greenroom.pytest_plugin.workers.packing import Shown

Call = list[Any]
START, REPORT, WARNING, ATTRIBUTES, FINISH = "start", "report", "warning", "attributes", "finish"
_PHASES = ("setup", "call", "teardown")
_QUIET = 5
"""The calls of a test that passed with nothing to say: a start, three reports, a finish."""


class Recorder:
    """A plugin of a worker: all that is told of tests comes here, and nowhere else.

    Args:
        config: pytest's configuration.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        self._xml = junit_of(config)
        self._usual = len(vars(pytest.TestReport("", ("", 0, ""), {}, "passed", None, "call")))
        self.calls: list[Call] = []

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """A test begins."""
        self.calls.append([START, nodeid, location])

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        """A test is over."""
        self.calls.append([FINISH, nodeid, location])

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A phase of a test is over."""
        if self._xml is not None and self._xml.node_reporters:
            self.calls += self._attributes(last=report.when == "teardown")
        failed = _failed_subtests(self._config, report)
        self.calls.append([REPORT, report, failed] if failed else [REPORT, report])

    def pytest_warning_recorded(self, warning_message: Any, when: str, nodeid: str, location: Any) -> None:
        """A warning was caught."""
        self.calls.append([WARNING, warning_as_data(warning_message), when, nodeid, location])

    def _attributes(self, *, last: bool) -> list[Call]:
        """What `record_xml_attribute` was given: nothing else is told to the JUnit file of a worker."""
        xml = self._xml
        told = [[ATTRIBUTES, str(each.id), each.attrs] for each in xml.node_reporters.values() if each.attrs]
        for each in xml.node_reporters.values():
            each.attrs = {}
        if last:
            xml.node_reporters.clear()
            xml.node_reporters_ordered.clear()
        return told

    def take(self) -> list[Call]:
        """What was told since the last time."""
        calls, self.calls = self.calls, []
        return calls

    def as_data(self, calls: list[Call]) -> list[Call]:
        """The same without objects."""
        return [self._plain(call) if call[0] == REPORT else call for call in calls]

    def _plain(self, call: Call) -> Call:
        report = call[1]
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        if data is None:
            raise TypeError(f"no plugin can make data of a report of type {type(report).__qualname__}")
        context: Any = getattr(report, "context", None)
        if hasattr(type(context), "__post_init__") and "_subtest.context" in data:
            # Since pytest 9.2 the values are shown here, and once more where the report is made again.
            shown = {key: Shown(text) for key, text in context.kwargs.items()}
            data["_subtest.context"] = {"msg": context.msg, "kwargs": shown}
        return [REPORT, data, *call[2:]]

    def times(self, item: Any, calls: list[Call], keywords: int) -> tuple[float, ...]:
        """The start, stop and duration of each phase of a test that has nothing else to say; empty for any other.

        Args:
            item: the test.
            calls: what was told of it.
            keywords: how many it had before it began.
        """
        if len(calls) != _QUIET or calls[0][0] != START or calls[4][0] != FINISH:
            return ()
        times: list[float] = []
        for phase, call in zip(_PHASES, calls[1:4], strict=True):
            if call[0] != REPORT or not self._is_quiet(item, call[1], phase, keywords):
                return ()
            report = call[1]
            times += (report.start, report.stop, report.duration)
        return tuple(times)

    def _is_quiet(self, item: Any, report: Any, phase: str, keywords: int) -> bool:
        about = vars(report)
        extra = about.get(EXTRA)
        return (
            type(report) is pytest.TestReport
            and report.outcome == "passed"
            and report.when == phase
            and report.longrepr is None
            and not report.sections
            and not report.user_properties
            and len(report.keywords) == keywords
            and len(about) == self._usual + (extra is not None)
            and (not extra or extra == {"id": test_id(item)})
        )


def junit_of(config: Any) -> Any:
    """The JUnit file that pytest writes; None where there is none."""
    from _pytest.junitxml import xml_key

    return config.stash.get(xml_key, None)


def add_attributes(config: Any, item: Any, attributes: dict[str, str]) -> None:
    """Give them to the test's element in the JUnit file."""
    xml = junit_of(config)
    if xml is not None:
        reporter = xml.node_reporter(getattr(item, "id", item.nodeid))
        for name, value in attributes.items():
            reporter.add_attribute(name, value)


def _failed_subtests(config: Any, report: Any) -> int:
    """How many subtests of a test failed: pytest counts them where they run, and asks for the number where it reports."""
    counts = _subtests_of(config)
    is_subtest = hasattr(report, "context")
    return 0 if not counts or is_subtest or report.when != "call" else counts.get(_id_of(report), 0)


def count_subtests(config: Any, report: Any, failed: int) -> None:
    """Make known how many subtests of a test failed."""
    counts = _subtests_of(config)
    if counts is not None:
        counts[_id_of(report)] = failed


def _subtests_of(config: Any) -> Any:
    try:
        from _pytest.subtests import failed_subtests_key
    except ImportError:
        return None
    return config.stash.get(failed_subtests_key, None)


def _id_of(report: Any) -> Any:
    return getattr(report, "id", report.nodeid)


def quiet_reports(item: Any, times: tuple[float, ...]) -> list[Any]:
    """The three reports of a test that passed with nothing to say."""
    name = test_id(item)
    extra: dict[str, Any] = {} if name == item.nodeid else {EXTRA: {"id": name}}
    keywords = dict.fromkeys(item.keywords, 1)
    node_id: Any = getattr(item, "id", item.nodeid)
    reports = []
    for place, phase in enumerate(_PHASES):
        start, stop, duration = times[3 * place : 3 * place + 3]
        reports.append(
            pytest.TestReport(
                node_id, item.location, keywords.copy(), "passed", None, phase,  # type: ignore[arg-type]
                (), duration, start, stop, **extra,
            )
        )  # fmt: skip
    return reports


def warning_as_data(caught: Any) -> dict[str, Any]:
    """A warning that was caught, as data."""
    category = caught.category
    return {
        "text": str(caught.message),
        "module": category.__module__,
        "name": category.__qualname__,
        "bases": [(base.__module__, base.__qualname__) for base in category.__mro__],
        "file": caught.filename,
        "line": caught.lineno,
        "source": caught.line,
    }


def warning_from_data(data: dict[str, Any]) -> warnings.WarningMessage:
    """A warning that prints as the one that was caught does, and is of its category as far as this process has that."""
    category: Any = next(filter(None, (_found(*base) for base in data["bases"])), Warning)
    if category.__qualname__ != data["name"]:
        # Nobody has it but the worker: one of the same name stands for it.
        category = type(data["name"].rpartition(".")[2], (category,), {"__module__": data["module"]})
    message = category.__new__(category)
    message.args = (data["text"],)
    if category.__str__ is not Warning.__str__:
        own = type(category.__name__, (category,), {"__str__": lambda _: data["text"], "__module__": data["module"]})
        message = Warning.__new__(own)
    return warnings.WarningMessage(message, category, data["file"], data["line"], line=data["source"])


def _found(module: str, name: str) -> Any:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) and issubclass(found, Warning) else None
