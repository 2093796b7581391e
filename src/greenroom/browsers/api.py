"""What a browser is to tests: what may be wished of it, what it is asked for, what it leaves when a test fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from greenroom.errors import GreenroomError

Library = Literal["selenium", "playwright"]
"""The package by which a test drives a browser."""

NAMES = ("chromium", "chrome", "edge", "firefox", "webkit")
"""The browsers there are, in the order in which one is taken where none is named."""


class BrowserError(GreenroomError):
    """A browser, its driver or its package is not there, or could not be started."""


class Found(msgspec.Struct, frozen=True):
    """An installed browser."""

    name: str
    program: Path
    driver: Path | None = None
    """What Selenium drives it by; None where there is none, or none is needed."""


class Launch(msgspec.Struct, frozen=True):
    """How a browser is started: browsers that are started alike are one, and are used again for the next test."""

    name: str
    headed: bool = False
    slowmo: float = 0.0
    """Seconds that it waits before each action."""
    arguments: tuple[str, ...] = ()
    """More of its command line."""
    locale: str = "en-US"
    viewport: tuple[int, int] = (1280, 720)
    """Width and height of the page, in CSS pixels."""


class Wishes(msgspec.Struct, frozen=True):
    """How a test wants its pages."""

    base_url: str = ""
    """What a path such as `/login/` is relative to."""
    locale: str = "en-US"
    timezone: str = ""
    """Such as `Europe/Berlin`; empty: that of this machine."""
    viewport: tuple[int, int] = (1280, 720)
    trace: Literal["", "actions", "full"] = ""
    """What Playwright records, for a test that fails."""
    insecure: bool = False
    """Whether a certificate that nobody vouches for is fine, as that of a live server."""
    keep_downloads: bool = False
    """Whether what it downloads is kept until the test has ended."""
    more: Any = None
    """A dictionary of further options: for Playwright's `new_context()`; for Selenium `implicit_wait`, in seconds."""


class Evidence(msgspec.Struct, frozen=True):
    """Something that shows what a test's browser was at."""

    name: str
    """How the attachment is called, such as `screenshot.png`."""
    content: str | bytes | Path


class Session(Protocol):
    """A running browser of this process, used by one test after the other."""

    launch: Launch

    def begin(self, wishes: Wishes) -> None:
        """Make it as good as new, with an empty page, for a test.

        Raises:
            Exception: it is gone, or does not answer.
        """

    def evidence(self) -> tuple[str, list[Evidence]]:
        """A line that says where the browser is, and what shows it. Called while the page is still open."""

    def downloads(self) -> list[Path]:
        """The files that the test downloaded, by the names that they were given."""

    def end(self) -> None:
        """The test is over: close its pages, forget its cookies and storage.

        Raises:
            Exception: it is gone, or does not answer.
        """

    def close(self) -> None:
        """End the browser with all its processes."""
