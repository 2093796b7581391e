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


def url_root(usual: str) -> str:
    """How a browser elsewhere reaches the live server, from `SELENIUM_URL_ROOT`: a whole address, or a name alone.

    Args:
        usual: the address of the live server, which says the rest; given back where the setting is not there.
    """
    root = str(_setting("SELENIUM_URL_ROOT") or "").rstrip("/")
    if not root or "://" in root:
        return root or usual
    parts = urlsplit(usual)
    port = f":{parts.port}" if parts.port and ":" not in root else ""
    return f"{parts.scheme or 'http'}://{root}{port}"


def _setting(name: str) -> Any:
    from django.conf import settings

    return getattr(settings, name, None) if settings.configured else None
