"""What is made once for a run, whatever the number of its workers: `run_scoped`.

The workers of a run share a folder. What is made is written there as data, under a lock; whoever comes later reads it. Each worker
keeps a file of its own locked as long as it lives, so that the others know who is still there, however a worker may end. The
last one that used a thing takes it down.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from greenroom.errors import GreenroomError
from greenroom.pytest_plugin.workers.packing import is_data, pack, unpack

_PREFIX = "greenroom-run-"
_BEGINNING = 60.0
"""Seconds after which a folder that nobody holds is no longer one of a run that has just begun."""
_WAIT = 0.02
"""Seconds between two looks at who is still there."""


class RunScopedError(GreenroomError):
    """A value can't be shared by the workers of a run."""


class Shared:
    """What the processes of one run have in common.

    Args:
        run: what tells the run from others.
        worker: the name of this process among those of the run.
    """

    def __init__(self, run: str, worker: str) -> None:
        digest = hashlib.sha256(f"{os.getuid()} {run}".encode()).hexdigest()[:12]
        self.folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{digest}"
        self._worker = worker
        self._present: int | None = None
        self._alive: int | None = None
        self._used: dict[str, tuple[int, Callable[[Any], object] | None]] = {}
        """By name: the descriptor that says so, and what takes it down."""

    def hold(self) -> None:
        """Keep the folder as long as this process lives, or one that is forked from it; and sweep away those of dead runs.

        Raises:
            RunScopedError: the folder belongs to somebody else.
        """
        if self._alive is None:
            self._have_folder()
            self._alive = self._open("alive")
            fcntl.flock(self._alive, fcntl.LOCK_SH)
            sweep(self.folder.parent)

    def become(self, worker: str) -> None:
        """This process was forked, and is another one of the run now."""
        self._worker = worker

    def arrive(self) -> None:
        """Be there, for the others; before the first test of any of them.

        Raises:
            RunScopedError: the folder belongs to somebody else.
        """
        if self._present is not None:
            return
        self._have_folder()
        self._present = self._open(f"present-{self._worker}")
        fcntl.flock(self._present, fcntl.LOCK_EX)

    def _have_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        about = self.folder.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
            raise RunScopedError(f"{self.folder} is not a folder of this user's own", "remove it, or set TMPDIR")

    def get(self, name: str, make: Callable[[], Any], end: Callable[[Any], object] | None = None) -> Any:
        """The value of this name; made now where nobody has.

        Args:
            name: what it is known by in the whole run.
            make: makes it: data, or a path.
            end: takes it down, given the value; called once, by the last process that used it.

        Raises:
            RunScopedError: it is no data.
        """
        self.arrive()
        value = self._value(name)
        with self._locked(name):
            if not value.exists():
                new = value.with_suffix(".new")
                new.write_bytes(_packed(name, make()))
                new.replace(value)
            if name not in self._used:
                user = self._open(f"{_key(name)}.users")
                fcntl.flock(user, fcntl.LOCK_SH)
                self._used[name] = (user, end)
            return unpack(value.read_bytes())

    def leave(self) -> list[Exception]:
        """Use nothing of it any more; the last one takes down what it used. What that raised is given back."""
        if self._present is None:
            return []
        # Who leaves makes nothing any more: nobody need wait for it.
        os.close(self._present)
        self._present = None
        errors: list[Exception] = []
        for name in reversed(list(self._used)):
            user, end = self._used.pop(name)
            try:
                while not self._try_to_end(name, user, end, errors):
                    time.sleep(_WAIT)
            finally:
                os.close(user)
        return errors

    def _try_to_end(
        self, name: str, user: int, end: Callable[[Any], object] | None, errors: list[Exception]
    ) -> bool:  # fmt: skip
        """Take a thing down, if nobody else uses it; False where somebody may still come to."""
        with self._locked(name):
            if end is None or not _try_lock(user):
                return True
            if self._is_somebody_there():
                fcntl.flock(user, fcntl.LOCK_SH)
                return False
            value = self._value(name)
            try:
                end(unpack(value.read_bytes()))
            except Exception as error:
                errors.append(error)
            value.unlink(missing_ok=True)
            return True

    def _is_somebody_there(self) -> bool:
        """Whether any process of the run has tests before it."""
        for file in self.folder.glob("present-*"):
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
            try:
                if not _try_lock(descriptor):
                    return True
            finally:
                os.close(descriptor)
        return False

    def remove(self) -> None:
        """Nobody is there any more."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None

    def _value(self, name: str) -> Path:
        return self.folder / f"{_key(name)}.json"

    def _open(self, name: str) -> int:
        return os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        descriptor = self._open(f"{_key(name)}.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def sweep(parent: Path) -> None:
    """Remove what runs that were killed have left: folders of this user's that no process holds.

    Args:
        parent: where such folders are.
    """
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            mine = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
            if mine and time.time() - about.st_mtime > _BEGINNING and not _is_held(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    """Whether a process of the run lives."""
    for file in (*folder.glob("present-*"), *folder.glob("alive")):
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        try:
            if not _try_lock(descriptor):
                return True
        finally:
            os.close(descriptor)
    return False


def _key(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]


def _packed(name: str, made: Any) -> bytes:
    if not is_data(made):
        raise RunScopedError(
            f"run_scoped({name!r}) shares data or a path with all workers, not {type(made).__qualname__}",
            "give a name, an address or a folder, and have each worker open what is there",
        )
    return pack(made)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def shared_of(config: Any) -> Shared:
    """What this process has in common with the others of its run."""
    from greenroom.pytest_plugin.run import RUN

    shared: Shared | None = config.stash.get(_SHARED, None)
    if shared is None:
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        shared = config.stash[_SHARED] = Shared(config.stash[RUN].place.run, worker)
    return shared


_SHARED = pytest.StashKey[Shared]()
