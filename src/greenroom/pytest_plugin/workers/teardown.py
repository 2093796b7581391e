"""The teardown of wider fixtures at a time when their last test is over already."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.runner import CallInfo
from _pytest.warnings import catch_warnings_for_item


def tear_down(session: Any, item: Any, following: Any, held: Any) -> tuple[list[Any], str | None]:
    """Tear down what the next test does not use.

    Args:
        session: pytest's.
        item: the last test, which it is told of; None where there is none.
        following: the next test; None: there is none.
        held: the report of the last test's own teardown.

    Returns:
        The reports of that teardown, as they would have been if it had been done at once; and, where there is no such test, what
        went wrong.
    """
    state = session._setupstate  # noqa: SLF001 - only pytest's own loop gets at it otherwise

    def let_go() -> None:
        __tracebackhide__ = True
        state.teardown_exact(following)

    if item is None:
        call = CallInfo.from_call(let_go, "teardown", reraise=_reraised())
        return [], None if call.excinfo is None else str(call.excinfo.getrepr(style="native"))
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with catch_warnings_for_item(session.config, item.ihook, "runtest", item), capture.item_capture("teardown", item):
        call = CallInfo.from_call(let_go, "teardown", reraise=_reraised())
    if call.excinfo is None:
        held.duration += call.duration
        held.stop = call.stop
        return [held], None
    report = item.ihook.pytest_runtest_makereport(item=item, call=call)
    if held.failed:
        return [held, report], None
    report.duration += held.duration
    report.start = held.start
    return [report], None


def _reraised() -> tuple[type[BaseException], ...]:
    return (pytest.exit.Exception, KeyboardInterrupt)
