"""The life of a worker: it was forked from a process of pytest's that has collected, and runs the tests that it is told to."""

from __future__ import annotations

import gc
import os
import select
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from greenroom.errors import GreenroomError
from greenroom.execute.exceptions import bounded
from greenroom.execute.messages import (
    LENGTH,
    WIRE_VERSION,
    Command,
    Goodbye,
    GroupBegan,
    GroupEnded,
    Hello,
    Report,
    RunGroup,
    Said,
    StartFailed,
    TestBegan,
    Told,
    frame,
    read_exactly,
    write_all,
)
from greenroom.pytest_plugin.fastpath.decision import about_run
from greenroom.pytest_plugin.run import RUN
from greenroom.pytest_plugin.workers.calls import FINISH, REPORT, Recorder
from greenroom.pytest_plugin.workers.early import make_early
from greenroom.pytest_plugin.workers.interrupts import where_raised
from greenroom.pytest_plugin.workers.packing import pack
from greenroom.pytest_plugin.workers.settling import Settled
from greenroom.pytest_plugin.workers.sharing_out import file_of
from greenroom.pytest_plugin.workers.teardown import tear_down
from greenroom.pytest_plugin.workers.timing import Limits
from greenroom.worker.main import Stopped

_LOST_CONNECTION = 71
_INTERRUPTS = (pytest.exit.Exception, KeyboardInterrupt)


class Child:
    """A worker.

    Args:
        session: pytest's, with the tests.
        slot: its number, from 1.
        count: how many workers there are.
        commands: the descriptor that commands are read from.
        reports: the descriptor that reports are written to.
    """

    def __init__(self, session: Any, slot: int, count: int, commands: int, reports: int) -> None:
        self._session = session
        self._items: Sequence[Any] = session.items
        self._slot = slot
        self._count = count
        self._commands = commands
        self._reports = reports
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Command)
        self._recorder = Recorder(session.config)
        self._settled = Settled(session, slot, count, self._recorder)
        self._waiting: RunGroup | None = None
        """A command that was read before its time."""
        self._left = False
        """Whether there is no more to come."""
        self._held: tuple[int, list[Any]] | None = None
        """The last test, and what is still to be told of it: what its teardown is, the next test decides."""

    def live(self) -> None:
        """From the first preparation to the goodbye."""
        # It was frozen for the parent's sake. A test may ask the garbage collector for what was there before.
        gc.unfreeze()
        try:
            self._settled.begin()
            self._limits = Limits(self._session.config, self._send)
            self._protocol, self._no_more = self._how()
            self._session.config.pluginmanager.register(self._limits, "greenroom-limits")
            make_early(self._session)
        except Stopped:
            self._send(Goodbye())
            return
        except GreenroomError as error:
            self._send(StartFailed(bounded(error.message, 2000), error.hint))
            return
        self._send(Hello(WIRE_VERSION, os.getpid()))
        try:
            self._work()
            self._settled.finish()
            self._release(None)
        except Stopped:
            self._tear_down_quietly()
        except _INTERRUPTS as error:
            self._tell_interrupt(error)
            self._tear_down_quietly()
        except BaseException:
            self._say("broken", traceback.format_exc())
        with suppress(Stopped):
            self._say("end", self._settled.end())
        self._send(Goodbye())

    def _how(self) -> tuple[Callable[[Any, Any], object], Callable[[], None]]:
        """What runs a test, given the one after it; and what is called before anything else is done to its fixtures."""
        config = self._session.config
        fast = config.pluginmanager.getplugin("greenroom-fastpath")
        if fast is not None and not about_run(config.stash[RUN]):
            return fast.run, fast.close
        protocol = config.hook.pytest_runtest_protocol
        return lambda item, following: protocol(item=item, nextitem=following), lambda: None

    def _work(self) -> None:
        while (command := self._next_command()) is not None:
            self._run_group(command)
            if self._tell_stop():
                return

    # Tests ------------------------------------------------------------------------------------------------------------

    def _run_group(self, command: RunGroup) -> None:
        began, spent = time.perf_counter(), 0.0
        tests = command.tests
        self._release(self._items[tests[0]])
        self._send(GroupBegan(command.group))
        self._send(TestBegan(tests[0], time.time()))
        for place, index in enumerate(tests):
            last = place + 1 == len(tests)
            spent += self._run_test(index, None if last else self._items[tests[place + 1]], last=last)
            if self._session.shouldfail or self._session.shouldstop:
                return
        seconds = time.perf_counter() - began
        self._send(GroupEnded(command.group, len(tests), seconds, max(0.0, seconds - spent)))

    def _run_test(self, index: int, following: Any, *, last: bool) -> float:
        item, known = self._items[index], True
        if last:
            following, known = self._look_ahead(item)
        keywords = len(item.keywords)
        at, began = time.time(), time.perf_counter()
        with self._limits.around(index, item):
            self._protocol(item, following)
        seconds = time.perf_counter() - began
        calls = self._recorder.take()
        if not known and not self._session.shouldfail and not self._session.shouldstop:
            calls = self._hold(index, calls)
        elif times := self._recorder.times(item, calls, keywords):
            self._send(Told(index, at, seconds, times))
            return seconds
        self._send(Told(index, at, seconds, (), pack(self._recorder.as_data(calls))))
        return seconds

    def _look_ahead(self, item: Any) -> tuple[Any, bool]:
        """What comes after the last test of a group, and whether that is known.

        Where it is not, what the file of the test holds is kept until it is.
        """
        if self._waiting is None and not self._left and not select.select([self._commands], (), (), 0)[0]:
            return file_of(item), False
        if self._waiting is None:
            self._waiting = self._next_command()
        return (None if self._waiting is None else self._items[self._waiting.tests[0]]), True

    def _hold(self, index: int, calls: list[Any]) -> list[Any]:
        """Keep back the teardown of a test; the calls before it are given back."""
        place = next(
            (at for at, call in reversed(list(enumerate(calls))) if call[0] == REPORT and call[1].when == "teardown"),
            None,
        )
        if place is None:
            return calls
        self._held = (index, calls[place:])
        self._say("held", None, index)
        return calls[:place]

    def _release(self, following: Any) -> None:
        """The next test is known: tear down what it does not use, and tell the rest of the one before."""
        self._no_more()
        held, self._held = self._held, None
        item = self._items[held[0]] if held else None
        reports, more = tear_down(self._session, item, following, held[1][0][1] if held else None)
        late = self._recorder.take()
        if held is None:
            if more is not None:
                self._say("trouble", more)
            return
        told = [*late, *([REPORT, report] for report in reports), *(call for call in held[1][1:] if call[0] != FINISH)]
        told += [call for call in held[1] if call[0] == FINISH]
        self._say("rest", self._recorder.as_data(told), held[0])

    def _tear_down_quietly(self) -> None:
        with suppress(BaseException):
            self._no_more()
            self._session._setupstate.teardown_exact(None)  # noqa: SLF001 - as pytest does at the end
        self._recorder.take()

    # Words ------------------------------------------------------------------------------------------------------------

    def _tell_stop(self) -> bool:
        """A plugin wants the run to end."""
        session = self._session
        if not session.shouldfail and not session.shouldstop:
            return False
        self._say("stop", {"fail": session.shouldfail, "stop": session.shouldstop})
        return True

    def _tell_interrupt(self, error: BaseException) -> None:
        calls = self._recorder.take()
        if calls:
            self._say("rest", self._recorder.as_data(calls))
        if isinstance(error, pytest.exit.Exception):
            self._say("exit", {"reason": error.msg, "code": error.returncode})
        else:
            self._say("interrupt", where_raised(error))

    def _say(self, what: str, data: Any, index: int = -1) -> None:
        self._send(Said(what, pack(data), index))

    def _send(self, report: Report) -> None:
        try:
            write_all(self._reports, frame(self._encoder, report))
        except OSError:
            # The parent is gone, or a test closed this pipe: either way nothing that happens here counts any more.
            os._exit(_LOST_CONNECTION)

    def _next_command(self) -> RunGroup | None:
        if self._waiting is not None:
            command, self._waiting = self._waiting, None
            return command
        if self._left:
            return None
        header = read_exactly(self._commands, LENGTH.size)
        if len(header) == LENGTH.size:
            (length,) = LENGTH.unpack(header)
            found = self._decoder.decode(read_exactly(self._commands, length))
            if isinstance(found, RunGroup):
                return found
        self._left = True
        return None
