"""A browser that Selenium drives."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from greenroom.browsers.api import Evidence, Launch, Wishes
from greenroom.browsers.drivers import start_local, start_remote
from greenroom.browsers.finding import find
from greenroom.browsers.network import told
from greenroom.browsers.processes import Den

_SHORT = 8.0
"""Seconds that a browser has to answer when it is asked for evidence, or put back."""
_PART = (".crdownload", ".part", ".tmp")
_MEASURE = (
    "return [window.outerWidth - window.innerWidth, window.outerHeight - window.innerHeight,"
    " window.innerWidth, window.innerHeight]"
)


class SeleniumSession:
    """A browser with its driver.

    Args:
        launch: which, and how.
        hub: the address of a hub that has it; empty for an installed one.

    Raises:
        BrowserError: it is not installed, or did not start.
    """

    def __init__(self, launch: Launch, hub: str = "") -> None:
        self.launch = launch
        self.den: Den | None = None
        if hub:
            self.driver = start_remote(hub, launch)
        else:
            found = find(launch.name, "selenium")
            self.den = Den()
            try:
                self.driver = start_local(found, launch, self.den)
            except BaseException:
                self.den.close()
                raise
        self._chromium = launch.name != "firefox"
        self._tab = ""
        self._cleaning: threading.Thread | None = None
        self._unclean: Exception | None = None
        self._resize()

    def begin(self, wishes: Wishes) -> None:
        self._wait()
        driver = self.driver
        driver.root, driver.slowmo = wishes.base_url, self.launch.slowmo
        more = wishes.more or {}
        # Also tells whether it is still there.
        driver.execute("setTimeouts", {"implicit": int(more.get("implicit_wait", 0) * 1000), **_USUAL})

    def end(self) -> None:
        self.driver.slowmo = 0.0
        with self._soon():
            self._close_pages()
        # Nothing of the test runs any more. What it stored is removed while the process makes its database as it was.
        self._cleaning = threading.Thread(target=self._clean, name="greenroom-browser", daemon=True)
        self._cleaning.start()

    def _wait(self) -> None:
        """Wait until what the last test stored is removed.

        Raises:
            Exception: it could not be.
        """
        if self._cleaning is not None:
            self._cleaning.join()
            self._cleaning = None
        if self._unclean is not None:
            raise self._unclean

    def _close_pages(self) -> None:
        """Put a new tab in the place of all that there are: a tab takes its history and its session storage along."""
        driver = self.driver
        # First of all, for with a dialog open little else is answered.
        self._close_dialog()
        old = driver.window_handles
        here = self._here(old)
        if not self._chromium:
            self._clear_page()
        self._tab = driver.execute("newWindow", {"type": "tab"})["value"]["handle"]
        # The tab that is used is closed first, without a change of tabs, which takes time.
        driver.close()
        for handle in old:
            if handle != here:
                driver.switch_to.window(handle)
                driver.close()

    def _here(self, handles: list[str]) -> str:
        from selenium.common.exceptions import NoSuchWindowException

        try:
            return str(self.driver.current_window_handle)
        except NoSuchWindowException:
            # The test has closed it, and gone to no other.
            self.driver.switch_to.window(handles[0])
            return handles[0]

    def _clean(self) -> None:
        try:
            with self._soon():
                self._forget()
        except Exception as error:
            self._unclean = error

    def _forget(self) -> None:
        self.driver.switch_to.window(self._tab)
        if self._chromium:
            self._cdp("Storage.clearDataForOrigin", origin="*", storageTypes="all")
            self._cdp("Network.clearBrowserCache")
            self._cdp("Browser.resetPermissions")
            for log in ("browser", "performance"):
                self._log(log)
        if self.den is not None:
            for file in self.den.downloads.iterdir():
                shutil.rmtree(file) if file.is_dir() else file.unlink()
        self._resize()

    def _resize(self) -> None:
        width, height = self.launch.viewport
        more = self.driver.execute_script(_MEASURE)
        if more[2:] != [width, height]:
            self.driver.set_window_size(width + more[0], height + more[1])

    def _clear_page(self) -> None:
        with contextlib.suppress(Exception):
            self.driver.delete_all_cookies()
            self.driver.execute_script("localStorage.clear(); sessionStorage.clear()")

    def _close_dialog(self) -> str:
        from selenium.common.exceptions import NoAlertPresentException

        try:
            dialog = self.driver.switch_to.alert
            text = str(dialog.text)
            dialog.dismiss()
        except NoAlertPresentException:
            return ""
        return text

    def evidence(self) -> tuple[str, list[Evidence]]:
        found: list[Evidence] = []
        with self._soon():
            dialog = ""
            with contextlib.suppress(Exception):
                dialog = self._close_dialog()
            where = f"{self.launch.name} at {self.driver.current_url}, {self.driver.title!r}"
            if dialog:
                where += f", with the dialog {dialog!r} open"
            parts: tuple[tuple[str, Callable[[], str | bytes]], ...] = (
                ("screenshot.png", self.driver.get_screenshot_as_png),
                ("page.html", lambda: str(self.driver.page_source)),
                ("console.txt", self._console),
                ("network.txt", self._network),
            )
            for name, take in parts:
                with contextlib.suppress(Exception):
                    content = take()
                    if content:
                        found.append(Evidence(name, content))
        return where, found

    def _console(self) -> str:
        return "\n".join(f"{entry['level']} {entry['message']}" for entry in self._log("browser"))

    def _network(self) -> str:
        return told(json.loads(entry["message"])["message"] for entry in self._log("performance"))

    def _log(self, kind: str) -> list[dict[str, Any]]:
        if not self._chromium:
            return []
        return list(self.driver.execute("getLog", {"type": kind})["value"])

    def _cdp(self, command: str, **params: Any) -> Any:
        return self.driver.execute("executeCdpCommand", {"cmd": command, "params": params})["value"]

    @contextlib.contextmanager
    def _soon(self) -> Iterator[None]:
        """Wait for answers no longer than a moment: a page may hang."""
        config = getattr(self.driver.command_executor, "_client_config", None)
        before = getattr(config, "timeout", None)
        if config is not None:
            config.timeout = _SHORT
        try:
            yield
        finally:
            if config is not None:
                config.timeout = before

    def downloads(self) -> list[Path]:
        if self.den is None:
            return []
        until = time.monotonic() + _SHORT
        while True:
            files = list(self.den.downloads.iterdir())
            under_way = [file for file in files if file.name.startswith(".") or file.suffix in _PART]
            if not under_way or time.monotonic() > until:
                return sorted(set(files) - set(under_way))
            time.sleep(0.02)

    def close(self) -> None:
        if self._cleaning is not None:
            self._cleaning.join()
        with self._soon(), contextlib.suppress(Exception):
            self.driver.quit()
        service = getattr(self.driver, "service", None)
        if service is not None:
            service.stop()
        if self.den is not None:
            self.den.close()


_USUAL = {"pageLoad": 300_000, "script": 30_000}
"""The timeouts of WebDriver, in milliseconds (WebDriver, 9.1)."""
