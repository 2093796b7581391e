"""How the end of a worker process is put into words."""

from __future__ import annotations

import os
import signal

from greenroom.events import Problem

_OWN_CODE = f"{os.sep}greenroom{os.sep}worker{os.sep}main.py"

_MEANINGS = {
    "SIGKILL": "killed from outside, perhaps for using too much memory",
    "SIGSEGV": "segmentation fault",
    "SIGABRT": "aborted",
    "SIGBUS": "bus error",
    "SIGFPE": "arithmetic error in native code",
    "SIGILL": "illegal instruction",
    "SIGTERM": "asked to terminate",
}


def exit_in_words(exitcode: int | None) -> str:
    """What an exit code of a process says, e.g. `was killed by signal SIGSEGV (segmentation fault)`."""
    if exitcode is None:
        return "closed its connection to the run"
    if exitcode >= 0:
        return f"ended with exit code {exitcode} in the middle of its work (os._exit or the like)"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"number {-exitcode}"
    meaning = _MEANINGS.get(name)
    return f"was killed by signal {name}" + (f" ({meaning})" if meaning else "")


def loss_problem(slot: int, reason: str, doing: str, stacks: str) -> Problem:
    """The problem that a lost worker leaves with what it was doing.

    Args:
        slot: the number of the worker.
        reason: the end of the process, in words.
        doing: what it was doing, in words: `running this test`.
        stacks: what the worker's faulthandler wrote; may be empty.
    """
    text = f"greenroom: worker {slot} {reason} while {doing}.\n"
    told = without_own_frames(stacks).strip()
    if told:
        text += f"\n{told}\n"
    return Problem("error", text)


def without_own_frames(stacks: str) -> str:
    """What faulthandler wrote, less the frames of greenroom and of what called it (a forked worker has its parent's)."""
    lines, own = [], False
    for line in stacks.splitlines():
        if not line.startswith("  "):
            own = False
        own = own or _OWN_CODE in line
        if not own:
            lines.append(line)
    return "\n".join(lines)


def fixture_name(before: bool, group: str) -> str:
    """The name by which unittest would report the class fixture of a group."""
    return f"{'setUpClass' if before else 'tearDownClass'} ({group})"
