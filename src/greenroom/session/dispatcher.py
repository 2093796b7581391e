"""The one place that events pass through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from greenroom import clock
from greenroom.events import Event, TestFinished, TestStarted
from greenroom.execute.control import Control
from greenroom.reporters.api import Pass, QuickPass, Reporter, nothing_to_write, unneeded
from greenroom.tally import Tally

Handler = Callable[[Event], None]


class Dispatcher:
    """Puts the events of a run in one order, counts them, and hands them to whoever listens.

    It is the `Narrator` of every executor. Single-threaded: only the thread of the run may call it.

    Args:
        control: told to stop at the first problem under `--failfast`.
        failfast: whether to.
    """

    def __init__(self, control: Control, *, failfast: bool = False) -> None:
        self.tally = Tally()
        self.started_wanted = False
        self.finished: dict[int, float] = {}
        """The seconds of the tests that ended, whatever way, by index."""
        self.quietly: list[int] = []
        """The indexes of those that were told of by `test_passed()`."""
        self.last_end = 0.0
        self._control = control
        self._failfast = failfast
        self._listeners: list[Reporter] = []
        self._handlers: dict[type, list[Handler]] = {}
        self._quick: list[QuickPass] = []
        self._passes: list[list[Pass]] = []
        self._finished_handlers: list[Handler] = []
        self._flushes: list[Callable[[], None]] = []
        self._ids: Sequence[str] = ()

    def listen(self, listener: Reporter) -> None:
        """Add a listener; it is given the events from now on."""
        self._listeners.append(listener)
        self.rewire()

    def rewire(self) -> None:
        """Ask the listeners anew what they want."""
        self._handlers.clear()
        self._quick, self._passes, self._finished_handlers = [], [], []
        for listener in self._listeners:
            if (passes := getattr(listener, "passes", None)) is not None:
                self._passes.append(passes)
                continue
            quick = getattr(listener, "quick_pass", None)
            if quick is not None:
                if quick is not unneeded:
                    self._quick.append(quick)
            elif listener.wants is None or TestFinished in listener.wants:
                self._finished_handlers.append(listener.handle)
        # After each test of a run in one process: those that collect nothing are left out.
        self._flushes = [each.flush for each in self._listeners if each.flush is not nothing_to_write]
        self.started_wanted = bool(self._handlers_of(TestStarted))

    def name_tests(self, ids: Sequence[str]) -> None:
        """The ids of the tests, by index."""
        self._ids = ids

    def emit(self, event: Event) -> None:
        """One event, now."""
        kind = type(event)
        if kind is TestFinished:
            self.finished[event.index] = event.seconds  # type: ignore[union-attr]
            self.last_end = clock.counter()
        self.tally.handle(event)
        for handle in self._handlers_of(kind):
            handle(event)
        if self._failfast and self.tally.bad:
            self._control.stop("failfast")

    def test_passed(self, index: int, at: float, seconds: float, worker: int) -> None:
        """A test passed with nothing to say: the short way, as nearly all tests go it."""
        self.finished[index] = seconds
        self.quietly.append(index)
        self.tally.ran += 1
        for tell in self._quick:
            tell(1)
        for passes in self._passes:
            passes.append((index, at, seconds, worker))
        if self._finished_handlers:
            event = TestFinished(at, self._ids[index], index, seconds, "passed", worker)
            for handle in self._finished_handlers:
                handle(event)

    def tests_passed(self, tests: Sequence[tuple[int, float, float]], worker: int) -> None:
        """Several tests passed with nothing to say, one after the other."""
        if self._finished_handlers:
            for index, at, seconds in tests:
                self.test_passed(index, at, seconds, worker)
            return
        indexes = [index for index, _, _ in tests]
        self.finished.update(zip(indexes, [seconds for _, _, seconds in tests], strict=True))
        self.quietly += indexes
        self.tally.ran += len(tests)
        for tell in self._quick:
            tell(len(tests))
        for passes in self._passes:
            passes += [(index, at, seconds, worker) for index, at, seconds in tests]

    def flush(self) -> None:
        """A batch is complete."""
        for flush in self._flushes:
            flush()

    def close(self) -> None:
        """The run is over."""
        for listener in self._listeners:
            listener.close()

    def _handlers_of(self, kind: type) -> list[Handler]:
        handlers = self._handlers.get(kind)
        if handlers is None:
            handlers = self._handlers[kind] = [
                listener.handle for listener in self._listeners if listener.wants is None or kind in listener.wants
            ]
        return handlers
