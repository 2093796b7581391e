"""A Selenium hub, as the settings of django-sane-testing name it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from greenroom.browsers.api import NAMES, BrowserError

_REMOTE_CONTROL = {
    # What Selenium RC called its browsers; its `*chrome` was Firefox too.
    "*firefox": "firefox",
    "*chrome": "firefox",
    "*googlechrome": "chrome",
    "*opera": "chrome",
    "*safari": "webkit",
    "*iexplore": "edge",
}


def hub_url() -> str:
    """The address of the hub from `SELENIUM_HOST` and `SELENIUM_PORT`; empty where neither is set.

    `SELENIUM_HOST` may be a whole address such as `https://hub.example.org/wd/hub`.
    """
    host, port = _setting("SELENIUM_HOST"), _setting("SELENIUM_PORT")
    if not host and not port:
        return ""
    if host and urlsplit(str(host)).scheme in {"http", "https"}:
        return str(host)
    return f"http://{host or 'localhost'}:{port or 4444}/wd/hub"


def hub_browser() -> str:
    """The browser that `SELENIUM_BROWSER_COMMAND` names, in the words of Selenium RC or in ours; empty where it is not set.

    Raises:
        BrowserError: there is no such browser any more.
    """
    command = str(_setting("SELENIUM_BROWSER_COMMAND") or "")
    name = _REMOTE_CONTROL.get(command, command.removeprefix("*"))
    if name and name not in NAMES:
        known = ", ".join([*NAMES, *_REMOTE_CONTROL])
        raise BrowserError(f"SELENIUM_BROWSER_COMMAND: there is no browser {command!r}", f"Known: {known}.")
    return name


def url_root() -> str:
    """How a browser elsewhere reaches the live server: `SELENIUM_URL_ROOT`; empty where it is not set."""
    return str(_setting("SELENIUM_URL_ROOT") or "")


def _setting(name: str) -> Any:
    from django.conf import settings

    return getattr(settings, name, None) if settings.configured else None
