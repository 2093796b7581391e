"""The process that delivers a journal: `python -m greenroom.reporters.kiwi.sender JOURNAL`.

It reads along while the run writes, and is no part of the run: what tests mock, a runner that is killed and a server that
hangs do not concern it, or the run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greenroom.errors import ConfigError
from greenroom.reporters.kiwi.connection import DeniedError, UnreachableError
from greenroom.reporters.kiwi.deliver import Delivery
from greenroom.reporters.kiwi.journal import Files, Reader, State, identity
from greenroom.reporters.kiwi.places import find_place, marker, moment, moment_in
from greenroom.reporters.kiwi.results import Result, Results
from greenroom.reporters.kiwi.rpc import TIMEOUT, Client
from greenroom.reporters.kiwi.settings import Target, server_from, target_from

ROUND = 600
"""Results that are delivered together: a whole number of requests to a server that is busy, which have 150 calls each."""
PAUSE = 15.0
"""Seconds after which fewer are delivered: each delivery costs requests, and somebody may look on."""
TRIES = 3
"""How often the server is tried once the run is over; while it goes on, again and again."""


class Sender:
    """Delivers one journal.

    Args:
        files: the journal and what is beside it.
        root: of the project.
        parent: the process that writes the journal; 0: it is written to its end.
        timeout: seconds for an answer of the server.
        ear: a pipe that says something, or ends, when nothing comes any more; -1: there is none.
    """

    def __init__(self, files: Files, root: Path, *, parent: int = 0, timeout: float = TIMEOUT, ear: int = -1) -> None:
        self.state = State()
        self._files = files
        self._root = root
        self._parent = parent
        self._ear = ear
        self._timeout = timeout
        self._reader = Reader(files.journal)
        self._results = Results()
        self._target = Target()
        self._client: Client | None = None
        self._delivery: Delivery | None = None
        self._pending: list[Result] = []
        self._complete = False
        self._delivered: set[str] = set()
        self._again: dict[str, Result] = {}
        """What was refused; it is tried once more, as a database may have been locked."""
        self._next = 0.0

    def run(self) -> State:
        """Deliver it, to its end or until there is no sense in going on."""
        # Another sender takes it away when it is done.
        target = self._files.read_target()
        _lock(self._reader.fileno())
        try:
            self._target = target or target_from(os.environ)
            self._client = Client(server_from(os.environ), self._timeout)
            self._results = Results(str(self._root), self._target.sources)
            self._follow()
        except ConfigError as error:
            self.state.trouble = f"{error.message} ({error.hint})" if error.hint else error.message
        except DeniedError as error:
            self.state.trouble = str(error)
        except Exception as error:
            # Nobody sees its traceback, and somebody should.
            with contextlib.suppress(OSError):
                self._files.error.write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
            self.state.trouble = (
                f"the sender failed, {type(error).__name__}: {error} (see the file .error beside the journal)"
            )
        finally:
            self._tell()
            self._reader.close()
            if self._client is not None:
                self._client.close()
        return self.state

    def _follow(self) -> None:
        """Read and deliver in turns, and try again where the server does not answer."""
        tries, wait = 0, 0.5
        while not self.state.done:
            self._read()
            try:
                self._turn()
                tries, wait = 0, 0.5
                self.state.trouble = ""
            except UnreachableError as error:
                self._delivery = None
                self.state.trouble = str(error)
                self._tell()
                tries += self._complete
                if tries >= TRIES:
                    return
                self._sleep(wait)
                wait = min(wait * 2, 15.0)
                continue
            if not self.state.done:
                time.sleep(0.1)

    def _sleep(self, seconds: float) -> None:
        """Wait, but read on: the run may be over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.1)
            was = self._complete
            self._read()
            if self._complete and not was:
                return

    def _read(self) -> None:
        if self._complete:
            return
        # Asked before reading: what a process wrote that is gone now is there to be read.
        gone = not self._parent or os.getppid() != self._parent or self._told_so()
        for event in self._reader.read():
            result = self._results.take(event)
            if result is not None:
                self._pending.append(result)
        self.state.total = self._results.total
        if gone or self._results.finished is not None:
            self._complete = True
            self._pending += self._results.end()

    def _told_so(self) -> bool:
        """Whether the run says that nothing comes any more: it can't where its journal ends in the middle."""
        if self._ear < 0:
            return False
        with contextlib.suppress(OSError):  # Windows has this for sockets alone.
            return bool(select.select([self._ear], [], [], 0)[0])
        return False

    def _turn(self) -> None:
        """Deliver what is due."""
        started = self._results.started
        if started is None:
            if self._complete:
                self.state.trouble = "there is nothing in it"
                self.state.done = True
            return
        if self._delivery is None:
            self._delivery = self._open(identity(started), started.at)
        due = self._complete or len(self._pending) >= ROUND or (self._pending and time.monotonic() >= self._next)
        if not due:
            return
        while self._pending:
            some = self._pending[:ROUND]
            if len(some) < ROUND and not self._complete and time.monotonic() < self._next:
                break
            self._deliver(some)
            del self._pending[: len(some)]
            self._next = time.monotonic() + PAUSE
            self._tell()
            self._read()
        if self._complete:
            if self._again:
                again, self._again = list(self._again.values()), {}
                self._delivery.refused.clear()
                self.state.refused.clear()
                self._delivery.load()  # A case may have been taken away that another sender made as well.
                self._deliver(again)
            self._finish(identity(started))

    def _open(self, uid: str, started: float) -> Delivery:
        assert self._client is not None
        place = find_place(self._client, self._target, uid, started)
        delivery = Delivery(self._client, place, self._root)
        delivery.load()
        self.state.url = f"{self._client.server.pages}runs/{place.run}/"
        self._tell()
        if not self._complete:
            delivery.expect(self._results.plan())
        self._next = time.monotonic() + min(PAUSE, 2.0)
        return delivery

    def _deliver(self, results: Sequence[Result]) -> None:
        assert self._delivery is not None
        # Of two results of one test in a batch, the later one is the worse.
        latest = {result.key: result for result in results}
        with self._files.turn():
            self._delivery.deliver(list(latest.values()))
        self._delivered |= latest.keys() - self._delivery.refused.keys()
        self._again |= {key: result for key, result in latest.items() if key in self._delivery.refused}
        self.state.delivered = len(self._delivered)
        self.state.refused |= self._delivery.refused
        self.state.left_out += self._delivery.left_out
        self._delivery.left_out = 0

    def _finish(self, uid: str) -> None:
        """Say of the run when it ended, and what there is to be said of it."""
        assert self._client is not None
        assert self._delivery is not None
        run, zone = self._delivery.place.run, self._delivery.place.zone
        found: dict[str, Any] = self._client.call("TestRun.filter", {"pk": run})[0]
        notes = str(found.get("notes") or "")
        lines = [line for line in [*self._results.notes, *self._said_of_refused()] if line not in notes]
        values: dict[str, Any] = {}
        if lines or (marker(uid) not in notes and not self._target.run):
            values["notes"] = "\n".join(filter(None, [notes, *lines]))
        started = self._results.started
        if not found.get("start_date") and started is not None:
            values["start_date"] = moment(started.at, zone)
        stop = moment(self._results.stop or (started.at if started else 0.0), zone)
        if moment_in(found.get("stop_date"), zone) < stop:
            values["stop_date"] = stop
        if values:
            self._client.call("TestRun.update", run, values)
        self.state.done = True

    def _said_of_refused(self) -> list[str]:
        return [f"Not recorded: {key}: {why[:200]}" for key, why in sorted(self.state.refused.items())[:20]]

    def _tell(self) -> None:
        if self._client is not None:
            self.state.requests = self._client.requests
        self._files.write_state(self.state)


def _lock(fd: int) -> None:
    """Wait until nobody else is sending it: the lock ends with the process. What is there then already is found there."""
    # Windows has no such locks: there two senders are kept apart by looking up alone.
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX)


def main(arguments: Sequence[str]) -> int:
    """Deliver the journal that the command line names; 0 where all of it is in the server."""
    parser = argparse.ArgumentParser("python -m greenroom.reporters.kiwi.sender", description=__doc__)
    parser.add_argument("journal", type=Path)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--parent", type=int, default=0)
    parser.add_argument("--asked-by", default="")
    parser.add_argument("--timeout", type=float, default=TIMEOUT)
    options = parser.parse_args(list(arguments))
    # Ctrl-C is the run's affair; it is told of by the journal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The tests go first where processors are short.
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    files = Files(options.journal, options.asked_by)
    try:
        ear = 0 if options.parent else -1
        sender = Sender(files, options.root, parent=options.parent, timeout=options.timeout, ear=ear)
    except FileNotFoundError:  # Another sender has been quicker, and is done with it.
        files.write_state(State(done=True))
        return 0
    state = sender.run()
    if state.done and not state.refused:
        files.remove()
        if options.parent and os.getppid() != options.parent:  # Nobody is there any more to read it.
            files.state.unlink(missing_ok=True)
    return 0 if state.done and not state.refused else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
