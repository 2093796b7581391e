"""Subprocesses that can't hang a test run: each has a hard limit, and what it printed is kept whatever happens."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

POLL = 0.02
"""Seconds between two looks at something that is waited for."""


class Patience:
    """A limit in seconds as on a machine with time to spare: where n processes wait for each processor, n times as long.

    So that a limit can be short, and is not met by work that is merely slow because much else runs.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._left = seconds
        self._looked = time.monotonic()

    def is_over(self) -> bool:
        """Whether the limit is passed. It counts by the load at the time of each call."""
        now = time.monotonic()
        waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
        self._left -= (now - self._looked) / max(1.0, waiting)
        self._looked = now
        return self._left < 0


class Hung(AssertionError):  # noqa: N818 - it reads as what happened
    """A subprocess did not end, or did not come to the point that was waited for, within its limit."""


def shown(text: str, limit: int = 20_000) -> str:
    """The text, or the beginning and end of one too long for an assertion's message."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]}\n[… {len(text) - limit} characters …]\n{text[-limit // 2 :]}"


def _prepare() -> None:
    """In the child, before exec: Ctrl-C works even where a shell had it ignored, and crashes write no core file."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Running:
    """A subprocess in a session of its own, its output going to files.

    Files, not pipes: a process that it leaves behind may hold a pipe open for ever.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        env: its whole environment.
        output: a folder for its output.
        stdin: what it can read; it then comes to the end of its input.
        timeout: seconds that it may take in all, see `Patience`.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        env: Mapping[str, str],
        output: Path,
        stdin: str = "",
        timeout: float = 60.0,
    ) -> None:
        self.command = tuple(command)
        self._stdout, self._stderr, typed = output / "stdout", output / "stderr", output / "stdin"
        typed.write_text(stdin)
        self.began = time.monotonic()
        self.seconds = 0.0
        self._patience = Patience(timeout)
        with typed.open("rb") as source, self._stdout.open("wb") as out, self._stderr.open("wb") as err:
            self._process = subprocess.Popen(
                self.command,
                cwd=folder,
                env=dict(env),
                stdin=source,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=_prepare,  # noqa: PLW1509 - it touches no lock
            )

    @property
    def pid(self) -> int:
        """The process id, which is also that of its session and process group."""
        return self._process.pid

    @property
    def stdout(self) -> str:
        """What it has printed so far."""
        return self._stdout.read_bytes().decode("utf-8", "backslashreplace")

    @property
    def stderr(self) -> str:
        """What it has printed so far to its error output."""
        return self._stderr.read_bytes().decode("utf-8", "backslashreplace")

    def alive(self) -> bool:
        """Whether the process itself still runs."""
        return self._process.poll() is None

    def overdue(self) -> bool:
        """Whether its time is up."""
        return self._patience.is_over()

    def wait_for(self, condition: Callable[[], object], what: str, timeout: float = 30.0) -> None:
        """Wait until something holds while the process runs.

        Raises:
            Hung: it did not come to hold in that many seconds (see `Patience`), or the process ended first.
        """
        patience = Patience(timeout)
        while not condition():
            if not self.alive() and not condition():
                raise Hung(f"the process ended with {self._process.returncode} before {what}\n{self.describe()}")
            if patience.is_over():
                self._abort()
                raise Hung(f"waited {timeout} s in vain for {what}\n{self.describe()}")
            time.sleep(POLL)

    def wait_for_file(self, path: Path, timeout: float = 30.0) -> None:
        """Wait until the process, or one of its own, has made a file."""
        self.wait_for(path.exists, f"the file {path.name}", timeout)

    def wait_for_text(self, text: str, timeout: float = 30.0) -> None:
        """Wait until the process has printed a text, to either output."""
        self.wait_for(lambda: text in self.stdout or text in self.stderr, f"the output {text!r}", timeout)

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal, to the process alone or, as a terminal's Ctrl-C does, to all of its group."""
        if group:
            os.killpg(self.pid, number)
        else:
            os.kill(self.pid, number)

    def finish(self) -> int:
        """Wait for the end.

        Returns:
            The exit code; of a process ended by a signal its number, negative.

        Raises:
            Hung: the time is up. Stacks of the process, where it tells them on SIGABRT, are in the output shown.
        """
        while self._process.poll() is None:
            if self.overdue():
                self._abort()
                raise Hung(f"did not end in {self._patience.seconds:.0f} s\n{self.describe()}")
            time.sleep(POLL)
        self.seconds = time.monotonic() - self.began
        return self._process.returncode

    def left_behind(self, grace: float = 1.5) -> tuple[int, ...]:
        """The processes of its session that still run that many seconds after its end; they are then killed."""
        patience = Patience(grace)
        while (alive := _members(self.pid)) and not patience.is_over():
            time.sleep(POLL)
        self.kill()
        return alive

    def kill(self) -> None:
        """Kill whatever is left of it and of what it started, and wait until it is gone."""
        patience = Patience(2)
        while (alive := _members(self.pid)) and not patience.is_over():
            for pid in alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(POLL)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _abort(self) -> None:
        # faulthandler, which DiscoverRunner switches on, prints all stacks on SIGABRT.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGABRT)
            time.sleep(0.5)
        self.kill()

    def describe(self) -> str:
        """The command and what it printed."""
        return (
            f"$ {' '.join(self.command)}\n--- stdout\n{shown(self.stdout)}\n--- stderr\n{shown(self.stderr)}\n--- end"
        )


def _members(session: int) -> tuple[int, ...]:
    """The live processes of a session (Linux's /proc; elsewhere the leader's process group counts as one)."""
    root = Path("/proc")
    if not (root / "self" / "stat").exists():
        try:
            os.killpg(session, 0)
        except (ProcessLookupError, PermissionError):
            return ()
        return (session,)
    found = []
    for entry in root.iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # After the name in brackets: state, parent, process group, session.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] not in "ZX":
                    found.append(int(entry.name))
    return tuple(found)
