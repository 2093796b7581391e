"""The running of a row of tests of one class, after the first of them.

What pytest's own hooks would do around each test is done here directly where all goes well. A report that is anything but
"passed" is made by the hooks, and every report is told to all reporters by the hooks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from _pytest import timing
from _pytest._code import ExceptionInfo
from _pytest.logging import caplog_handler_key, caplog_records_key
from _pytest.reports import TestReport
from _pytest.runner import CallInfo, call_and_report, check_interactive_exception, get_reraise_exceptions
from _pytest.threadexception import collect_thread_exception
from _pytest.unraisableexception import collect_unraisable

from greenroom.pytest_plugin.fastpath.items import STRUCTURED, LightTest
from greenroom.pytest_plugin.fastpath.surround import Asserts, Logged, Warned, leave_all
from greenroom.pytest_plugin.fastpath.told import Told
from greenroom.pytest_plugin.reports import EXTRA
from greenroom.pytest_plugin.run import RUN
from greenroom.running import attachments

_CURRENT = "PYTEST_CURRENT_TEST"


class Lane:
    """Runs tests of one class after the other.

    Args:
        config: pytest's.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        manager = config.pluginmanager
        self._capture = manager.getplugin("capturemanager")
        logs = manager.getplugin("logging-plugin")
        self._asserts = Asserts()
        self._warned = Warned(config) if manager.hasplugin("warnings") else None
        self._logged = Logged(logs) if logs is not None else None
        self._parts = [part for part in (self._asserts, self._warned, self._logged) if part is not None]
        self._threads = manager.hasplugin("threadexception")
        self._unraisable = manager.hasplugin("unraisableexception")
        self._kept = config.stash[RUN].kept
        self._keeps = self._kept.always
        self._reraise = get_reraise_exceptions(config)
        self._before_each = _before_each()
        self._case: Any = None

    def run(self, item: LightTest, nextitem: Any) -> None:
        """Run a test.

        Args:
            item: a test whose class is set up.
            nextitem: the one that runs after it.
        """
        __tracebackhide__ = True
        case: Any = item.parent
        if self._case is not case:
            self.close()
            self._enter(case, item)
        for part in self._parts:
            part.before(item)
        nodeid, location = item.nodeid, item.location
        for listen in self._told.starts:
            listen(nodeid=nodeid, location=location)
        self._set_up(item)
        self._call(item)
        self._tear_down(item, nextitem)
        for listen in self._told.ends:
            listen(nodeid=nodeid, location=location)
        if self._warned is not None:
            self._warned.tell(item)

    def _enter(self, case: Any, item: LightTest) -> None:
        hooks = case.ihook
        self._make_report = hooks.pytest_runtest_makereport
        self._interact = hooks.pytest_exception_interact
        self._told = Told(hooks)
        self._keywords = dict.fromkeys(case.keywords, 1)
        self._name = self._name_of(case)
        self._case = case
        for part in self._parts:
            part.enter(item)

    @staticmethod
    def _name_of(case: Any) -> str:
        return f"{case.obj.__module__}.{case.obj.__qualname__}."

    def close(self) -> None:
        """The next test is another one's."""
        if self._case is not None:
            self._case = None
            leave_all(self._parts)

    def _set_up(self, item: LightTest) -> None:
        """What pytest-django's fixtures do before each test; those of the class were set up with its first test."""
        at, began = timing.time(), timing.perf_counter()
        item._explicit_tearDown = None  # noqa: SLF001 - what pytest's own set-up does
        self._before_each()
        self._passed(item, "setup", at, timing.perf_counter() - began)

    def _call(self, item: LightTest) -> None:
        __tracebackhide__ = True
        at, began = timing.time(), timing.perf_counter()
        error = None
        try:
            self._run_test(item)
        except self._reraise:
            raise
        except BaseException as raised:
            error = ExceptionInfo.from_current()
            _remember(raised)
        took = timing.perf_counter() - began
        if error is None and not item._excinfo:  # noqa: SLF001 - where pytest keeps what unittest tells
            self._passed(item, "call", at, took)
            return
        call = CallInfo[None](None, error, start=at, stop=at + took, duration=took, when="call", _ispytest=True)
        self._tell(item, call)

    def _run_test(self, item: LightTest) -> None:
        __tracebackhide__ = True
        os.environ[_CURRENT] = f"{item.nodeid} (call)".replace("\x00", "(null)")
        _forget_last()
        capture = self._capture
        if capture is not None:
            capture.resume_global_capture()
        try:
            item.runtest()
            if self._unraisable:
                collect_unraisable(self._config)
            if self._threads:
                collect_thread_exception(self._config)
        finally:
            if capture is not None:
                capture.suspend_global_capture(in_=False)
                out, err = capture.read_global_capture()
                item.add_report_section("call", "stdout", out)
                item.add_report_section("call", "stderr", err)
            if self._logged is not None:
                self._logged.tell(item)

    def _tear_down(self, item: LightTest, nextitem: Any) -> None:
        session = item.session
        if session.shouldfail or session.shouldstop:
            nextitem = None
        at, began = timing.time(), timing.perf_counter()
        self._let_go(item)
        if nextitem is None or nextitem.parent is not item.parent:
            # The class is over: its fixtures, and perhaps those of its module, are torn down by pytest.
            # What the test logged is still there; the hooks begin anew.
            self._kept.after(item, "call", passed=True)
            if self._logged is not None:
                self._logged.leave()
                item.stash[caplog_records_key] = {}
                item.stash[caplog_handler_key] = self._logged.handler
            call_and_report(item, "teardown", nextitem=nextitem)
            return
        os.environ.pop(_CURRENT, None)
        if item._excinfo or attachments.KEPT:  # noqa: SLF001 - a second error is told at the end, as by pytest
            self._tell(item, CallInfo.from_call(_nothing, "teardown", reraise=self._reraise))
        else:
            self._passed(item, "teardown", at, timing.perf_counter() - began)

    def _let_go(self, item: LightTest) -> None:
        own = item.__dict__
        own["_obj"] = None
        own.pop("_instance", None)

    def _extra(self, item: LightTest) -> dict[str, Any]:
        return {"id": f"{self._name}{item.name}"}

    def _has_own_keywords(self, item: LightTest) -> bool:
        return bool(item.own_markers) or "keywords" in item.__dict__

    def _tell(self, item: LightTest, call: Any) -> None:
        report = self._make_report(item=item, call=call)
        self._told.reports(report=report)
        if check_interactive_exception(call, report):
            self._interact(node=item, call=call, report=report)

    def _passed(self, item: LightTest, when: Any, at: float, took: float) -> None:
        keywords: Any = {item.name: 1, **self._keywords}
        if self._has_own_keywords(item):
            keywords = dict.fromkeys(item.keywords, 1)
        report = _report(
            item._id if STRUCTURED else item.nodeid,  # noqa: SLF001 - spares pytest parsing it
            item.location,
            keywords,
            when,
            [(f"Captured {key} {phase}", text) for phase, key, text in item._report_sections],  # noqa: SLF001
            took,
            at,
            list(item.user_properties),
        )
        extra = self._extra(item)
        if self._keeps or self._kept.odd:
            extra |= self._kept.after(item, when, passed=True)
        setattr(report, EXTRA, extra)
        if when == "call":
            self._told.of_pass(report)
        else:
            self._told.quietly(report)


_ID = "_id" if STRUCTURED else "nodeid"
_KNOWN = frozenset(
    {_ID, "location", "keywords", "outcome", "longrepr", "when", "user_properties", "sections", "duration", "start", "stop"}
)  # fmt: skip
_IS_KNOWN = vars(TestReport("", ("", 0, ""), {}, "passed", None, "call")).keys() == _KNOWN
"""Whether a report has what is known here, and nothing else: then it is made without the constructor, three times a test."""


def _report(
    node: Any, location: Any, keywords: Any, when: Any, sections: Any, took: float, at: float, properties: Any
) -> Any:  # fmt: skip
    """A report that says "passed"."""
    if not _IS_KNOWN:
        return TestReport(
            node, location, keywords, "passed", None, when, sections, took, at, at + took, properties
        )  # fmt: skip
    report = TestReport.__new__(TestReport)
    report.__dict__ = {
        _ID: node,
        "location": location,
        "keywords": keywords,
        "outcome": "passed",
        "longrepr": None,
        "when": when,
        "user_properties": properties,
        "sections": sections,
        "duration": took,
        "start": at,
        "stop": at + took,
    }
    return report


def _nothing() -> None:
    pass


def _forget_last() -> None:
    """What pytest does before each test: nobody is to take an old failure for a new one."""
    known = sys.__dict__
    if "last_type" in known:
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            known.pop(name, None)


def _remember(error: BaseException) -> None:
    sys.last_type, sys.last_value = type(error), error
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    sys.last_traceback = error.__traceback__.tb_next if error.__traceback__ else None


def _before_each() -> Callable[[], None]:
    """What pytest-django does before each test, whatever its marks."""
    from django.conf import settings
    from django.core import mail

    def before() -> None:
        outbox = getattr(mail, "outbox", None)
        if outbox:
            outbox.clear()
        if "django.contrib.sites" in settings.INSTALLED_APPS:
            from django.contrib.sites.models import Site

            Site.objects.clear_cache()

    return before
