"""Which browsers are installed. Nothing is ever downloaded: neither Selenium's manager nor Playwright's installer runs."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from greenroom.browsers.api import NAMES, BrowserError, Found, Library
from greenroom.errors import did_you_mean

_PROGRAMS: dict[str, tuple[str, ...]] = {
    "chromium": ("chromium", "chromium-browser"),
    "chrome": ("google-chrome", "google-chrome-stable", "chrome"),
    "edge": ("microsoft-edge", "microsoft-edge-stable"),
    "firefox": ("firefox", "firefox-esr"),
}
_APPS = {
    "chromium": "Chromium.app/Contents/MacOS/Chromium",
    "chrome": "Google Chrome.app/Contents/MacOS/Google Chrome",
    "edge": "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "firefox": "Firefox.app/Contents/MacOS/firefox",
}
_DRIVERS = {"chromium": "chromedriver", "chrome": "chromedriver", "edge": "msedgedriver", "firefox": "geckodriver"}
_USUAL = (
    "/usr/bin", "/usr/local/bin", "/usr/lib/chromium", "/usr/lib/chromium-browser", "/snap/bin", "/opt/google/chrome",
    "/opt/microsoft/msedge", "/opt/firefox", "/usr/lib/firefox", "/usr/lib/firefox-esr", "/opt/homebrew/bin",
)  # fmt: skip


def available(name: str, library: Library | None = None) -> str | None:
    """Why a browser can't be used here.

    Args:
        name: one of `NAMES`.
        library: by what it is to be driven; None: any that is installed will do.

    Returns:
        The reason in words; None where it can be used.
    """
    if library is None:
        reasons = [available(name, one) for one in ("selenium", "playwright")]
        return None if None in reasons else reasons[0]
    try:
        find(name, library)
    except BrowserError as error:
        return error.message
    return None


@functools.cache
def find(name: str, library: Library) -> Found:
    """Find an installed browser.

    Args:
        name: one of `NAMES`.
        library: by what it is to be driven.

    Raises:
        BrowserError: the browser, its driver, or the package is not installed.
    """
    if name not in NAMES:
        raise BrowserError(f"there is no browser {name!r}", did_you_mean(name, NAMES))
    if importlib.util.find_spec(library) is None:
        raise BrowserError(f"the package {library} is not installed", "pip install 'greenroom[browser]'")
    if library == "playwright":
        return _for_playwright(name)
    program = _program(name)
    if program is None:
        raise BrowserError(f"the browser {name} is not installed", _WHERE)
    driver = _which([_DRIVERS[name]])
    if driver is None:
        raise BrowserError(f"{_DRIVERS[name]}, which Selenium drives {name} by, is not installed", _WHERE)
    return Found(name, program, driver)


_WHERE = "It is looked for in the PATH and where it usually is; nothing is downloaded."


def first(library: Library) -> str:
    """The browser to take where none is named: the first one that is installed; chromium where none is."""
    return next((name for name in NAMES if available(name, library) is None), NAMES[0])


def _for_playwright(name: str) -> Found:
    # Playwright drives any Chromium, but of Firefox and WebKit only builds of its own.
    program = _program(name) if name in {"chromium", "chrome", "edge"} else None
    program = program or _own_build(name)
    if program is None:
        hint = _WHERE if name in _PROGRAMS and name != "firefox" else f"playwright install {name}"
        raise BrowserError(f"the browser {name} is not installed, or not in a build that Playwright drives", hint)
    return Found(name, program)


def _own_build(name: str) -> Path | None:
    """A browser that `playwright install` put into its folder; the newest."""
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    usual = "Library/Caches/ms-playwright" if sys.platform == "darwin" else ".cache/ms-playwright"
    folder = Path(named) if named not in {"", "0"} else Path.home() / usual
    inside = {
        "chromium": ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*"),
        "firefox": ("firefox/firefox", "firefox/*.app/Contents/MacOS/firefox"),
        "webkit": ("pw_run.sh",),
    }.get(name, ())
    builds = sorted(folder.glob(f"{name}-[0-9]*"), key=lambda build: int(build.name.rpartition("-")[2]), reverse=True)
    return next((file for build in builds for pattern in inside for file in build.glob(pattern)), None)


def _program(name: str) -> Path | None:
    if name not in _PROGRAMS:
        return None
    found = _which(_PROGRAMS[name])
    if found is None and sys.platform == "darwin":
        places = (Path("/Applications"), Path.home() / "Applications")
        found = next((place / _APPS[name] for place in places if (place / _APPS[name]).exists()), None)
    return found


def _which(names: Iterable[str]) -> Path | None:
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *_USUAL])
    found = next((path for name in names if (path := shutil.which(name, path=places))), None)
    return Path(found) if found else None
