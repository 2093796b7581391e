"""What has to be closed when the tests of this process are through: servers, browsers, folders."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable

_closers: list[tuple[int, Callable[[], None]]] = []


def at_end(close: Callable[[], None]) -> None:
    """Have something closed after the last test of this process, before its databases go; the last one first.

    A forked child does not close what its parent opened. Outside of a run it is done at the end of the interpreter.
    """
    if not _closers:
        atexit.unregister(close_all)
        atexit.register(close_all)
    _closers.append((os.getpid(), close))


def close_all() -> list[str]:
    """Close everything; what could not be closed is given back in words, one line each."""
    troubles = []
    while _closers:
        pid, close = _closers.pop()
        if pid != os.getpid():
            continue
        try:
            close()
        except Exception as error:
            troubles.append(f"{type(error).__name__}: {error}".splitlines()[0])
    return troubles
