"""The command line of Chromium in tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from greenroom.browsers.api import Found, Launch

_QUIET = (
    # Nothing goes out but what the pages ask for, and nothing asks the user.
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
    "--no-first-run", "--no-default-browser-check", "--disable-search-engine-choice-screen",
    "--disable-breakpad", "--metrics-recording-only", "--password-store=basic", "--use-mock-keychain",
    # A window behind another goes on at full speed.
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)  # fmt: skip


_HEADLESS = ("--headless=new", "--disable-gpu", "--hide-scrollbars", "--mute-audio")


def chromium_flags(launch: Launch, *, local: bool = True) -> tuple[str, ...]:
    """The arguments for a browser of the family.

    Args:
        launch: how it is to be.
        local: whether it runs on this machine, as the user of this process.
    """
    flags = [*_QUIET] if launch.headed else [*_QUIET, *_HEADLESS]
    if local and os.geteuid() == 0:
        # Chromium does not start as root otherwise.
        flags.append("--no-sandbox")
    if local and Path("/dev/shm").is_dir() and _shared_memory() < 512 * 1024 * 1024:  # noqa: S108 not a temporary file
        # The 64 MB that containers have are too few for large pages.
        flags.append("--disable-dev-shm-usage")
    return (*flags, *launch.arguments)


def playwright_options(found: Found, launch: Launch) -> dict[str, Any]:
    """What Playwright launches a browser with."""
    firefox_or_webkit = launch.name in {"firefox", "webkit"}
    flags = [flag for flag in chromium_flags(launch) if not flag.startswith("--headless")]
    return {
        "executable_path": str(found.program),
        "headless": not launch.headed,
        "slow_mo": launch.slowmo * 1000,
        "args": list(launch.arguments) if firefox_or_webkit else flags,
        # Ctrl-C is for the tests, which close the browser themselves.
        "handle_sigint": False,
    }


def _shared_memory() -> int:
    about = os.statvfs("/dev/shm")  # noqa: S108
    return about.f_blocks * about.f_frsize
