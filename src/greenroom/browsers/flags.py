"""The command line of Chromium in tests."""

from __future__ import annotations

import os

from greenroom.browsers.api import Launch

_QUIET = (
    # Nothing goes out but what the pages ask for, and nothing asks the user.
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
    "--no-first-run", "--no-default-browser-check", "--disable-search-engine-choice-screen",
    "--disable-breakpad", "--metrics-recording-only", "--password-store=basic", "--use-mock-keychain",
    # A window behind another goes on at full speed.
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)  # fmt: skip


def chromium_flags(launch: Launch, *, local: bool = True) -> tuple[str, ...]:
    """The arguments for a browser of the family.

    Args:
        launch: how it is to be.
        local: whether it runs on this machine, as the user of this process.
    """
    flags = [*_QUIET]
    if not launch.headed:
        flags += ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--mute-audio"]
    if local and os.geteuid() == 0:
        # Chromium does not start as root otherwise.
        flags.append("--no-sandbox")
    if local and os.path.isdir("/dev/shm") and _shared_memory() < 512 * 1024 * 1024:  # noqa: S108 not a temporary file
        # The 64 MB that containers have are too few for large pages.
        flags.append("--disable-dev-shm-usage")
    return (*flags, *launch.arguments)


def _shared_memory() -> int:
    about = os.statvfs("/dev/shm")  # noqa: S108
    return about.f_blocks * about.f_frsize
