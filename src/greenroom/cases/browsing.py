"""What tests with a browser have in common: which browser, how its pages are, what is kept of a failure."""

from __future__ import annotations

import contextlib
import importlib
import unittest
from typing import Any
from urllib.parse import urlsplit

from greenroom.browsers.api import BrowserError, Launch, Library, Session, Wishes
from greenroom.browsers.captures import capture
from greenroom.browsers.finding import available, first
from greenroom.browsers.hub import hub_browser, hub_url, url_root
from greenroom.browsers.matrix import BROWSER
from greenroom.browsers.pool import give_back, take
from greenroom.cases.features.asked import asked
from greenroom.cases.resources import missing
from greenroom.running import attachments, witnesses
from greenroom.running.place import place

_SESSION = "_greenroom_session"


def begin(test: unittest.TestCase, library: Library) -> Session:
    """Give a test its browser until its end.

    Raises:
        SkipTest: it is not installed, or was not asked for.
        AssertionError: it is not installed, and `--require` asks for it.
        BrowserError: it did not start.
    """
    name = chosen(test, library)
    hub = hub_url() if library == "selenium" else ""
    if not hub:
        look_for(name, library)
    try:
        session = take(library, launch_for(test, name, library), wishes_for(test, library), hub)
    except BrowserError:
        raise
    except Exception as error:
        if hub and _is_connection(error):
            missing("browser", f"there is no Selenium hub at {hub}")
        raise
    vars(test)[_SESSION] = session
    witnesses.add(testimony)
    test.addCleanup(_end, test, session)
    return session


def look_for(name: str, library: Library) -> None:
    """Skip the test where a browser is not installed; fail it where `--require` asks for it."""
    reason = available(name, library)
    if reason is not None:
        missing(f"browser:{name}", reason)


def chosen(test: unittest.TestCase, library: Library) -> str:
    """The browser for a test.

    Raises:
        SkipTest: it is for others than those that this run is for.
    """
    wanted = place().config.browser
    method = getattr(type(test), getattr(test, "_testMethodName", ""), None)
    own = getattr(method, BROWSER, "") or next(iter(asked(test, "browsers", ())), "")
    if own and wanted and own not in wanted:
        raise unittest.SkipTest(f"for {own}, and this run is for {', '.join(wanted)}")
    name = own or next(iter(wanted), "")
    if not name and library == "selenium":
        name = hub_browser() or ("chrome" if hub_url() else "")
    return name or first(library)


def launch_for(test: unittest.TestCase, name: str, library: Library) -> Launch:
    """How the browser of a test is started."""
    config = place().config
    arguments = tuple(asked(test, "browser_arguments", ()))
    launch = Launch(name, headed=config.headed, slowmo=config.slowmo or 0.0, arguments=arguments)
    if library == "playwright":
        return launch
    # Playwright has these for each page, Selenium for the whole browser.
    return Launch(
        name, launch.headed, launch.slowmo, arguments, locale=asked(test, "locale", launch.locale),
        viewport=tuple(asked(test, "viewport", launch.viewport)),
    )  # fmt: skip


def wishes_for(test: unittest.TestCase, library: Library) -> Wishes:
    """How a test wants its pages, from its attributes and those of its class."""
    usual = Wishes()
    base = str(getattr(test, "live_server_url", "") or "")
    if library == "selenium":
        base = _reachable(test, base)
        more: dict[str, Any] = {"implicit_wait": float(asked(test, "implicit_wait", 0.0))}
    else:
        more = dict(asked(test, "context_options", {}))
    return Wishes(
        base_url=base,
        locale=asked(test, "locale", usual.locale),
        timezone=asked(test, "timezone", usual.timezone),
        viewport=tuple(asked(test, "viewport", usual.viewport)),
        trace=asked(test, "trace", "actions") or "",
        insecure=base.startswith("https:"),
        keep_downloads=bool(asked(test, "keep_downloads", False)),
        more=more,
    )


def _reachable(test: unittest.TestCase, usual: str) -> str:
    root = url_root(usual)
    if root != usual:
        from greenroom.servers.using import allow

        allow(urlsplit(root).hostname or "", test.addCleanup)
    return root


def session_of(test: Any) -> Session | None:
    """The browser that a test has at this moment."""
    found: Session | None = vars(test).get(_SESSION)
    return found


def testimony(test: Any) -> str:
    """A witness: what the browser of a failing test shows."""
    session = session_of(getattr(test, "test_case", test))
    return capture(session) if session is not None else ""


def _end(test: unittest.TestCase, session: Session) -> None:
    vars(test).pop(_SESSION, None)
    if asked(test, "keep_downloads", False):
        with contextlib.suppress(Exception):
            for file in session.downloads():
                attachments.attach(file.name, file)
    give_back(session)


def _is_connection(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return True
    urllib3: Any = importlib.import_module("urllib3.exceptions")
    return isinstance(error, urllib3.HTTPError)
