"""A real Chromium for the pages of the HTML report."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.browsers.finding import available, find
from greenroom.testing.process import Patience

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    reason = available("chromium", "playwright")
    if reason is not None:
        pytest.fail(reason)
    from playwright.sync_api import sync_playwright

    from greenroom.browsers.unmarked import started

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    # Tests of other folders run loops of their own meanwhile.
    playwright = started(sync_playwright())
    program = str(find("chromium", "playwright").program)
    browser = playwright.chromium.launch(executable_path=program, args=arguments)
    yield browser
    browser.close()
    playwright.stop()


class Opened:
    """A page of the report in the browser, and whatever it did that it should not."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.misdeeds: list[str] = []
        page.on("dialog", lambda dialog: self._bad("dialog", dialog.message))
        page.on("pageerror", lambda error: self._bad("error", str(error)))
        page.on("console", lambda message: self._bad("console", message.text))
        page.on("popup", lambda popup: self._bad("popup", popup.url))
        page.on("request", self._requested)

    def _bad(self, what: str, words: str) -> None:
        self.misdeeds.append(f"{what}: {words}")

    def _requested(self, request: Any) -> None:
        if not request.url.startswith(("file://", "data:")) or (
            request.url.startswith("file://") and not request.is_navigation_request()
        ):
            self._bad("request", request.url)

    def until(self, expression: str) -> None:
        """Wait until it is true. Playwright's own way of waiting evaluates text, which the page forbids."""
        patience = Patience(10)
        while not self.page.evaluate(expression):
            assert not patience.is_over(), expression
            self.page.wait_for_timeout(20)

    def texts(self, selector: str) -> list[str]:
        """What the elements say that are found."""
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]


@pytest.fixture
def show(chromium: Browser) -> Iterator[Callable[..., Opened]]:
    """Opens a report, at an address within it."""
    contexts = []

    def show(path: Path, where: str = "", **about: Any) -> Opened:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **about})
        contexts.append(context)
        context.set_default_timeout(10_000)
        opened = Opened(context.new_page())
        opened.page.goto(f"{path.as_uri()}{where}")
        if about.get("java_script_enabled", True):
            opened.page.wait_for_selector("html.ready", state="attached")
        return opened

    yield show
    for context in contexts:
        context.close()
