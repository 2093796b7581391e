"""The browsers of this process: started when a test needs one, used again by the next, closed at the end."""

from __future__ import annotations

import atexit
import contextlib
import os

from greenroom.browsers.api import Launch, Library, Session, Wishes
from greenroom.running.ending import at_end

_MOST = 2
"""Browsers that one process keeps; another one takes the place of the one that was not used for longest."""
_Key = tuple[int, Library, Launch, str]
_sessions: dict[_Key, Session] = {}


def take(library: Library, launch: Launch, wishes: Wishes, hub: str = "") -> Session:
    """A browser for a test, with an empty page.

    Args:
        library: by what it is driven.
        launch: which, and how it is started.
        wishes: how the test wants its pages.
        hub: the address of the Selenium hub that has it; empty for an installed one.

    Raises:
        BrowserError: it, its driver or the package is not installed.
        Exception: it could not be started.
    """
    # Of this process: a forked child has the parent's at most by name.
    key = (os.getpid(), library, launch, hub)
    session = _sessions.pop(key, None)
    if session is not None:
        try:
            session.begin(wishes)
        except Exception:
            # It died since its last test, which nobody blames on this one.
            close(session)
        else:
            _sessions[key] = session
            return session
    _make_room()
    session = _start(library, launch, hub)
    try:
        session.begin(wishes)
    except BaseException:
        close(session)
        raise
    _sessions[key] = session
    return session


def give_back(session: Session) -> None:
    """The test is over. A browser that can't be made as good as new is closed; the next test gets another."""
    try:
        session.end()
    except Exception:
        discard(session)


def discard(session: Session) -> None:
    """Close a browser that is of no use any more."""
    for key in [key for key, one in _sessions.items() if one is session]:
        del _sessions[key]
    close(session)


def close(session: Session) -> None:
    """Close a browser. What goes wrong then is of no interest: its keeper takes it away."""
    with contextlib.suppress(Exception):
        session.close()


def close_all() -> None:
    """Close all browsers of this process."""
    atexit.unregister(close_all)
    for key in [key for key in _sessions if key[0] == os.getpid()]:
        close(_sessions.pop(key))


def _make_room() -> None:
    mine = [key for key in _sessions if key[0] == os.getpid()]
    if not mine:
        at_end(close_all)
        # Under a runner that is not ours.
        atexit.register(close_all)
    for key in mine[: max(0, len(mine) - _MOST + 1)]:
        close(_sessions.pop(key))


def _start(library: Library, launch: Launch, hub: str) -> Session:
    if library == "selenium":
        from greenroom.browsers.selenium import SeleniumSession

        return SeleniumSession(launch, hub)
    from greenroom.browsers.playwright import PlaywrightSession

    return PlaywrightSession(launch)
