"""What the run's own process writes: the events that matter, one a line, as in a recording. Its sender reads along.

Beside `NAME.jsonl` are `NAME.target` (where the results belong, no secrets) and `NAME.state` (how far its sender is).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

try:
    import fcntl
except ImportError:  # Windows: there two senders are kept apart by looking up alone.
    fcntl = None  # type: ignore[assignment]

from greenroom.errors import GreenroomError
from greenroom.events import Event, RunStarted
from greenroom.reporters.kiwi.settings import Target
from greenroom.reporters.output import clean

# Held here: a test may patch what the module `os` holds.
_write, _open, _close = os.write, os.open, os.close


class State(msgspec.Struct, omit_defaults=True):
    """How far a sender is."""

    url: str = ""
    """The page of the run."""
    delivered: int = 0
    total: int = 0
    refused: dict[str, str] = {}
    """The results that the server does not take, and why."""
    left_out: int = 0
    """How many attachments the server does not take."""
    trouble: str = ""
    """Why it does not get on, or did not."""
    done: bool = False
    """Whether all of it is in the server."""
    requests: int = 0


class Files(msgspec.Struct, frozen=True):
    """A journal and what is beside it."""

    journal: Path
    asked_by: str = ""
    """Who sends a journal that was left over: of two at once, each has a state of its own."""

    @property
    def target(self) -> Path:
        """Where its results belong."""
        return self.journal.with_suffix(".target")

    @property
    def state(self) -> Path:
        """How far its sender is."""
        return self.journal.with_suffix(f".{self.asked_by}.state" if self.asked_by else ".state")

    @property
    def error(self) -> Path:
        """The traceback of a sender that failed."""
        return self.journal.with_suffix(".error")

    def read_state(self) -> State:
        """What its sender said last; an empty one where it has said nothing."""
        try:
            return msgspec.json.decode(self.state.read_bytes(), type=State)
        except (OSError, msgspec.MsgspecError):
            return State()

    def write_state(self, state: State) -> None:
        """Take the place of what was said before, at once."""
        fresh = self.state.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            fresh.write_bytes(msgspec.json.encode(state))
            fresh.replace(self.state)

    def read_target(self) -> Target | None:
        """Where its results belong; None where that was not known."""
        try:
            return msgspec.json.decode(self.target.read_bytes(), type=Target)
        except (OSError, msgspec.MsgspecError):
            return None

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Deliver while no other sender of this project does: of two that add a case to a run at once, the server adds both."""
        with contextlib.ExitStack() as held:
            # Where it can't be written, looking up alone has to do.
            with contextlib.suppress(OSError):
                file = held.enter_context((self.journal.parent.parent / "kiwi.lock").open("wb"))
                if fcntl is not None:
                    fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def remove(self) -> None:
        """All of it is in the server."""
        for path in (self.journal, self.target, self.error):
            path.unlink(missing_ok=True)
        if self.asked_by:  # What the run's own sender said is out of date.
            Files(self.journal).state.unlink(missing_ok=True)


def identity(started: RunStarted) -> str:
    """What a run is known by: the same for its journal and for a recording of it."""
    # Each form of a recording has a schema of its own.
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(started, schema=0))).hexdigest()[:16]


def files_of(folder: Path, started: RunStarted) -> Files:
    """Where the journal of a run is, or will be."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(started.at))
    return Files(folder / f"{stamp}-{identity(started)}.jsonl")


class Journal:
    """A file that events are appended to.

    Args:
        files: where.

    Raises:
        GreenroomError: it can't be opened.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []
        try:
            files.journal.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            self._fd = _open(files.journal, flags, 0o600)
        except OSError as error:
            raise GreenroomError(f"the journal {files.journal} can't be written: {error.strerror}") from error

    def add(self, event: Event) -> None:
        """Take an event; `flush()` writes it."""
        try:
            self._lines.append(self._encode(event))
        except UnicodeEncodeError:  # A lone surrogate, from who made events of text that nobody looked at.
            self._lines.append(self._encode(_fit(msgspec.to_builtins(event))))

    def flush(self) -> None:
        """Write what was taken, whole lines at once.

        Raises:
            OSError: it could not be written.
        """
        if not self._lines:
            return
        self._lines.append(b"")
        data = b"\n".join(self._lines)
        self._lines.clear()
        try:
            while data:
                data = data[_write(self._fd, data) :]
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.files.journal)) from error

    def close(self) -> None:
        """Write what is left, and close it."""
        if self._fd >= 0:
            try:
                self.flush()
            finally:
                _close(self._fd)
                self._fd = -1

    def restore(self) -> None:
        """Write it again where somebody has taken it away meanwhile, who took it for one that is left over."""
        if os.fstat(self._fd).st_nlink:
            return
        with os.fdopen(os.dup(self._fd), "rb") as file, contextlib.suppress(OSError):
            file.seek(0)
            self.files.journal.write_bytes(file.read())


def _fit(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _fit(member) for key, member in value.items()}
    return [_fit(member) for member in value] if isinstance(value, list | tuple) else value


class Reader:
    """Reads a journal, or a recording, while it grows.

    Args:
        path: of it.

    Raises:
        OSError: it can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._rest = b""
        self._decode = msgspec.json.Decoder(Event).decode

    def fileno(self) -> int:
        """Of the file, for a lock."""
        return self._file.fileno()

    def read(self) -> Iterator[Any]:
        """The events that have come since the last time. A line that is not whole is kept for the next time."""
        while chunk := self._file.read(1 << 20):
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                if line:
                    with contextlib.suppress(msgspec.MsgspecError):
                        yield self._decode(line)

    def close(self) -> None:
        """Close it; a lock on it ends."""
        self._file.close()
