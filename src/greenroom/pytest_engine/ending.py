"""The end of pytest's session within a run: plugins are told of it, and what they say counts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

from greenroom.execute.exceptions import format_plainly


def end_session(config: Any, session: Any, *, lone: bool) -> tuple[str, str]:
    """Tell plugins that the session ends.

    Args:
        config: pytest's configuration.
        session: of which all tests are through.
        lone: whether they ran in this process. Where they did not, plugins of others know nothing of them, and are not asked:
            what they would clean up may be in use.

    Returns:
        Why the run fails beside its tests, and what plugins have to say.
    """
    manager = config.pluginmanager
    reporter = manager.get_plugin("terminalreporter")
    silent = [plugin for plugin in manager.get_plugins() if plugin is reporter or (not lone and _is_other(plugin))]
    failed = session.testsfailed
    status = session.exitstatus = pytest.ExitCode.TESTS_FAILED if failed else pytest.ExitCode.OK
    session.testsfailed, session.items = 0, []
    session.shouldfail = session.shouldstop = False
    try:
        if lone:
            # No test is left to run; what plugins do around the loop of the tests is done here.
            config.hook.pytest_runtestloop(session=session)
        manager.subset_hook_caller("pytest_sessionfinish", silent)(session=session, exitstatus=status)
    except (Exception, pytest.exit.Exception) as error:
        return format_plainly(error), ""
    if not lone:
        return "", ""
    summary = _summary(config, session, reporter)
    if session.testsfailed or (session.exitstatus != status and not failed):
        return f"a plugin of pytest's fails the run\n{summary}", ""
    return "", summary


def _summary(config: Any, session: Any, reporter: Any) -> str:
    """What plugins have to say at the end, besides what pytest itself says there."""
    if reporter is None:
        return ""
    sink = io.StringIO()
    reporter._tw._file = sink  # noqa: SLF001 - nobody sees what it writes else
    own: Sequence[Any] = [plugin for plugin in config.pluginmanager.get_plugins() if not _is_other(plugin)]
    call = config.pluginmanager.subset_hook_caller("pytest_terminal_summary", [reporter, *own])
    call(terminalreporter=reporter, exitstatus=session.exitstatus, config=config)
    return sink.getvalue()


def _is_other(plugin: Any) -> bool:
    """Whether a plugin is none of pytest's own."""
    name = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
    return not name.startswith("_pytest.")
