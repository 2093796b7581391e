"""The recordings that runs leave behind: the newest of them, in a folder that never grows beyond its bounds."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import msgspec

from greenroom import clock
from greenroom.errors import RecordingError
from greenroom.events import Event, GroupFinished, Problem, RunStarted, TestFinished, TestPlanned, TestStarted
from greenroom.model import PlannedTests, TestSpec
from greenroom.reporters.api import Pass
from greenroom.reporters.compact import COMPACT_SCHEMA, Passes, Plan, plainly_passed, together
from greenroom.reporters.locked import is_locked

FOLDER = "runs"
"""The folder within greenroom's own."""
_NAME = re.compile(r"\d{8}-\d{6}-\d{3}-\d+(-\d+)?\.jsonl")
"""What a recording is called: UTC to the millisecond, and the process. By name they are in order of time."""
_EVERY = 0.05
"""Seconds for which tests that passed are kept before they are written."""
_SLIM_TEXT = 2_000
# Held here: a test may patch what these modules hold, and libraries that freeze time do.
_write, _clock = os.write, time.perf_counter


class RunRecording:
    """A listener that records the run in the project's own folder.

    Tests that passed with nothing to say are taken from `passes`, where the dispatcher puts them, and written together.
    Nothing here ends a run: what goes wrong stands in `trouble`.

    Args:
        folder: of recordings; made when it is missing.
        keep: how many recordings there may be, this one counted.
        size: the bytes that all of them may take.
    """

    wants: frozenset[type] | None = frozenset(get_args(Event)) - {TestStarted}

    def __init__(self, folder: Path, keep: int, size: int) -> None:
        self.passes: list[Pass] = []
        self.trouble = ""
        """Why the recording is missing or incomplete, in one line."""
        self._folder, self._keep, self._limit = folder, keep, size
        self._ids: dict[int, str] = {}
        self._all_ids: Sequence[str] = ()
        self._count = 0
        """How many tests the plan in short has."""
        self._specs: list[TestSpec] = []
        self._named = False
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []
        self.due = 0.0
        """When what is kept is written, by `clock.counter()`: at the first `flush` after that."""
        self._size = 0
        self._fd = -1
        self.path: Path | None = None
        try:
            folder.mkdir(exist_ok=True)
            self.path, self._fd = _open(folder)
            _lock(self._fd)
            prune(folder, keep, size, self.path)
        except OSError as error:
            self.trouble = f"the run is not recorded: {error.strerror} ({folder})"

    def plan(self, tests: Sequence[PlannedTests], ids: Sequence[str]) -> None:
        """The tests that the run will try, in place of their `TestPlanned`.

        Args:
            tests: in short.
            ids: of the tests by index; those of tests that are made on the way may follow later.
        """
        self._lines.append(self._encode(Plan(tuple(tests))))
        self._all_ids, self._count = ids, len(ids)

    def handle(self, event: Event) -> None:
        kind = type(event)
        if kind is TestStarted:
            return
        if kind is TestPlanned and not (event.name or event.doc):  # type: ignore[union-attr]
            self._specs.append(event.spec)  # type: ignore[union-attr]
            return
        if kind is TestFinished and plainly_passed(event):  # type: ignore[arg-type]
            told: Any = event
            if self.takes((told.index, told.at, told.seconds, told.worker), told.test, told.name):
                return
        self._settle()
        if kind is RunStarted:
            event = msgspec.structs.replace(event, schema=COMPACT_SCHEMA)
        if self._size > self._limit // 4:
            event = slim(event)
        self._lines.append(self._encode(event))
        if kind is not GroupFinished:
            self.due = 0.0  # Nothing of it may be lost where the next test ends the process.

    def takes(self, passed: Pass, test: str, name: str) -> bool:
        """Keep a test that passed with those that did before; not where more is to be said.

        Args:
            passed: the test, in short.
            test: its id.
            name: as its `TestFinished` has it.
        """
        if self._specs:
            self._settle()
        if (named := name == test) is not self._named:
            self._settle()
            self._named = named
        index = passed[0]
        known = self._all_ids[index] if 0 <= index < self._count else self._ids.get(index)
        if known != test or (name and not named):
            return False
        self.passes.append(passed)
        return True

    def _settle(self) -> None:
        """Make lines of what was kept."""
        if self._specs:
            self._ids.update((spec.index, spec.id) for spec in self._specs)
            self._lines.append(self._encode(Plan(together(self._specs))))
            self._specs.clear()
        if self.passes:
            passes = self.passes if len(self._all_ids) == self._count else self._without_found()
            self._lines.append(self._encode(Passes(passes, self._named)))
            self.passes.clear()

    def _without_found(self) -> list[Pass]:
        """Tests that another one made on the way are in no plan: they are told of in full."""
        planned = []
        for index, at, seconds, worker in self.passes:
            if index < self._count:
                planned.append((index, at, seconds, worker))
            else:
                event = TestFinished(at, self._all_ids[index], index, seconds, "passed", worker)
                self._lines.append(self._encode(event))
        return planned

    def flush(self) -> None:
        """Write what was kept for long enough."""
        if (now := _clock()) >= self.due:
            self.due = now + _EVERY
            self._put()

    def _put(self) -> None:
        self._settle()
        if self._lines and self._fd >= 0 and not self.trouble:
            data = b"\n".join(self._lines) + b"\n"
            self._size += len(data)
            try:
                while data:
                    data = data[_write(self._fd, data) :]
            except OSError as error:
                self.trouble = f"the recording of the run is incomplete: {error.strerror} ({self.path})"
        self._lines.clear()

    def close(self) -> None:
        """The run is over: write the rest, and let the oldest recordings go."""
        if self._fd < 0:
            return
        self._put()
        with suppress(OSError):
            prune(self._folder, self._keep, self._limit, self.path)
        os.close(self._fd)
        self._fd = -1


def slim(event: Event) -> Event:
    """An event without what may take much space."""
    less: dict[str, Any] = {"logs": (), "output": "", "queries": (), "sql": ""}
    about = {name: empty for name, empty in less.items() if getattr(event, name, empty) != empty}
    problems: tuple[Problem, ...] = getattr(event, "problems", ())
    if any(len(problem.text) > _SLIM_TEXT or problem.sql or problem.raised for problem in problems):
        about["problems"] = tuple(
            msgspec.structs.replace(problem, text=problem.text[-_SLIM_TEXT:], sql="", raised=None)
            for problem in problems
        )
    return msgspec.structs.replace(event, **about) if about else event


def recordings(folder: Path) -> list[Path]:
    """The recordings in a folder, the newest first. What has another name is none."""
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name for entry in entries if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            ]
    except OSError:
        return []
    return [folder / name for name in sorted(names, reverse=True)]


def prune(folder: Path, keep: int, size: int, own: Path | None = None) -> None:
    """Remove the oldest recordings until the rest is within its bounds.

    Args:
        folder: of recordings.
        keep: how many may stay.
        size: the bytes that they may take.
        own: stays, as do those that are being written.
    """
    total = 0
    for place, path in enumerate(recordings(folder)):
        with suppress(OSError):
            total += path.stat().st_size
            if path != own and (place >= keep or total > size) and not is_locked(path):
                path.unlink()


def find_recording(named: str, folder: Path) -> Path:
    """The recording that a user means.

    Args:
        named: a path; `last`; a number, 1 for the newest, 2 for the one before; or the name of one in the folder.
        folder: of recordings.

    Raises:
        RecordingError: there is no such recording.
    """
    if named != "last" and not named.isdigit():
        path = Path(named)
        inside = folder / f"{named.removesuffix('.jsonl')}.jsonl"
        return inside if not path.exists() and path.parent == Path() and inside.is_file() else path
    found = recordings(folder)
    if not found:
        raise RecordingError(
            f"no run is recorded in {folder}", "Run some tests, or give a file. With keep-runs = 0 none is recorded."
        )
    place = 1 if named == "last" else int(named)
    if not 1 <= place <= len(found):
        raise RecordingError(f"there is no run {named}: {len(found)} are recorded in {folder}", "The newest is 1.")
    return found[place - 1]


def _open(folder: Path) -> tuple[Path, int]:
    """Make a file of a name that nobody else has."""
    now = clock.now()
    stamp = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{int(now * 1000) % 1000:03d}-{os.getpid()}"
    for name in _names(stamp):
        path = folder / name
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        except FileExistsError:
            continue
    raise FileExistsError


def _names(stamp: str) -> Iterator[str]:
    yield f"{stamp}.jsonl"
    number = 2
    while True:
        yield f"{stamp}-{number}.jsonl"
        number += 1


def _lock(fd: int) -> None:
    """Say that the file is being written. Where there are no such locks, an open file can't be removed."""
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
