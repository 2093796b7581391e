"""`--report kiwi`: the results of a run in Kiwi TCMS.

The run's own process appends to a journal and starts the sender; at its end it waits for it, for as long as is configured.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from greenroom.errors import ConfigError, GreenroomError
from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    Event,
    ExecutionStarted,
    FixtureFinished,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
)
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import BaseReporter
from greenroom.reporters.kiwi import leftovers
from greenroom.reporters.kiwi.journal import Files, Journal, State, files_of
from greenroom.reporters.kiwi.settings import Target, server_from, target_from

# Held here: a test may patch what these modules hold.
_Popen, _DEVNULL, _PIPE = subprocess.Popen, subprocess.DEVNULL, subprocess.PIPE
_sleep, _clock, _getpid = time.sleep, time.monotonic, os.getpid
_LONG = 3600.0
"""Seconds to wait where sending is all that is to be done, or the build depends on it."""
_SHARE, _LEAST, _MOST = 0.005, 0.5, 2.0
"""The share of its own time that a run waits where nobody says how long, and the seconds that this may be. Less is for nothing."""
_LOWEST = 19
"""The niceness of a sender that nobody waits for."""


class Kiwi(BaseReporter):
    """Writes the journal of a run and has it delivered.

    Args:
        context: journals are kept in `.greenroom/kiwi`, or in the folder that is the path.
    """

    prompt = True
    wants = frozenset(
        {
            RunStarted,
            TestPlanned,
            ExecutionStarted,
            ChecksFinished,
            TestFinished,
            AttemptFailed,
            FixtureFinished,
            TestsNotRun,
            RunFinished,
        }
    )

    def __init__(self, context: ReporterContext) -> None:
        self._context = context
        self._folder = context.path if context.path is not None else context.folder / "kiwi"
        self._strict = context.config.kiwi_strict
        self._wait = _LONG if context.replay or self._strict else context.config.kiwi_wait
        self._took = 0.0
        """Seconds of the run."""
        self._journal: Journal | None = None
        self._files: Files | None = None
        self._sender: subprocess.Popen[bytes] | None = None
        self._target: Target | None = None
        self._planned = 0
        self._broken = ""
        """Why the journal is not whole."""
        self._unset = _fault(lambda: server_from(context.environ))
        self._unplaced = _fault(self._find_target)

    def _find_target(self) -> None:
        self._target = target_from(self._context.environ)

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._guarded(functools.partial(self._begin, event))
        elif isinstance(event, RunFinished):
            self._took = event.seconds
        self._planned += isinstance(event, TestPlanned)
        if self._journal is None or self._broken:
            return
        if isinstance(event, TestFinished) and event.queries:
            event = msgspec.structs.replace(event, queries=())
        self._journal.add(event)

    def flush(self) -> None:
        """Write what was taken, and see to it that somebody delivers it."""
        if self._journal is not None and not self._broken:
            self._guarded(self._journal.flush)
        if self._files is not None and self._sender is None and self._known and not self._context.replay:
            self._start()

    def close(self) -> None:
        """The run is over: wait for the sender for a while, and say what came of it, and what waits besides."""
        self._finish()
        if not self._context.replay:
            self._say_of_others()

    def _finish(self) -> None:
        if self._journal is not None:
            self._guarded(self._end)
        if self._files is None or (self._broken and self._context.replay):
            if self._broken:
                self._warn(self._broken)
            return
        if not self._known:
            self._warn((self._unset or self._unplaced).rstrip("."))
            return
        if self._sender is None:
            self._start()
        assert self._sender is not None
        self._tell_end()
        ended = _await(self._sender, longest(self._wait, self._took))
        if not ended:
            # It goes on by itself; nobody will ask what became of it.
            self._sender.returncode = 0
        self._say(self._files.read_state(), ended=ended)

    def _tell_end(self) -> None:
        """Tell the sender that nothing comes any more: where the journal ends in the middle, it does not say so."""
        assert self._sender is not None
        if self._sender.stdin is None:
            return
        # A worker that is left behind may hold the pipe open: its end alone would not do.
        with contextlib.suppress(OSError):
            self._sender.stdin.write(b".")
        with contextlib.suppress(OSError):
            self._sender.stdin.close()

    @property
    def _known(self) -> bool:
        """Whether it is known where results go."""
        return not (self._unset or self._unplaced)

    def _guarded(self, do: Callable[[], None]) -> None:
        """Do what a full disk may keep from being done: that is nothing that a run fails by."""
        try:
            do()
        except GreenroomError as error:
            self._broken = error.message
        except OSError as error:
            self._broken = self._broken or f"the journal {error.filename or ''} can't be written: {error.strerror}"

    def _begin(self, event: RunStarted) -> None:
        files = files_of(self._folder, event)
        if not self._context.replay:
            self._journal = Journal(files)
            self._tidy(files)
        else:
            files = Files(files.journal, str(_getpid()))
            if files.journal.exists():
                self._go_on(files)
                return
            # Two that send the same recording at once must not read what the other is writing.
            self._journal = Journal(Files(files.journal.with_suffix(f".{_getpid()}.part")))
        self._files = files
        if self._target is not None:
            files.target.write_bytes(msgspec.json.encode(self._target))

    def _tidy(self, own: Files) -> None:
        """Journals that wait for too long are dropped, and that is said."""
        keep, days = self._context.config.kiwi_keep, self._context.config.kiwi_keep_days
        if dropped := leftovers.tidy(self._folder, keep, days, own.journal):
            self._line(
                f"{_counted(len(dropped), 'run')} that could not be sent {_is(len(dropped))} given up,"
                f" of {leftovers.day_of(dropped[0])} to {leftovers.day_of(dropped[-1])}:"
                f" {keep} are kept, for {days} days (kiwi-keep, kiwi-keep-days)"
            )

    def _say_of_others(self) -> None:
        """What earlier runs have left."""
        own = self._files.journal if self._files is not None else None
        if count := len(leftovers.waiting(self._folder, own)):
            self._line(
                f"{_counted(count, 'earlier run')} {_is(count)} still to be sent: greenroom report kiwi{self._place}"
            )

    @property
    def _place(self) -> str:
        return f":{self._context.path}" if self._context.path is not None else ""

    def _go_on(self, files: Files) -> None:
        """A journal is left over from this very run: it goes on where it stopped."""
        self._files = files
        if files.target.exists():
            self._unplaced = ""

    def _end(self) -> None:
        """Nothing comes any more."""
        assert self._journal is not None
        assert self._files is not None
        try:
            if not self._broken:
                self._journal.flush()
            if self._sender is None and not self._context.replay:
                self._journal.restore()
            if self._context.replay:
                _name(self._journal.files.journal, self._files.journal)
        finally:
            if self._context.replay:
                self._journal.files.journal.unlink(missing_ok=True)
            self._journal.close()

    def _start(self) -> None:
        assert self._files is not None
        command = [
            sys.executable, "-m", "greenroom.reporters.kiwi.sender", str(self._files.journal),
            "--root", str(self._context.root), "--timeout", str(self._context.config.kiwi_timeout),
            *self._whose(),
        ]  # fmt: skip
        listens = _DEVNULL if self._context.replay or self._broken else _PIPE
        # In a session of its own: Ctrl-C at the terminal is for the run.
        self._sender = _Popen(
            command, stdin=listens, stdout=_DEVNULL, stderr=_DEVNULL, start_new_session=True, env=_environment()
        )
        if self._wait is None:
            _give_way(self._sender.pid)

    def _whose(self) -> tuple[str, ...]:
        """What says to the sender whether the journal has come to its end."""
        assert self._files is not None
        if self._context.replay:
            return "--asked-by", self._files.asked_by
        return () if self._broken else ("--parent", str(_getpid()))

    def _say(self, state: State, *, ended: bool) -> None:
        if self._broken:
            self._warn(f"{self._broken}; what came after that is not delivered")
            return
        if ended and self._context.replay and self._files is not None:
            self._files.state.unlink(missing_ok=True)
        if state.done and not state.refused:
            extra = f", {state.left_out} attachments were not taken" if state.left_out else ""
            there = f"{state.delivered} results are at {state.url}" if state.url else "another process has sent them"
            self._line(f"{there}{extra}")
            if self._files is not None:
                self._files.state.unlink(missing_ok=True)
            return
        if state.done:
            key, why = next(iter(state.refused.items()))
            more = f" (and {len(state.refused) - 1} more)" if len(state.refused) > 1 else ""
            self._warn(f"{state.delivered} results are at {state.url}; the server does not take {key!r}{more}: {why}")
            return
        so_far = f"{state.delivered} of {max(state.total, self._planned)} results are delivered"
        if not ended:
            trouble = f" ({state.trouble})" if state.trouble else ""
            to = f" to {state.url}" if state.url else ""
            self._warn(f"{so_far}{to}, the rest goes on in the background{trouble}")
            return
        self._warn(f"{so_far}: {state.trouble or 'the sender ended early'}")

    def _warn(self, text: str) -> None:
        """Say in one line that not all is there, and what to do."""
        line = f"{text}. To send what is left: greenroom report kiwi {self._left}"
        if self._strict or self._context.replay:
            self.trouble = f"Kiwi TCMS: {line}"
        else:
            self._line(line)

    @property
    def _left(self) -> str:
        """What can be sent later."""
        if self._files is None or self._broken:
            return "last"
        journal: Any = self._files.journal
        with contextlib.suppress(ValueError):
            journal = journal.relative_to(self._context.root)
        return str(journal)

    def _line(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._context.err.write(f"greenroom: Kiwi TCMS: {' '.join(text.split())}\n")
            self._context.err.flush()


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def _is(count: int) -> str:
    return "are" if count > 1 else "is"


def longest(given: float | None, took: float) -> float:
    """How long a run waits at its end for the sender, in seconds.

    Args:
        given: what is configured; None: nothing.
        took: the seconds of the run.
    """
    if given is not None:
        return given
    share = took * _SHARE
    return min(share, _MOST) if share >= _LEAST else 0.0


def _await(sender: subprocess.Popen[bytes], longest: float) -> bool:
    """Wait for a process, for some seconds; whether it has ended. `Popen.wait()` uses what a test may have patched."""
    end, pause = _clock() + longest, 0.001
    while sender.poll() is None:
        left = end - _clock()
        if left <= 0:
            return False
        _sleep(min(pause, left))
        pause = min(pause * 2, 0.05)
    return True


def _give_way(sender: int) -> None:
    """Have a process go behind the tests where processors are short, from its first moment."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such priorities.
        os.setpriority(os.PRIO_PROCESS, sender, _LOWEST)
    # Linux may share processors out among sessions first, and the sender has one of its own: sched(7), autogroup.
    with contextlib.suppress(OSError):
        Path(f"/proc/{sender}/autogroup").write_text(str(_LOWEST))


def _fault(do: Callable[[], object]) -> str:
    """What is wrong with the configuration; empty where all is well."""
    try:
        do()
    except ConfigError as error:
        return f"{error.message}. {error.hint}" if error.hint else error.message
    return ""


def _name(part: Path, whole: Path) -> None:
    """Give a journal its name, unless another process has just done so."""
    try:
        os.link(part, whole)
    except FileExistsError:
        pass
    except OSError:  # Not every file system knows links.
        part.replace(whole)


def _environment() -> dict[str, str]:
    """That of the run, less what would have the sender profiled or covered."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
