"""Reporters that can neither end a run nor hold it up.

A report that goes to a file is told of events in batches, in a thread that lives for as long as the batch: while tests run
there is none (a process that has a thread can't be forked without a warning, and tests do fork). One that does not come to
its end in time is left behind. What a terminal reporter writes is wanted at once, and is told in the thread of the run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from greenroom.errors import GreenroomError
from greenroom.events import Event, RunFinished, TestFinished, TestPlanned, TestStarted
from greenroom.hooks.context import ReporterContext
from greenroom.hooks.plugins import fault
from greenroom.reporters.api import QuickPass, Reporter, TextStream
from greenroom.reporters.dots import Dots

PATIENCE = 5.0
"""Seconds that a reporter may take over one batch of events, or over its end."""
BATCH = 1024
"""Events that are kept at most, where they are of tests that are planned, begin, or pass."""
_LIGHT = frozenset({TestPlanned, TestStarted})
_HEAVY = 32
"""For how many of those another event counts, which may carry tracebacks, logs, output."""
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


class Member(msgspec.Struct, eq=False):
    """A reporter that is told of batches, and its name."""

    name: str
    reporter: Reporter


class _Turn:
    """One batch, told to one reporter after the other in a thread."""

    def __init__(self, members: Sequence[Member], do: Callable[[Reporter], None]) -> None:
        self._members = members
        self._do = do
        self.at = -1
        """The place of the one that is at it."""
        self.faults: list[tuple[Member, Exception]] = []
        self.given_up = False
        self.thread = _Thread(target=self._carry_out, name="greenroom-reporters", daemon=True)

    def _carry_out(self) -> None:
        for place, member in enumerate(self._members):
            self.at = place
            try:
                self._do(member.reporter)
            except Exception as error:
                self.faults.append((member, error))
            if self.given_up:
                return  # Somebody else has taken over, long ago.


class Background:
    """Tells reporters of events in batches, each batch in a thread of its own and with a deadline for each reporter.

    Args:
        members: the reporters.
        faults: is told what goes wrong.
        patience: seconds for a batch.
    """

    def __init__(self, members: Iterable[Member], faults: Faults, *, patience: float = PATIENCE) -> None:
        self._members = list(members)
        self._faults = faults
        self._patience = patience
        self._events: list[Event] = []
        self._weight = 0
        self._next = 0.0
        self.needs: frozenset[str] = frozenset().union(
            *(getattr(member.reporter, "needs", ()) for member in self._members)
        )  # fmt: skip

    @property
    def wants(self) -> frozenset[type] | None:
        """What any of them wants."""
        found = [member.reporter.wants for member in self._members]
        return None if None in found else frozenset().union(*filter(None, found))

    def handle(self, event: Event) -> None:
        """Keep the event for the next batch."""
        self._events.append(event)
        kind = type(event)
        if kind is TestFinished:
            heavy = event.problems or event.output or event.logs or event.queries  # type: ignore[union-attr]
            self._weight += _HEAVY if heavy else 1
        else:
            self._weight += 1 if kind in _LIGHT else _HEAVY
        if self._weight >= BATCH:
            self._hand_over()

    def flush(self) -> None:
        """Hand over what was kept for long enough."""
        if self._events and (_clock() >= self._next or type(self._events[-1]) is RunFinished):
            self._hand_over()

    def close(self) -> None:
        """Hand over what is left, and close the reports."""
        self._hand_over()
        self._take_turns(_close)
        for member in self._members:
            self._faults.read(member.name, member.reporter)
        self._members.clear()

    def _hand_over(self) -> None:
        events, self._events, self._weight = self._events, [], 0
        self._next = _clock() + _AT_LEAST
        if not events:
            return

        # Most reporters want the same: what that is of this batch is found once for all of them.
        wanted: dict[frozenset[type] | None, list[Event]] = {None: events}

        def tell(reporter: Reporter) -> None:
            handle = reporter.handle
            wants = None if reporter.wants is None else frozenset(reporter.wants)
            if wants is not None and wants not in wanted:
                wanted[wants] = [event for event in events if type(event) in wants]
            for event in wanted[wants]:
                handle(event)
            reporter.flush()

        self._take_turns(tell)

    def _take_turns(self, do: Callable[[Reporter], None]) -> None:
        waiting = list(self._members)
        while waiting:
            turn = _Turn(waiting, do)
            turn.thread.start()
            while turn.thread.is_alive():
                at = turn.at
                own = getattr(waiting[max(at, 0)].reporter, "patience", 0.0)
                turn.thread.join(max(self._patience, own))
                if turn.at == at and turn.thread.is_alive():
                    turn.given_up = True
                    break
            for member, error in turn.faults:
                self._drop(member, error)
            if not turn.given_up:
                return
            self._drop(waiting[turn.at], Late())
            waiting = waiting[turn.at + 1 :]

    def _drop(self, member: Member, error: Exception) -> None:
        self._members.remove(member)
        self._faults.add(member.name, in_words(member.name, error))


def _close(reporter: Reporter) -> None:
    reporter.close()


class Prompt:
    """Tells a reporter of each event at once: what it has taken survives the process of the run. One that raises is dropped.

    Args:
        name: of the reporter.
        inner: the reporter; it does nothing that can hang but at its end, which has a limit of its own.
        faults: is told what goes wrong.
    """

    def __init__(self, name: str, inner: Reporter, faults: Faults) -> None:
        self._name = name
        self._inner: Reporter | None = inner
        self._faults = faults
        self.wants = inner.wants
        self.needs: frozenset[str] = getattr(inner, "needs", frozenset())

    def handle(self, event: Event) -> None:
        """Tell it."""
        self._guarded(lambda inner: inner.handle(event))

    def flush(self) -> None:
        """Let it write."""
        self._guarded(lambda inner: inner.flush())

    def close(self) -> None:
        """The run is over."""
        self._guarded(_close)
        if self._inner is not None:
            self._faults.read(self._name, self._inner)

    def _guarded(self, do: Callable[[Reporter], None]) -> None:
        if self._inner is None:
            return
        try:
            do(self._inner)
        except Exception as error:
            self._inner = None
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
