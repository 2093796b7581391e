"""What is kept of a test besides its outcome: what it logged, what it printed, what it asked of databases.

pytest catches messages and output for its own reports; here they become data for events. Queries are taken down only where a
reporter asks for them.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from _pytest.unittest import TestCaseFunction

from greenroom.execute import logtape
from greenroom.execute.exceptions import bounded
from greenroom.pytest_plugin.tests import TEST_DATABASE

if TYPE_CHECKING:
    from greenroom.execute.sqltape import SqlTape

_STREAMS = frozenset({"stdout", "stderr"})


class Kept:
    """Keeps it, in a process that runs tests.

    Args:
        needs: what reporters ask for of each test; of a test that did anything but pass, messages and output are kept anyway.
        logging: pytest's plugin for logging; None where it is off.
        tape: takes queries down; None: nobody asks for them.
    """

    def __init__(self, needs: frozenset[str], logging: Any, tape: SqlTape | None = None) -> None:
        self.always = bool(needs)
        """Whether anything is kept of tests that passed."""
        self._needs = needs
        self.handler: Any = None if logging is None else logging.report_handler
        self._tape = tape
        self._item: Any = None
        self.records: list[Any] = []
        """What was logged in earlier phases of the test."""
        self._seen: Any = None
        self.odd = False
        """Whether the test of which phases are coming in did anything but pass."""

    def after(self, item: Any, when: str, *, passed: bool) -> dict[str, Any]:
        """A phase of a test is over.

        Args:
            item: the test.
            when: the phase.
            passed: whether it did nothing but pass.

        Returns:
            What the report of the phase is to carry, as data: all there is comes with the last phase.
        """
        if item is not self._item or when == "setup":
            self._item, self.odd = item, False
            if self.records:
                self.records = []
        if not passed:
            self.odd = True
        handler = self.handler
        if handler is not None and handler.records and handler.records is not self._seen:
            # pytest begins a new list for each phase; on the fast path for each test.
            self._seen = handler.records
            self.records += handler.records
        if when != "teardown" or not (self.odd or self.always):
            return {}
        return self._taken(item)

    def _taken(self, item: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.records and (self.odd or "logs" in self._needs):
            logtape.RECORDS.clear()
            logtape.RECORDS.extend(self.records)
            found["logs"] = msgspec.to_builtins(logtape.taken())
        if item._report_sections and (self.odd or "output" in self._needs):  # noqa: SLF001 - where pytest keeps it
            text = "".join(text for _, key, text in item._report_sections if key in _STREAMS)  # noqa: SLF001
            if text:
                found["output"] = bounded(text)
        if self._tape is not None and self._tape.queries:
            found["queries"], found["more_queries"] = msgspec.to_builtins(self._tape.queries), self._tape.more
        self._item, self.records, self.odd = None, [], False
        return found


class Queries:
    """Switches the tape on and off: a plugin of pytest's, where a reporter asks for queries.

    Of a test case counts what counts under `manage.py test`: from its `setUp()` to its `tearDown()`. Of any other test its
    own fixtures count, and the test itself; not those of its class, module or session, and not the beginning and the end of
    its transaction.

    Args:
        tape: takes them down.
    """

    def __init__(self, tape: SqlTape) -> None:
        self._tape = tape

    def begin(self) -> None:
        """A test begins, or another try of it: nothing of it counts yet."""
        self._tape.begin()
        self._tape.end()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any) -> Generator[None, Any, Any]:
        """A test begins."""
        self.begin()
        self._tape.start()
        if isinstance(item, TestCaseFunction):
            vars(item)["startTest"] = lambda _: self._tape.resume()
            vars(item)["stopTest"] = lambda _: self._tape.end()
        try:
            return (yield)
        finally:
            self._tape.end()
            self._tape.stop()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, Any, Any]:
        """A fixture is made, in the midst of another one or of the test, too."""
        before = self._tape.running
        own = fixturedef.scope == "function" and fixturedef.argname != TEST_DATABASE
        self._switch(on=own and not isinstance(request.node, TestCaseFunction))
        try:
            return (yield)
        finally:
            self._switch(on=before)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: Any) -> Generator[None, Any, Any]:
        """The test itself."""
        self._switch(on=not isinstance(item, TestCaseFunction))
        try:
            return (yield)
        finally:
            self._tape.end()

    def _switch(self, *, on: bool) -> None:
        if on:
            self._tape.resume()
        else:
            self._tape.end()
