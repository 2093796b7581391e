"""Selenium's drivers, started so that they find a port by themselves and end with this process."""

from __future__ import annotations

import re
import selectors
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from greenroom.browsers.api import BrowserError, Found, Launch
from greenroom.browsers.flags import chromium_flags
from greenroom.browsers.processes import Den, Driver

_STARTED = re.compile(rb"(?:started successfully on port |Listening on \S+?:)(\d+)")
_PATIENCE = 30.0
"""Seconds that a driver has to say its port."""


class AtRoot:
    """What is added to Selenium's own class of driver: addresses relative to the live server, and waiting on wish.

    `get("/login/")` goes to the live server; `open` is another name for it, that of Selenium RC.
    """

    root = ""
    slowmo = 0.0

    def get(self, url: str) -> None:
        """Load a page; a path is one of the live server."""
        super().get(urljoin(self.root, url) if self.root else url)  # type: ignore[misc]

    def open(self, url: str) -> None:
        """The same as `get`."""
        self.get(url)

    def execute(self, driver_command: str, params: Any = None) -> Any:
        """Pass on a command; see Selenium."""
        if self.slowmo:
            time.sleep(self.slowmo)
        return super().execute(driver_command, params)  # type: ignore[misc]


def start_local(found: Found, launch: Launch, den: Den) -> Any:
    """Start an installed browser.

    Returns:
        Selenium's driver for it, with `AtRoot`.

    Raises:
        BrowserError: its driver did not start.
        selenium.common.WebDriverException: the browser did not start.
    """
    from selenium import webdriver

    name = {"chromium": "Chrome", "chrome": "Chrome", "edge": "Edge", "firefox": "Firefox"}[found.name]
    module = getattr(webdriver, name.lower())
    options = options_for(launch, den)
    options.binary_location = str(found.program)
    service = _kept(module.service.Service)(found, den)
    return type(name, (AtRoot, getattr(webdriver, name)), {})(options=options, service=service)


def start_remote(url: str, launch: Launch) -> Any:
    """Start a browser at a hub.

    Raises:
        selenium.common.WebDriverException: the hub has no such browser.
        urllib3.exceptions.HTTPError: there is no hub.
    """
    from selenium.webdriver.remote.webdriver import WebDriver

    return type("Remote", (AtRoot, WebDriver), {})(command_executor=url, options=options_for(launch, None))


def options_for(launch: Launch, den: Den | None) -> Any:
    """Selenium's options for a browser.

    Args:
        launch: which, and how.
        den: where its profile and its downloads are; None for one that runs elsewhere.
    """
    from selenium import webdriver

    if launch.name == "firefox":
        return _firefox(webdriver.FirefoxOptions(), launch, den)
    options: Any = webdriver.EdgeOptions() if launch.name == "edge" else webdriver.ChromeOptions()
    preferences: dict[str, Any] = {
        "intl.accept_languages": _languages(launch.locale),
        "credentials_enable_service": False,
        "profile.password_manager_leak_detection": False,
        "download.prompt_for_download": False,
    }
    if den is not None:
        options.add_argument(f"--user-data-dir={den.inside / 'profile'}")
        preferences["download.default_directory"] = str(den.downloads)
    for flag in (*chromium_flags(launch, local=den is not None), f"--lang={launch.locale}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", preferences)
    vendor = "ms" if launch.name == "edge" else "goog"
    options.set_capability(f"{vendor}:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.accept_insecure_certs = True
    return options


def _firefox(options: Any, launch: Launch, den: Den | None) -> Any:
    if not launch.headed:
        options.add_argument("-headless")
    for argument in launch.arguments:
        options.add_argument(argument)
    options.set_preference("intl.accept_languages", _languages(launch.locale))
    if den is not None:
        options.set_preference("browser.download.folderList", 2)
        options.set_preference("browser.download.dir", str(den.downloads))
    options.accept_insecure_certs = True
    return options


def _languages(locale: str) -> str:
    language = locale.partition("-")[0]
    return locale if language == locale else f"{locale},{language}"


def _kept(service: type) -> Callable[[Found, Den], Any]:
    """Selenium's class of service for a driver, with a process that is kept and a port that the driver takes itself."""

    class Kept(service):  # type: ignore[misc]
        def __init__(self, found: Found, den: Den) -> None:
            # Any port, so that Selenium guesses none; the real one is known when the driver has it.
            super().__init__(executable_path=str(found.driver), port=1)
            self._found, self._den = found, den
            self._driver: Driver | None = None

        def env_path(self) -> None:
            return None

        def start(self) -> None:
            geckodriver = self._found.name == "firefox"
            arguments = ["--port=0", "--log=info"] if geckodriver else ["--port=0"]
            assert self._found.driver is not None
            self._driver = self._den.start(self._found.driver, arguments)
            self.process = self._driver.process
            self.port = port_of(self._driver, self._found.driver, self._den)

        def stop(self) -> None:
            if self._driver is not None:
                self._driver.stop()

    return Kept


def port_of(driver: Driver, program: Path, den: Den) -> int:
    """The port that a driver took, from what it says; it was told to take any.

    Raises:
        BrowserError: it said none, and was stopped.
    """
    said = b""
    until = time.monotonic() + _PATIENCE
    with selectors.DefaultSelector() as selector:
        selector.register(driver.output, selectors.EVENT_READ)
        while (left := until - time.monotonic()) > 0:
            if not selector.select(left):
                break
            more = driver.output.read1(4096)  # type: ignore[attr-defined]
            said += more
            if (match := _STARTED.search(said)) and said[match.end() : match.end() + 1]:
                return int(match[1])
            if not more:
                break
    driver.stop()
    raise BrowserError(f"{program} did not start", (said.decode(errors="replace") + den.log_tail())[-2000:])
