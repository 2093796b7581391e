"""Programs that end with the process that started them, whatever way that ends; each has a watcher to see to it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenroom.running.folders import MARKER
from greenroom.running.processes import alive, gone

STOP = 15.0
"""Seconds that the watcher may take to stop a program and to remove its folder."""


@dataclass
class Watcher:
    """The process that looks after a program, as seen by the process that started it."""

    pid: int
    to: int
    """A pipe to its standard input."""
    back: int
    """A pipe from its standard output."""

    def hear(self, seconds: float) -> dict[str, Any] | None:
        """What it says, if it says something in time; that it ended without a word is `ended` too."""
        if not select.select([self.back], [], [], seconds)[0]:
            return None
        line = b""
        while not line.endswith(b"\n"):
            more = os.read(self.back, 4096)
            if not more:
                return {"ended": None, "log": "its watcher ended"}
            line += more
        said: dict[str, Any] = {}
        for one in line.splitlines():
            said |= json.loads(one)
        return said

    def keep(self) -> None:
        """Let the program outlive this process."""
        os.write(self.to, b"keep\n")

    def let_go(self) -> None:
        """Close the pipes; it goes on as it is."""
        os.close(self.to)
        os.close(self.back)


def watch(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    stop: signal.Signals,
    account: tuple[int, int] | None = None,
) -> Watcher:
    """Start a watcher, which starts a program and says so, or that it ended: see `Watcher.hear`.

    Args:
        command: the program, by its path, and its arguments.
        folder: one of greenroom's, see `greenroom.running.folders`. The program runs in its `in/`, and what it says goes
            to `log`. The folder is removed when the program has ended.
        environment: all its variables.
        stop: the signal that ends it.
        account: the user and group as whom it runs; those of this process when not given.

    Raises:
        OSError: the watcher could not be started.
    """
    spec = {
        "parent": os.getpid(),
        "command": list(command),
        "environment": dict(environment),
        "account": account,
        "home": str(folder / "in"),
        "log": str(folder / "log"),
        "stop": int(stop),
        "folder": str(folder),
        "marker": str(folder / MARKER),
    }
    program = Path(__file__).with_name("watcher.py")
    their_input, to = os.pipe()
    back, their_output = os.pipe()
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, their_input, 0),
            (os.POSIX_SPAWN_DUP2, their_output, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        # Not by subprocess: it warns of processes that are left alone, as this one is meant to be.
        arguments = [sys.executable, "-I", "-S", str(program)]
        pid = os.posix_spawn(sys.executable, arguments, os.environ, file_actions=actions)
    finally:
        os.close(their_input)
        os.close(their_output)
    os.write(to, json.dumps(spec).encode() + b"\n")
    return Watcher(pid, to, back)


def end_watcher(pid: int, since: str) -> bool:
    """Have a watcher stop its program and remove the folder; whether it did."""
    if alive(pid, since):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    return gone(pid, since, STOP)
