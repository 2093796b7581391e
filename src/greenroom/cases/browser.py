"""Test cases with a browser and a live server."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from greenroom.browsers.matrix import spread
from greenroom.cases.http import HttpTestCase
from greenroom.running.place import place

if TYPE_CHECKING:
    from playwright import async_api, sync_api
    from selenium.webdriver.remote.webdriver import WebDriver


class BrowserTestCase(HttpTestCase):
    """What both have in common. A test case of your own is built on one of those below."""

    test_type = "browser"
    browsers: ClassVar[tuple[str, ...]] = ()
    """The browsers that each test runs in, such as `("chromium", "firefox")`: with several, each is a test of its own."""
    viewport: ClassVar[tuple[int, int]] = (1280, 720)
    """Width and height of the page, in CSS pixels."""
    locale: ClassVar[str] = "en-US"
    """The language that the browser asks for."""
    keep_downloads: ClassVar[bool] = False
    """Whether what a test downloads becomes an attachment of it."""
    browser_arguments: ClassVar[tuple[str, ...]] = ()
    """More for the command line of the browser."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        spread(cls, place().config.browser)
        super().__init_subclass__(**kwargs)


class SeleniumTestCase(BrowserTestCase):
    """Tests that drive a browser by Selenium: `self.selenium.get("/login/")`."""

    selenium_start = True
    implicit_wait: ClassVar[float] = 10.0
    """Seconds that the search for an element goes on until it is there."""
    selenium: WebDriver
    """The browser; new for each test but for the process."""


class PlaywrightTestCase(BrowserTestCase):
    """Tests that drive a browser by Playwright: `self.page.goto("/login/")`, or in an `async def` `self.async_page`."""

    playwright_start = True
    timezone: ClassVar[str] = ""
    """The time zone of the pages, such as `Europe/Berlin`; empty: that of this machine."""
    trace: ClassVar[Literal["", "actions", "full"]] = "actions"
    """What is recorded, and kept where a test fails: `actions` with requests and console; `full` with a picture and the
    page at each step too, which takes more time; nothing where it is empty."""
    context_options: ClassVar[dict[str, Any]] = {}
    """Further arguments for Playwright's `browser.new_context()`."""
    playwright: sync_api.Playwright
    browser: sync_api.Browser
    context: sync_api.BrowserContext
    """The pages, cookies and storage of one test."""
    page: sync_api.Page
    """Its first page."""
    async_context: async_api.BrowserContext
    async_page: async_api.Page
    """In an `async def` test, its first page in the test's own loop."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        for name, function in tuple(vars(cls).items()):
            if name.startswith("test") and inspect.iscoroutinefunction(function):
                from greenroom.cases.asynchronous import with_page

                setattr(cls, name, with_page(function))
        super().__init_subclass__(**kwargs)
