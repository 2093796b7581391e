"""Runs a command as if it stood in this process's place: its signals are the command's."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_PR_SET_PDEATHSIG = 1
_FROM_THE_KERNEL = 0x80
"""How a signal says that a key was pressed, which every process of the terminal's foreground is told by itself."""


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end, and pass on to it what signals come.

    Args:
        command: the program and its arguments.
        environment: its whole environment.

    After a SIGINT this process ignores further ones: what comes after the run, such as the report, is not lost to a
    signal that came twice.

    Returns:
        Its exit code; 128 and the number of the signal where it was ended by one.
    """
    watched = {*_PASSED_ON, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    interrupted = False
    try:
        process = subprocess.Popen(command, env=dict(environment), preexec_fn=_beginning(before))  # noqa: PLW1509
        while process.poll() is None:
            number, pressed = _next_signal(watched)
            interrupted |= number == signal.SIGINT
            if number in _PASSED_ON and not pressed:
                process.send_signal(number)
    finally:
        if interrupted:
            # Also drops one that waits.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    code = process.returncode
    return 128 - code if code < 0 else code


def _next_signal(watched: set[signal.Signals]) -> tuple[int, bool]:
    """Wait for a signal; whether it came of a key goes with it."""
    if hasattr(signal, "sigwaitinfo"):
        about = signal.sigwaitinfo(watched)
        return about.si_signo, about.si_code == _FROM_THE_KERNEL
    # Where a signal does not say: at a terminal it is a key.
    number = signal.sigwait(watched)
    return number, number in {signal.SIGINT, signal.SIGQUIT} and sys.stdin is not None and sys.stdin.isatty()


def _beginning(mask: set[int]) -> Callable[[], None]:
    """What the child does first: it takes signals as this process did, and does not outlive it (Linux)."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def begin() -> None:
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    return begin
