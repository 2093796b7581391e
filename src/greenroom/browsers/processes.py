"""The folder and the process in which a driver runs, so that nothing of it is left, whatever becomes of the tests."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from greenroom.browsers import keeper

PREFIX = "greenroom-browser-"
_MARKER = "made-by-greenroom"
_YOUNG = 60.0
"""Seconds that a folder without a lock is left alone: it may just have been made."""


class Den:
    """A folder for one driver: its profiles, its temporary files, its log. Keepers remove it, and so does `close()`.

    Raises:
        OSError: it could not be made.
    """

    def __init__(self) -> None:
        sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        (self.folder / "lock").touch()
        self._lock = os.open(self.folder / "lock", os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        (self.folder / _MARKER).write_text(json.dumps({"folder": str(self.folder)}), encoding="utf-8")
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.log = self.folder / "log"
        self.log.touch()

    @property
    def environment(self) -> dict[str, str]:
        """The variables for what runs here."""
        return {**os.environ, "TMPDIR": str(self.temporary)}

    def command(self, program: Path) -> list[str]:
        """How a program is started so that it ends with this process, however that ends."""
        return [sys.executable, "-I", "-S", keeper.__file__, str(self.folder), str(program)]

    def script(self, program: Path) -> Path:
        """The same as one file that can be executed, for those who take the path of a program alone."""
        file = self.folder / "start"
        file.write_text(f'#!/bin/sh\nexec {shlex.join(self.command(program))} "$@"\n', encoding="utf-8")
        file.chmod(0o700)
        return file

    def start(self, program: Path, arguments: Sequence[str], more: Mapping[str, str] | None = None) -> Driver:
        """Start a program here, with its output in a pipe.

        Raises:
            OSError: it could not be started.
        """
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*self.command(program), *arguments], env={**self.environment, **(more or {})},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        return Driver(process)

    def log_tail(self) -> str:
        """The end of what the programs here said."""
        try:
            return self.log.read_bytes()[-2000:].decode(errors="replace").strip()
        except OSError:
            return ""

    def close(self) -> None:
        """Remove the folder, if the keeper did not."""
        with contextlib.suppress(OSError):
            os.close(self._lock)
        shutil.rmtree(self.folder, ignore_errors=True)


class Driver:
    """A driver's process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        assert process.stdout is not None
        self.output: IO[bytes] = process.stdout

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """End it with its browsers."""
        if not self.ended:
            self.process.terminate()
            try:
                self.process.wait(keeper.GRACE + keeper.PATIENCE + 1)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()


def sweep() -> None:
    """Remove the folders of browsers whose tests and keeper are both gone, killed without a chance to do it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    about = folder.lstat()
    if about.st_uid != os.geteuid() or time.time() - about.st_mtime < _YOUNG and not (folder / _MARKER).exists():
        return False
    if json.loads((folder / _MARKER).read_text(encoding="utf-8"))["folder"] != str(folder):
        return False
    lock = os.open(folder / "lock", os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
