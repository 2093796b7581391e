"""A program on a terminal of its own, with what it shows there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from typing import TYPE_CHECKING, Self

from greenroom.testing import Hung
from greenroom.testing.process import Patience
from tests.reporters.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


class Terminal:
    """Runs a program on a pseudo-terminal; a context manager, which ends whatever is left.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        env: its whole environment.
        screen: what it is shown on.
    """

    def __init__(self, command: Sequence[str], *, folder: Path, env: Mapping[str, str], screen: Screen) -> None:
        self.screen = screen
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", screen.rows, screen.columns, 0, 0))
        self._process = subprocess.Popen(
            command, cwd=folder, env=dict(env), stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        )  # fmt: skip
        os.close(slave)
        self._pending = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)

    def type(self, keys: bytes) -> None:
        """Press keys, such as 3, which is Ctrl-C."""
        os.write(self._master, keys)

    def wait_for(self, condition: Callable[[], object], timeout: float = 30.0) -> None:
        """Let it run until something holds, looked at after each piece of output.

        Raises:
            Hung: it has not come to hold in that many seconds, or by the program's end.
        """
        patience = Patience(timeout)
        while not condition():
            if patience.is_over() or not self._read():
                raise Hung(f"waited in vain; the screen shows:\n{self.screen.text}")

    def finish(self, timeout: float = 30.0) -> int:
        """Let it run to its end; its exit code.

        Raises:
            Hung: it did not end in time.
        """
        patience = Patience(timeout)
        while self._read():
            if patience.is_over():
                raise Hung(f"did not end; the screen shows:\n{self.screen.text}")
        return self._process.wait(timeout)

    def _read(self) -> bool:
        """Show what comes within a moment; False at the end."""
        if not select.select([self._master], [], [], 0.1)[0]:
            return True
        data = b""
        with contextlib.suppress(OSError):  # Linux's way to say that nobody holds the other end any more
            data = os.read(self._master, 65536)
        # A sequence or a character may be cut in two: keep what is not complete.
        self._pending += data
        end = len(self._pending) if not data else max(self._pending.rfind(b"\n"), self._pending.rfind(b"\x1b8") + 1) + 1
        self.screen.write(self._pending[:end].decode("utf-8", "replace"))
        self._pending = self._pending[end:]
        return bool(data)
