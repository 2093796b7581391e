"""Reporters that can neither end a run nor hold it up.

A report that goes to a file is told of events in batches, in a thread that lives for as long as the batch: while tests run
there is none (a process that has a thread can't be forked without a warning, and tests do fork). One that does not come to
its end in time is left behind. What a terminal reporter writes is wanted at once, and is told in the thread of the run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from greenroom.errors import GreenroomError
from greenroom.events import Event, RunFinished
from greenroom.hooks.context import ReporterContext
from greenroom.hooks.plugins import fault
from greenroom.reporters.api import QuickPass, Reporter, TextStream
from greenroom.reporters.dots import Dots

PATIENCE = 10.0
"""Seconds that a reporter may take over one batch of events, or over its end."""
BATCH = 256
"""Events that are kept for a reporter at most: the memory that a reporter which does not write yet can take."""
_AT_LEAST = 1.0
"""Seconds after which events are handed over although they are few, so that who looks into a file sees how it grows."""
# Held here: a test may patch what these modules hold, and libraries that freeze time do.
_Thread, _clock = threading.Thread, time.perf_counter


class Late(Exception):  # noqa: N818 - told of in a line, never seen
    """A reporter took too long."""


def in_time(do: Callable[[], Any], patience: float) -> Any:
    """Do something in a thread, and wait for it.

    Raises:
        Late: it was not through in time, and goes on for as long as it likes.
    """
    result: list[Any] = []
    raised: list[BaseException] = []

    def carry_out() -> None:
        try:
            result.append(do())
        except BaseException as error:
            raised.append(error)

    thread = _Thread(target=carry_out, name="greenroom-reporter", daemon=True)
    thread.start()
    thread.join(patience)
    if raised:
        raise raised[0]
    if not result:
        raise Late
    return result[0]


class Faults:
    """What went wrong with the reporters of a run.

    Args:
        tell: is given a line for each.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.names: list[str] = []
        self.failures: list[str] = []
        """Why the run fails, says a reporter."""

    def add(self, name: str, text: str) -> None:
        """A reporter failed."""
        self.names.append(name)
        self._tell(text)

    def read(self, name: str, reporter: Any) -> None:
        """Take note of what a reporter has to say when it is closed."""
        if trouble := getattr(reporter, "trouble", ""):
            self.add(name, str(trouble))
        if failure := getattr(reporter, "failure", ""):
            self.failures.append(str(failure))
            self._tell(str(failure))


def in_words(name: str, error: BaseException) -> str:
    """What is said of a reporter that failed."""
    if isinstance(error, Late):
        return f"the report {name} is left out: its reporter hangs"
    if isinstance(error, GreenroomError):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        file = f" ({error.filename})" if error.filename else ""
        return f"the report {name} is incomplete: {error.strerror}{file}"
    return f"the report {name} is incomplete: its reporter raised {fault(error)}"


class Background:
    """Tells a reporter of events in batches, each in a thread of its own and with a deadline.

    Args:
        name: of the reporter.
        inner: the reporter.
        faults: is told what goes wrong.
        patience: seconds for a batch.
    """

    def __init__(self, name: str, inner: Reporter, faults: Faults, *, patience: float = PATIENCE) -> None:
        self._name = name
        self._faults = faults
        self._patience = patience
        self._events: list[Event] = []
        self._next = 0.0
        self._inner: Reporter | None = inner
        self.wants = inner.wants
        self.needs: frozenset[str] = getattr(inner, "needs", frozenset())

    def handle(self, event: Event) -> None:
        """Keep the event for the next batch."""
        self._events.append(event)
        if len(self._events) >= BATCH:
            self._hand_over()

    def flush(self) -> None:
        """Hand over what was kept for long enough."""
        if self._events and (_clock() >= self._next or isinstance(self._events[-1], RunFinished)):
            self._hand_over()

    def close(self) -> None:
        """Hand over what is left, and close the report."""
        inner = self._inner
        if inner is None:
            return
        self._hand_over()
        if self._inner is not None:
            self._guarded(inner.close)
        if self._inner is not None:
            self._faults.read(self._name, inner)
            self._inner = None

    def _hand_over(self) -> None:
        inner, events = self._inner, self._events
        self._events = []
        self._next = _clock() + _AT_LEAST
        if inner is None or not events:
            return
        handle = inner.handle

        def tell() -> None:
            for event in events:
                handle(event)
            inner.flush()

        self._guarded(tell)

    def _guarded(self, do: Callable[[], Any]) -> None:
        try:
            in_time(do, self._patience)
        except Exception as error:
            self._inner = None
            self.wants = frozenset()
            self._faults.add(self._name, in_words(self._name, error))


class _Muffled:
    """A stream that is silent until it is wanted."""

    def __init__(self, stream: TextStream) -> None:
        self._stream = stream
        self.on = False

    def write(self, text: str, /) -> object:
        return self._stream.write(text) if self.on else len(text)

    def flush(self) -> None:
        if self.on:
            self._stream.flush()


class Foreground:
    """Tells a terminal reporter of events at once. Where it raises, the classic report takes over, with all its failures.

    Args:
        name: of the reporter.
        inner: the reporter.
        context: what it was made from.
        faults: is told what goes wrong.
    """

    def __init__(self, name: str, inner: Reporter, context: ReporterContext, faults: Faults) -> None:
        self._name = name
        self._inner: Reporter = inner
        self._streams = _Muffled(context.err), _Muffled(context.out)
        self._stand_in = Dots(*self._streams, notes=context.replay)
        self._faults = faults
        self._failed = False
        self.needs: frozenset[str] = getattr(inner, "needs", frozenset())

    @property
    def wants(self) -> frozenset[type] | None:
        """What it wants, or what its stand-in has to know."""
        wants, also = self._inner.wants, self._stand_in.wants
        return None if wants is None or also is None else wants | also

    @property
    def quick_pass(self) -> QuickPass | None:
        """As the reporter has it."""
        quick: QuickPass | None = getattr(self._inner, "quick_pass", None)
        if quick is None:
            return None

        def tell(count: int) -> None:
            if not self._failed:
                self._guarded(lambda: quick(count))

        return tell

    def handle(self, event: Event) -> None:
        """Tell it, and its stand-in."""
        self._stand_in.handle(event)
        wants = self._inner.wants
        if not self._failed and (wants is None or type(event) in wants):
            self._guarded(lambda: self._inner.handle(event))

    def flush(self) -> None:
        """Let it write."""
        self._stand_in.flush()
        if not self._failed:
            self._guarded(self._inner.flush)

    def close(self) -> None:
        """The run is over."""
        if not self._failed:
            self._guarded(self._inner.close)
            self._faults.read(self._name, self._inner)
        self._stand_in.close()

    def _guarded(self, do: Callable[[], Any]) -> None:
        try:
            do()
        except Exception as error:
            self._failed = True
            for stream in self._streams:
                stream.on = True
            self._faults.add(self._name, in_words(self._name, error))
