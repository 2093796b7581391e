"""One worker process as its parent sees it: the process, its two pipes, and what it is at."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import msgspec

from greenroom.execute.messages import LENGTH, PASSED, PASSED_LENGTH, PASSED_TAG, Command, Report, frame
from greenroom.model import Group

_PIPE_BYTES = 1 << 20
"""A large pipe lets a fast worker run on while the parent is busy (Linux; elsewhere it keeps its size)."""

DUMP_SIGNAL = signal.SIGRTMIN + 7 if hasattr(signal, "SIGRTMIN") else signal.SIGUSR2
"""Makes a worker's faulthandler write its stacks. A real-time signal, which no test is likely to use."""

Passed = tuple[int, int, int, float, float]
_PASSED_HEAD = LENGTH.pack(PASSED_LENGTH) + bytes([PASSED_TAG])


class Assignment:
    """A group given to a worker, and how far it is."""

    __slots__ = ("began", "follows", "group", "number", "unfinished")

    def __init__(self, number: int, group: Group) -> None:
        self.number = number
        self.group = group
        self.began = False
        self.follows = dict(pairwise(group.tests))
        self.unfinished = len(group.tests)


class WorkerHandle:
    """A running worker.

    Args:
        slot: its number, from 1; its databases go by it.
        context: the multiprocessing context (fork, forkserver, spawn) that starts it.
        target: the function it runs: `target(slot, command_reader, report_writer, stack_path, close, *args)`.
        args: what else the target is given.
        close: descriptors of other workers that a forked child must not keep open.
    """

    def __init__(
        self, slot: int, context: BaseContext, target: Callable[..., None], args: tuple[Any, ...], close: list[int]
    ) -> None:
        self.slot = slot
        self.ready = False
        self.leaving = False
        self.queue: deque[Assignment] = deque()
        self.current = -1
        self.deadline: float | None = None
        self._exitcode: int | None = None
        self._closed = False
        self.load = 0.0
        """Expected seconds of the work in its queue."""
        self._buffer = b""
        self._decoder = msgspec.msgpack.Decoder(Report)
        self._encoder = msgspec.msgpack.Encoder()
        command_reader, self._commands = context.Pipe(duplex=False)
        self._reports, report_writer = context.Pipe(duplex=False)
        stacks, self._stack_path = tempfile.mkstemp(prefix="greenroom-stacks-")
        self._stacks: int | None = stacks
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._reports.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        own = self.descriptors
        self.process: Any = context.Process(  # type: ignore[attr-defined]
            target=target, name=f"greenroom-worker-{slot}",
            args=(slot, command_reader, report_writer, self._stack_path, [*close, *own], *args),
        )  # fmt: skip
        with _interrupts_held(context):
            self.process.start()
        command_reader.close()
        report_writer.close()
        self.fd: int = self._reports.fileno()
        os.set_blocking(self.fd, False)
        self.pid: int = self.process.pid
        self._pidfd = _open_pidfd(self.pid)

    @property
    def descriptors(self) -> list[int]:
        """What the parent holds open for it."""
        stacks = [] if self._stacks is None else [self._stacks]
        return [self._commands.fileno(), self._reports.fileno(), *stacks]

    @property
    def sentinels(self) -> list[int]:
        """Descriptors that become readable when there is something to read, or the process has ended."""
        return [self.fd] if self._pidfd is None else [self.fd, self._pidfd]

    def said_hello(self) -> None:
        """It is ready for its first group."""
        self.ready = True
        # It has its file of stacks open now. Without a name nothing of it can be left behind, whoever is killed.
        self._forget_name()

    def _forget_name(self) -> None:
        if self._stack_path:
            with contextlib.suppress(OSError):
                Path(self._stack_path).unlink()
            self._stack_path = ""

    def send(self, command: Command) -> None:
        """Give it a command; a worker that is gone is noticed elsewhere."""
        data = frame(self._encoder, command)
        with contextlib.suppress(OSError):
            os.write(self._commands.fileno(), data)

    def read(self) -> bool:
        """Take what has come; False at the end of the stream (the worker closed it, or died)."""
        parts = [self._buffer]
        open_ = True
        try:
            while True:
                data = os.read(self.fd, _PIPE_BYTES)
                if not data:
                    open_ = False
                    break
                parts.append(data)
                if len(data) < 65536:
                    break
        except BlockingIOError:
            pass
        except OSError:
            open_ = False
        self._buffer = b"".join(parts)
        return open_

    def reports(self) -> Iterator[list[Passed] | Report]:
        """The complete reports that have come, in order; tests that passed one after the other come together."""
        data = self._buffer
        view = memoryview(data)
        end, at = len(data), 0
        while at + LENGTH.size <= end:
            if passed := _leading_passes(data, at):
                stop = at + passed * PASSED.size
                yield list(PASSED.iter_unpack(view[at:stop]))
                at = stop
                continue
            (length,) = LENGTH.unpack_from(data, at)
            if at + LENGTH.size + length > end:
                break
            report = self._decoder.decode(view[at + LENGTH.size : at + LENGTH.size + length])
            at += LENGTH.size + length
            yield report
        self._buffer = data[at:]

    @property
    def late(self) -> bool:
        """Whether the test that it is at has had all its time."""
        return self.deadline is not None and time.monotonic() > self.deadline

    @property
    def exitcode(self) -> int | None:
        """The exit code (negative: signal), or None while it lives."""
        if not self._closed:
            self._exitcode = self.process.exitcode
        return self._exitcode

    def signal(self, number: int) -> None:
        """Send a signal, if it still lives."""
        with contextlib.suppress(OSError):
            if self.exitcode is None:
                os.kill(self.pid, number)

    def dump_stacks(self) -> None:
        """Have it write the stacks of all its threads, and give it a moment for it."""
        before = self.stacks()
        self.signal(DUMP_SIGNAL)
        for _ in range(50):
            time.sleep(0.02)
            if self.stacks() != before:
                time.sleep(0.02)
                return

    def stacks(self) -> str:
        """What its faulthandler has written."""
        if self._stacks is None:
            return ""
        try:
            return os.pread(self._stacks, 100_000, 0).decode(errors="replace")
        except OSError:
            return ""

    def kill(self) -> None:
        """End it at once and wait for it."""
        self.signal(signal.SIGKILL)
        if not self._closed:
            self.process.join(5)

    def close(self) -> None:
        """Give back what the parent holds for it. The process must have ended or been killed."""
        if self._closed:
            return
        for connection in (self._commands, self._reports):
            connection.close()
        for fd in (self._pidfd, self._stacks):
            if fd is not None:
                os.close(fd)
        self._pidfd = self._stacks = None
        self._forget_name()
        if self.exitcode is not None:
            self._closed = True
            self.process.close()


@contextlib.contextmanager
def _interrupts_held(context: BaseContext) -> Iterator[None]:
    """Hold Ctrl-C back, here and in the process that is started: a worker takes it when it knows what to do with it."""
    if context.get_start_method() != "fork":
        from multiprocessing import resource_tracker

        # Starting the tracker, which comes with the first process, would let it through.
        resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _open_pidfd(pid: int) -> int | None:
    # Readable at the death of the process even where a grandchild holds its pipes open.
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _leading_passes(data: bytes, at: int) -> int:
    """How many complete `PASSED` frames stand one after the other from there.

    All heads are looked at together: byte by byte, in steps of a frame.
    """
    most = (len(data) - at) // PASSED.size
    for offset, byte in enumerate(_PASSED_HEAD):
        if not most:
            return 0
        found = data[at + offset : at + most * PASSED.size : PASSED.size]
        most = len(found) - len(found.lstrip(bytes([byte])))
    return most
