"""The folder and the process in which a driver runs, so that nothing of it is left, whatever becomes of the tests."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from greenroom.browsers import keeper
from greenroom.running.folders import make_folder, remove_folder, sweep

PREFIX = "greenroom-browser-"
_LONGEST = 24
"""Characters. Chromium makes a socket some folders below, and the whole path of a socket has 104 at most (unix(7): 108)."""


class Den:
    """A folder for one driver: its profiles, its temporary files, its log. The keeper removes it, and so does `close()`.

    Raises:
        OSError: it could not be made.
    """

    def __init__(self) -> None:
        place = _place()
        sweep([place], PREFIX)
        self.folder = make_folder(place, PREFIX)
        self.inside = self.folder / "in"
        self.downloads = self.inside / "downloads"
        self.temporary = self.inside / "tmp"
        for folder in (self.downloads, self.temporary):
            folder.mkdir()
        self.log = self.inside / "log"
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
        file = self.inside / "start"
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

    def end(self) -> None:
        """Have the keeper end everything that runs here."""
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.inside / "keeper").read_text()), signal.SIGTERM)

    def log_tail(self) -> str:
        """The end of what the programs here said."""
        try:
            return self.log.read_bytes()[-2000:].decode(errors="replace").strip()
        except OSError:
            return ""

    def close(self) -> None:
        """Remove the folder, if the keeper did not."""
        remove_folder(self.folder)


def _place() -> Path:
    """Where such folders are made: the usual place for temporary files, unless its name is too long."""
    usual = Path(tempfile.gettempdir())
    short = Path("/tmp")  # noqa: S108 - the folder in it has a random name and is for this user alone
    return short if len(str(usual)) > _LONGEST and os.access(short, os.W_OK) else usual


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
