"""What goes over the wire between the parent and its workers.

Each frame is a 4 byte length (little-endian) and that many bytes of MessagePack: an array whose first item says which
of the structs below it is. One exception, for speed: `PASSED`, a fixed struct that a worker sends for each test that
passed with nothing to say. Its payload begins with 0xC1, which no MessagePack text begins with.
"""

from __future__ import annotations

import os
import struct

import msgspec

from greenroom.events import Attachment, Problem
from greenroom.execute.capture import NOTHING, Captured
from greenroom.model import Outcome

WIRE_VERSION = 1
# Held here: a test may patch what the module `os` holds.
_read, _write = os.read, os.write
LENGTH = struct.Struct("<I")
PASSED = struct.Struct("<IBIdd")
"""Length, 0xC1, index, seconds since the epoch when it began, seconds it took."""
PASSED_LENGTH = PASSED.size - LENGTH.size
PASSED_TAG = 0xC1


class TestRef(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How a worker that inherits nothing finds a test."""

    __test__ = False
    module: str
    qualname: str
    method: str


class RunGroup(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """Run these tests, in this order, as one suite."""

    group: int
    tests: tuple[int, ...]
    refs: tuple[TestRef, ...] = ()
    again: bool = False
    """Whether the test may have been run in this worker before: a fresh object is needed."""


class Leave(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """No more work: say goodbye and end."""


Command = RunGroup | Leave


class Hello(msgspec.Struct, frozen=True, array_like=True, tag=10):
    """Ready for the first group."""

    version: int
    pid: int


class StartFailed(msgspec.Struct, frozen=True, array_like=True, tag=11):
    """Could not get ready."""

    summary: str
    """The exception in one line."""
    text: str
    """Its traceback."""


class GroupBegan(msgspec.Struct, frozen=True, array_like=True, tag=12):
    """About to set up the fixtures of a group."""

    group: int


class TestBegan(msgspec.Struct, frozen=True, array_like=True, tag=13):
    """A test begins that does not follow from the order of its group. (Others are taken to begin when one ends.)"""

    __test__ = False
    index: int
    at: float


class TestEnded(msgspec.Struct, frozen=True, array_like=True, tag=14):
    """A test ended with something to say; one that passed silently is a `PASSED`."""

    __test__ = False
    index: int
    at: float
    seconds: float
    outcome: Outcome
    problems: tuple[Problem, ...]
    name: str
    doc: str
    sql: str
    counted: bool
    interrupted: bool
    attachments: tuple[Attachment, ...] = ()
    captured: Captured = NOTHING


class TestFound(msgspec.Struct, frozen=True, array_like=True, tag=18):
    """A test ran, to its end, that nobody had planned: one that another test made on the way."""

    __test__ = False
    id: str
    ended: TestEnded
    """Its index says nothing."""


class FixtureEnded(msgspec.Struct, frozen=True, array_like=True, tag=15):
    """A class or module fixture failed or skipped."""

    at: float
    fixture: str
    outcome: Outcome
    problem: Problem
    captured: Captured = NOTHING


class GroupEnded(msgspec.Struct, frozen=True, array_like=True, tag=16):
    """A group was run to its end."""

    group: int
    tests: int
    seconds: float
    fixture_seconds: float
    captured: Captured = NOTHING
    """What its fixtures asked of databases."""


class Resets(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How often a database was put back after a test, and the seconds in all."""

    alias: str
    how: str
    count: int
    seconds: float


class Goodbye(msgspec.Struct, frozen=True, array_like=True, tag=17):
    """The worker ends of its own will."""

    resets: tuple[Resets, ...] = ()
    failed_plugins: tuple[str, ...] = ()
    """Those that raised in this worker, which has told of it."""


class Told(msgspec.Struct, frozen=True, array_like=True, tag=19):
    """A test ended, in the words of another engine than unittest: pytest's reports."""

    index: int
    at: float
    seconds: float
    times: tuple[float, ...] = ()
    """Of one that passed with nothing to say: the start, the stop and the duration of each phase."""
    data: bytes = b""
    """Of any other: what it had to say."""


class Said(msgspec.Struct, frozen=True, array_like=True, tag=20):
    """What such an engine has to say beside the ends of tests."""

    what: str
    data: bytes
    index: int = -1
    """The test that it is about; -1: none."""


Carried = Told | Said
"""What is carried as it is to whoever knows that engine."""
Report = (
    Hello
    | StartFailed
    | GroupBegan
    | TestBegan
    | TestEnded
    | TestFound
    | FixtureEnded
    | GroupEnded
    | Goodbye
    | Told
    | Said
)


def frame(encoder: msgspec.msgpack.Encoder, message: Command | Report) -> bytes:
    """A message with its length in front."""
    payload = encoder.encode(message)
    return LENGTH.pack(len(payload)) + payload


def write_all(fd: int, data: bytes) -> None:
    """Write all of it to a blocking pipe.

    Raises:
        OSError: the other end is gone, or the descriptor was closed.
    """
    written = _write(fd, data)
    while written < len(data):
        written += _write(fd, data[written:])


def read_exactly(fd: int, size: int) -> bytes:
    """Read that many bytes from a blocking pipe; fewer only at its end."""
    data = b""
    while len(data) < size:
        part = _read(fd, size - len(data))
        if not part:
            break
        data += part
    return data
