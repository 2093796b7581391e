"""Time limits of tests in a worker; what does not end when it is told to, the parent ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest

from greenroom.execute.messages import Report, Said, TestBegan
from greenroom.execute.timer import TestTimer
from greenroom.limits import own_timeout
from greenroom.pytest_plugin.databases import SETUP
from greenroom.pytest_plugin.run import RUN


class Limits:
    """Interrupts tests whose time is up. The databases are not made in the time of the test that comes first.

    Args:
        config: pytest's configuration.
        send: tells the parent.
    """

    def __init__(self, config: Any, send: Callable[[Report], None]) -> None:
        self._default: float | None = config.stash[RUN].config.timeout
        self._send = send
        self._timer: TestTimer | None = None
        self._index = -1

    def around(self, index: int, item: Any) -> AbstractContextManager[None]:
        """Have a test end in its time."""
        seconds = limit_of(item) or self._default
        return nullcontext() if seconds is None else self._limited(index, seconds)

    @contextmanager
    def _limited(self, index: int, seconds: float) -> Iterator[None]:
        self._index, self._timer = index, TestTimer(seconds)
        self._timer.start(index, None)
        try:
            yield
        finally:
            self._timer.stop()
            self._timer = None

    def rest(self) -> None:
        """Let the clock stand still."""
        if self._timer is not None:
            self._timer.stop()
            self._send(Said("timeless", b"null", self._index))

    def go_on(self) -> None:
        """Let the test have all of its time from now on."""
        if self._timer is not None:
            self._send(TestBegan(self._index, time.time()))
            self._timer.start(self._index, None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """The databases are made."""
        if self._timer is None or fixturedef.argname != SETUP:
            return (yield)
        self.rest()
        try:
            return (yield)
        finally:
            self.go_on()


def limit_of(item: Any) -> float | None:
    """The seconds that an override grants a test, or the test itself; see `greenroom.timeout`."""
    from greenroom.pytest_plugin.overriding import granted_of

    if (granted := granted_of(item)) is not None and granted.timeout is not None:
        return granted.timeout
    for holder in (getattr(item, "function", None), getattr(item, "cls", None)):
        if holder is not None and (seconds := own_timeout(_Of(holder))) is not None:
            return seconds
    return None


class _Of:
    """Asks one function or class alone."""

    def __init__(self, holder: Any) -> None:
        self.holder = holder
        self._testMethodName = "holder"
