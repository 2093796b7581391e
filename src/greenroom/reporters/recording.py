"""Event streams on disk: JSON lines, one event a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from greenroom.errors import GreenroomError, RecordingError
from greenroom.events import SCHEMA, Event, RunStarted
from greenroom.reporters.compact import COMPACT_SCHEMA, Expander, Line

_write = os.write
"""Held here: a test may patch what the module `os` holds."""


class Recording:
    """A reporter that writes every event to a file.

    What a batch of events holds is handed to the system in one write, so that a run that is killed leaves whole lines.
    A disk that fills up costs the recording, not the run: see `trouble`.

    Args:
        path: the file; an existing one is replaced, missing folders are made.

    Raises:
        GreenroomError: the file can't be opened.
    """

    wants: frozenset[type] | None = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []
        self.trouble = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise GreenroomError(
                f"the events file {path} can't be written: {error.strerror}", "Give another path with --events."
            ) from error

    def handle(self, event: Event) -> None:
        self._lines.append(self._encode(event))

    def flush(self) -> None:
        if self._lines and not self.trouble:
            data = b"\n".join(self._lines) + b"\n"
            try:
                while data:
                    data = data[_write(self._fd, data) :]
            except OSError as error:
                self.trouble = f"the events file {self._path} is incomplete: {error.strerror}"
        self._lines.clear()

    def close(self) -> None:
        if self._fd >= 0:
            self.flush()
            os.close(self._fd)
            self._fd = -1


def read_recording(path: Path) -> Iterator[Event]:
    """The events of a recorded run, in order.

    Raises:
        RecordingError: the file can't be read, is no recording, or comes from a newer greenroom. A last line that is cut
            off is passed over: the run was killed while it wrote.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RecordingError(f"the recording {path} can't be read: {error.strerror}") from error
    decoder = msgspec.json.Decoder(Line)
    expander = Expander()
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            found: Line = decoder.decode(line)
        except msgspec.MsgspecError as error:
            if 1 < number == len(lines):
                return
            raise RecordingError(
                f"{path}:{number} is no event: {error}", "A recording is what `--events FILE` writes."
            ) from error
        if number == 1:
            found = _checked_first(path, found)
        yield from expander.events(found)
    if not any(lines):
        raise RecordingError(f"the recording {path} is empty", "A recording is what `--events FILE` writes.")


def _checked_first(path: Path, line: Line) -> RunStarted:
    if not isinstance(line, RunStarted):
        raise RecordingError(
            f"{path} does not begin as a recording does", "A recording is what `--events FILE` writes."
        )
    if line.schema > COMPACT_SCHEMA:
        raise RecordingError(
            f"{path} was written by greenroom {line.greenroom} (schema {line.schema}); this one reads up to"
            f" {COMPACT_SCHEMA}",
            "Read it with that version or a newer one.",
        )
    # What is read are events, whatever the lines were.
    return msgspec.structs.replace(line, schema=SCHEMA)
