"""What pytest puts around each test, put around a row of tests of one class instead, and looked after between them.

A test may change filters of warnings, or the handlers of a logger. pytest would set them anew for the next test, so each
part says whether all is as it was; where it is not, it is entered anew.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Generator, Iterable
from contextlib import ExitStack
from typing import Any, Protocol

from _pytest.assertion import pytest_runtest_protocol as explain_asserts
from _pytest.logging import catching_logs
from _pytest.warnings import catch_warnings_for_item


class Part(Protocol):
    """One of the things around tests."""

    def enter(self, item: Any) -> None:
        """Begin, before a test."""

    def before(self, item: Any) -> None:
        """A test is about to begin: it finds all as if nobody had run before it."""

    def leave(self) -> None:
        """End."""


class Asserts:
    """What `assert` says in modules that pytest rewrites: hooks that do not depend on the test."""

    def __init__(self) -> None:
        self._hooks: Generator[None, object, object] | None = None

    def enter(self, item: Any) -> None:
        """As `Part`."""
        self._hooks = explain_asserts(item)
        next(self._hooks)

    def before(self, item: Any) -> None:
        """As `Part`: nothing."""

    def leave(self) -> None:
        """As `Part`."""
        if self._hooks is not None:
            self._hooks.close()
            self._hooks = None


class Warned:
    """Warnings, recorded for the test that gave them.

    Args:
        config: pytest's.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        self._stack: ExitStack | None = None
        self._log: list[Any] = []
        self._during: tuple[Any, ...] = ()

    def enter(self, item: Any) -> None:
        """As `Part`."""
        self._stack = ExitStack()
        around = catch_warnings_for_item(config=self._config, ihook=item.ihook, when="runtest", item=item)
        self._stack.enter_context(around)
        self._log = getattr(getattr(warnings, "_showwarnmsg_impl", None), "__self__", self._log)
        self._during = self._state()

    @staticmethod
    def can() -> bool:
        """Whether this Python records warnings in the way that is known here."""
        with warnings.catch_warnings(record=True) as log:
            mine: Any = getattr(warnings, "_showwarnmsg_impl", None)
            return mine is not None and getattr(mine, "__self__", None) is log

    def before(self, item: Any) -> None:
        """As `Part`: each test is warned of what another was warned of."""
        if self._state() != self._during:
            self.leave()
            self.enter(item)
            return
        with warnings.catch_warnings():
            """Entering and leaving has Python forget which warnings it gave already."""

    def tell(self, item: Any) -> None:
        """Tell what was recorded during a test."""
        if self._log:
            told, self._log[:] = list(self._log), []
            for warning in told:
                item.ihook.pytest_warning_recorded.call_historic(
                    kwargs={"warning_message": warning, "nodeid": item.nodeid, "when": "runtest", "location": None}
                )

    def leave(self) -> None:
        """As `Part`."""
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    def _state(self) -> tuple[Any, ...]:
        return list(warnings.filters), warnings.showwarning, warnings._showwarnmsg_impl  # type: ignore[attr-defined] # noqa: SLF001


class Logged:
    """Messages, kept for the report of a failure.

    Args:
        plugin: pytest's plugin for logging.
    """

    def __init__(self, plugin: Any) -> None:
        self._handlers = (plugin.caplog_handler, plugin.report_handler)
        self._level = plugin.log_level
        self._report = plugin.report_handler
        self.handler = plugin.caplog_handler
        self._stack: ExitStack | None = None
        self._known = 0
        self._loggers: list[logging.Logger] = []
        self._apart: list[logging.Logger] = []
        self._root: tuple[Any, ...] = ()

    def enter(self, item: Any) -> None:
        """As `Part`."""
        self._stack = ExitStack()
        for handler in self._handlers:
            self._stack.enter_context(catching_logs(handler, level=self._level))
            handler.reset()
        known = logging.root.manager.loggerDict
        self._known = len(known)
        self._loggers = [each for each in known.values() if isinstance(each, logging.Logger)]
        self._apart = [each for each in self._loggers if not each.propagate]
        self._root = self._state()

    def before(self, item: Any) -> None:
        """As `Part`."""
        same = (
            len(logging.root.manager.loggerDict) == self._known
            and self._state() == self._root
            and [each for each in self._loggers if not each.propagate] == self._apart
            and all(handler in each.handlers for each in self._apart for handler in self._handlers)
        )
        if not same:
            self.leave()
            self.enter(item)
        elif self._handlers[0].records or self._report.records:
            for handler in self._handlers:
                handler.reset()

    def tell(self, item: Any) -> None:
        """Put what was logged in the report of a test."""
        if self._report.records:
            item.add_report_section("call", "log", self._report.stream.getvalue().strip())

    def leave(self) -> None:
        """As `Part`."""
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    @staticmethod
    def _state() -> tuple[Any, ...]:
        return list(logging.root.handlers), logging.root.level


def leave_all(parts: Iterable[Part]) -> None:
    """Leave all parts, the last one first."""
    for part in reversed(list(parts)):
        part.leave()
