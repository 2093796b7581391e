"""The life of a worker process: get ready, run groups, say goodbye."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
import unittest
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import msgspec

from greenroom.errors import GreenroomError
from greenroom.execute.calllog import CallLog, Monitor
from greenroom.execute.capture import Capture, CaptureOptions
from greenroom.execute.exceptions import bounded, format_plainly
from greenroom.execute.messages import (
    LENGTH,
    WIRE_VERSION,
    Command,
    Hello,
    RunGroup,
    StartFailed,
    read_exactly,
)
from greenroom.execute.recorder import Recorder
from greenroom.execute.suites import close_fixtures
from greenroom.execute.timer import FixtureTimer, TestTimer
from greenroom.execute.workerhandle import DUMP_SIGNAL
from greenroom.running import place as running
from greenroom.running.ending import close_all
from greenroom.running.place import Place
from greenroom.worker.refs import load_test
from greenroom.worker.wire import Wire

_PR_SET_PDEATHSIG = 1


class Stopped(KeyboardInterrupt):
    """The parent asked for an end. Of this family, as unittest lets only KeyboardInterrupt through."""


class WorkerOptions(msgspec.Struct, frozen=True):
    """How tests are run in a worker."""

    failfast: bool = False
    buffer: bool = False
    debug_sql: bool = False
    verbosity: int = 1
    timeout: float | None = None
    timed: bool = False
    """Whether any test has a time limit."""
    capture: CaptureOptions | None = None
    """What is kept of tests besides their outcomes."""


class Companion(Protocol):
    """Another engine than unittest, as the worker that it is to run tests in comes to know it."""

    def begin_worker(self) -> Any:
        """Begin in this worker; gives what has `link(tests, last)` and `end_tests()`, see `greenroom.pytest_engine`."""


class WorkerStart(msgspec.Struct, frozen=True):
    """What a worker is made from.

    Under fork it is inherited as it is. Under spawn and forkserver the standard library's own bootstrap carries it over,
    as it does for Django's runner; nothing later goes that way.
    """

    options: WorkerOptions
    prepare: Callable[[int], None]
    """Makes Django and its databases ready; given the number of the worker."""
    suite_class: type[unittest.TestSuite]
    tests: list[Any] | None
    """The tests by index, where they are inherited."""
    place: Place
    """Where the worker is."""
    companion: Companion | None = None
    """Another engine that runs some of the tests."""
    plugins: Any = None
    """The `greenroom.hooks.sources.Sources` of the run's plugins; None where there are none."""
    remake: Callable[[int], Any] | None = None
    """Makes a fresh object of a test by its index, where they are inherited and may be tried again."""
    resets: Callable[[Callable[[str, str, float], None]], None] | None = None
    """Puts resets in place of Django's flush, given who is told of each: alias, how, seconds."""


class Worker:
    """Runs the groups that it is told to.

    Args:
        slot: its number, from 1.
        commands: the descriptor that commands are read from.
        reports: the descriptor that reports are written to.
        start: what it was made from.
    """

    def __init__(self, slot: int, commands: int, reports: int, start: WorkerStart) -> None:
        self._slot = slot
        self._commands = commands
        self._start = start
        self._options = start.options
        self._wire = Wire(reports, verbose=start.options.verbosity > 1)
        self._hooks: Any = None
        """The hooks of the run's plugins that are called in a worker; None where there are none."""
        self._decoder = msgspec.msgpack.Decoder(Command)
        self._index: dict[int, int] = {}
        self._companion: Any = None

    def live(self) -> None:
        """From the first preparation to the goodbye."""
        try:
            self._get_ready()
        except Stopped:
            self._wire.say_goodbye()
            return
        except GreenroomError as error:
            self._wire.send(StartFailed(bounded(error.message, 2000), error.hint))
            return
        except BaseException as error:
            summary = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
            self._wire.send(StartFailed(bounded(summary, 2000), format_plainly(error)))
            return
        log = self._make_log()
        self._wire.send(Hello(WIRE_VERSION, os.getpid()))
        try:
            while (command := self._next_command()) is not None:
                self._run_group(command, log)
        except Stopped:
            self._wire.muted = True
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._end()

    def _get_ready(self) -> None:
        running.enter(self._start.place, self._slot)
        self._start.prepare(self._slot)
        if self._start.resets is not None:
            self._start.resets(self._wire.reset_done)
        if self._start.place.config.slots:
            from greenroom.slots import settle

            settle()
        if self._start.companion is not None:
            self._companion = self._start.companion.begin_worker()
        if self._start.plugins is not None:
            from greenroom.hooks.process import load_in_worker

            self._hooks = load_in_worker(self._start.plugins, self._slot, self._warn)
            if self._hooks is not None:
                self._hooks.begin()

    def _warn(self, text: str) -> None:
        print(f"greenroom: worker {self._slot}: {text}", file=sys.stderr)

    def _end(self) -> None:
        if self._companion is not None:
            for name, problem in self._companion.end_tests():
                self._wire.fixture(name, "error", problem)
        if self._hooks is not None:
            self._hooks.end()
        for trouble in close_all():
            self._warn(trouble)
        self._wire.say_goodbye(self._hooks.failed if self._hooks is not None else ())

    def _make_log(self) -> CallLog:
        options = self._options
        monitors: list[Monitor] = []
        sql = None
        if options.debug_sql:
            from greenroom.execute.sqllog import SqlLog, for_failure

            sql_log = SqlLog()
            monitors.append(sql_log)
            self._wire.sql = sql_log.text

            def sql() -> str:
                return for_failure(sql_log.text())

        if options.timed:
            monitors.append(TestTimer(options.timeout))
        if self._hooks is not None and self._hooks.around_tests:
            monitors.append(self._hooks)
        fixtures = FixtureTimer(options.timeout) if options.timeout is not None else None
        capture = Capture(options.capture) if options.capture is not None else None
        if capture is not None:
            capture.start()
        return CallLog(
            self._wire, lambda test: self._index.pop(id(test), -1), monitors=tuple(monitors), sql=sql, fixtures=fixtures,
            capture=capture,
        )  # fmt: skip

    def _next_command(self) -> RunGroup | None:
        header = read_exactly(self._commands, LENGTH.size)
        if len(header) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack(header)
        command = self._decoder.decode(read_exactly(self._commands, length))
        return command if isinstance(command, RunGroup) else None

    def _run_group(self, command: RunGroup, log: CallLog) -> None:
        began = time.perf_counter()
        self._wire.group_begins(command.group, command.tests)
        tests = [self._test(index, position, command) for position, index in enumerate(command.tests)]
        self._index = {id(test): index for index, test in zip(command.tests, tests, strict=True)}
        result = Recorder(log, failfast=self._options.failfast, buffer=self._options.buffer)
        if self._companion is not None:
            self._companion.link(tests, last=False)
        suite = self._start.suite_class(tests)
        del tests
        try:
            suite.run(result)
        except Stopped:
            log.settle()
            log.proceed()
            self._wire.muted = True
            close_fixtures(result)
            raise
        log.settle()
        log.proceed()
        self._wire.group_ended(command.group, time.perf_counter() - began, log.of_fixtures())

    def _test(self, index: int, position: int, command: RunGroup) -> Any:
        inherited, remake = self._start.tests, self._start.remake
        if inherited is None:
            return load_test(command.refs[position])
        if command.again and remake is not None:
            return remake(index)
        # Let go when it ran, as by unittest's suites: it must not live on in a list of them all.
        test, inherited[index] = inherited[index], None
        return test


def worker_main(
    slot: int, commands: Any, reports: Any, stack_path: str, close: list[int], start: WorkerStart
) -> None:  # fmt: skip
    """The function that a worker process runs.

    Args:
        slot: its number, from 1.
        commands: the worker's end of the pipe that commands come by (a `multiprocessing.Connection`).
        reports: its end of the pipe that reports go by.
        stack_path: the file for stacks written on a crash or on demand.
        close: descriptors of the parent that a forked child must not keep open.
        start: what it is made from.
    """
    reader, writer = commands.fileno(), reports.fileno()
    life = Worker(slot, reader, writer, start).live
    spend(life, stack_path, close if start.tests is not None else [])


def spend(life: Callable[[], None], stack_path: str, close: Sequence[int]) -> None:
    """Live in a worker process, from its first moment to its last.

    Args:
        life: what it does; `Stopped` is raised in it when the parent asks for an end.
        stack_path: the file for stacks written on a crash or on demand.
        close: descriptors of the parent that a forked child must not keep open.
    """
    for fd in close:
        os.close(fd)
    _die_with_parent()
    # Whatever moment the parent chooses to ask for an end: that is no fault to be told of.
    with suppress(Stopped):
        _mind_signals()
        with open(stack_path, "w", encoding="utf-8") as stacks:
            faulthandler.enable(file=stacks, all_threads=True)
            if hasattr(faulthandler, "register"):
                faulthandler.register(DUMP_SIGNAL, file=stacks, all_threads=True)
            life()
            faulthandler.disable()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Output that tests left in the buffers of this process belongs to the terminal, even if the end hangs.
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1 and any(
        not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()
    ):
        _end_without_waiting()


def _end_without_waiting() -> None:
    # A thread that a test left behind must not keep the process (the interpreter would wait for it without end), but
    # what is registered for the end of a multiprocessing child still runs.
    from multiprocessing import util

    util._exit_function()  # type: ignore[attr-defined]
    os._exit(0)


def _mind_signals() -> None:
    # Ctrl-C reaches the whole process group; the parent decides what it means. A function, not SIG_IGN, which
    # programs started by tests would inherit.
    signal.signal(signal.SIGINT, _ignore)

    signal.signal(signal.SIGTERM, _stop)
    # Held back by the parent until here.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _ignore(signum: int, frame: object) -> None:
    """Nothing."""


def _stop(signum: int, frame: object) -> None:  # noqa: ARG001 - a signal handler
    raise Stopped


def _die_with_parent() -> None:
    # A parent that is killed takes its workers along (Linux). Elsewhere they end with their next report.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
