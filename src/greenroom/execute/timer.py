"""Time limits of tests.

Three steps, each for what the one before can't end:

1. SIGALRM raises `TestTimedOut` inside the test. It is one error of that test, with the stacks of all threads; its
   tear-down runs, and the run goes on.
2. A test that swallows that exception, or hangs where no Python handler can run, is given up after a grace period: in a
   worker by the parent, which kills the process (`execute.processes`); in a serial run by the `Watchdog` thread, which
   reports the run as it is and ends the process.
3. A serial test that never lets go of the interpreter is ended by `faulthandler`, from C, with all stacks on stderr.
"""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from greenroom.limits import own_timeout

_PACKAGE = str(Path(__file__).parents[1])
GRACE = 2.0
"""Seconds that a test may go on after it was told to stop."""


class TestTimedOut(BaseException):
    """Raised inside a test that took longer than it may.

    Not an `Exception`: code under test that catches those must not swallow it.
    """

    __test__ = False


def all_stacks() -> str:
    """The stacks of all threads, as text; the running one first."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    own = threading.get_ident()
    parts = []
    for ident, frame in sorted(sys._current_frames().items(), key=lambda item: item[0] != own):
        stack = "".join(traceback.format_list(_of_the_test(traceback.extract_stack(frame))))
        parts.append(f"Thread {names.get(ident, ident)}:\n{stack}")
    return "\n".join(parts)


def _of_the_test(stack: traceback.StackSummary) -> list[traceback.FrameSummary]:
    """The frames of a stack between greenroom's own below and above: those of the test and what it called."""
    own = [place for place, frame in enumerate(stack) if frame.filename.startswith(_PACKAGE)]
    first = max((place for place in own if stack[place].filename != __file__), default=-1) + 1
    last = min((place for place in own if stack[place].filename == __file__ and place >= first), default=len(stack))
    return list(stack[first:last])


class TestTimer:
    """Interrupts the running test when its time is up; a `Monitor`.

    Only for the main thread of a process: signals reach no other.

    Args:
        default: seconds for a test that says nothing; None: no limit.
    """

    __test__ = False

    def __init__(self, default: float | None) -> None:
        self._default = default
        self._seconds = 0.0
        self._armed = False
        self._previous: Any = None

    def start(self, index: int, test: Any) -> None:
        seconds = own_timeout(test) or self._default
        if seconds is None:
            return
        self._seconds = seconds
        self._armed = True
        self._previous = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def stop(self) -> None:
        if self._armed:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._previous)

    def _ring(self, signum: int, frame: Any) -> None:
        if not self._armed:
            return
        __tracebackhide__ = True  # pytest shows the line of the test.
        error = TestTimedOut(f"the test took longer than {self._seconds:g} seconds")
        error.add_note(f"\nStacks of all threads when the time was up:\n\n{all_stacks()}")
        raise error


class FixtureTimedOut(Exception):  # noqa: N818 - the pair of TestTimedOut
    """Raised inside a class or module fixture that took longer than it may.

    An `Exception`, unlike `TestTimedOut`: unittest reports those of fixtures, and lets all others through.
    """


class FixtureTimer:
    """Interrupts what goes on between tests (setUpClass, tearDownClass, setUpModule, …) when its time is up.

    Args:
        seconds: how long a fixture may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._armed = False
        self._previous: Any = None

    def arm(self) -> None:
        """A fixture may begin; the time runs from here, unless it runs already."""
        if not self._armed and threading.current_thread() is threading.main_thread():
            self._armed = True
            self._previous = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def disarm(self) -> None:
        """The fixtures are through."""
        if self._armed:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._previous)

    def _ring(self, signum: int, frame: Any) -> None:
        if self._armed:
            error = FixtureTimedOut(f"the fixture took longer than {self._seconds:g} seconds")
            error.add_note(f"\nStacks of all threads when the time was up:\n\n{all_stacks()}")
            # The next fixture has the same time again.
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
            raise error


class Watchdog:
    """Gives up a test of this process that goes on after its time and a grace period; a `Monitor`.

    Args:
        default: seconds for a test that says nothing; None: no limit.
        give_up: called in the watchdog's thread with the index of the test and a text; must end the process.
    """

    def __init__(self, default: float | None, give_up: Callable[[int, str], None]) -> None:
        self._default = default
        self._give_up = give_up
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._index = -1
        self._limit = 0.0
        self._clock = time.monotonic
        self._thread: threading.Thread | None = None

    def start(self, index: int, test: Any) -> None:
        seconds = own_timeout(test) or self._default
        if seconds is None:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="greenroom-watchdog", daemon=True)
            self._thread.start()
        with self._changed:
            self._index, self._limit = index, seconds
            self._deadline = self._clock() + seconds + GRACE
        faulthandler.dump_traceback_later(seconds + 3 * GRACE, exit=True)

    def stop(self) -> None:
        if self._deadline is not None:
            faulthandler.cancel_dump_traceback_later()
            with self._changed:
                self._deadline = None

    def _watch(self) -> None:
        # Polls: a test must not pay for waking a thread at its beginning and end.
        wait = threading.Event().wait
        while True:
            wait(0.25)
            with self._changed:
                late = self._deadline is not None and self._clock() > self._deadline
                index, limit = self._index, self._limit
            if late:
                text = f"the test took longer than {limit:g} seconds, and did not stop when told to\n\n{all_stacks()}"
                self._give_up(index, text)
                return
