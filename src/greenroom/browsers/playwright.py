"""A browser that Playwright drives, by its synchronous API."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

from greenroom.browsers.api import Evidence, Launch, Wishes
from greenroom.browsers.finding import find
from greenroom.browsers.flags import playwright_options
from greenroom.browsers.logs import Logs
from greenroom.browsers.processes import Den
from greenroom.browsers.unmarked import started

_SHORT = 8.0
"""Seconds that a browser has for each thing that it is asked for when a test has failed, or is over."""
_MOST_PAGES = 4


class PlaywrightSession:
    """A browser of its own, with the process of Playwright that drives it.

    Args:
        launch: which, and how.

    Raises:
        BrowserError: it is not installed.
        playwright.sync_api.Error: it did not start.
    """

    def __init__(self, launch: Launch) -> None:
        from playwright.sync_api import sync_playwright

        self.launch = launch
        found = find(launch.name, "playwright")
        self.den = Den()
        self.playwright: Any = None
        self.context: Any = None
        self.page: Any = None
        self._logs = Logs()
        self._trace = ""
        self._kept: list[Any] = []
        try:
            with kept_driver(self.den):
                self.playwright = started(sync_playwright())
            self.browser = family(self.playwright, launch.name).launch(**playwright_options(found, launch))
        except BaseException:
            self.close()
            raise

    def begin(self, wishes: Wishes) -> None:
        self._logs, self._trace, self._kept = Logs(), wishes.trace, []
        context = self.context = self.browser.new_context(**context_options(wishes))
        self._logs.listen(context)
        if wishes.trace:
            context.tracing.start(**trace_options(wishes.trace))
        if wishes.keep_downloads:
            context.on("page", lambda page: page.on("download", self._kept.append))
        self.page = context.new_page()

    def end(self) -> None:
        context, self.context, self.page = self.context, None, None
        if context is not None:
            with soon(context):
                context.close()

    def evidence(self) -> tuple[str, list[Evidence]]:
        if not self.browser.is_connected():
            raise ConnectionError("the browser has ended")
        found: list[Evidence] = []
        pages = [page for page in self.context.pages if not page.is_closed()]
        where = f"{self.launch.name} at {', '.join(page.url for page in pages) or 'no page'}"
        for number, page in enumerate(pages[:_MOST_PAGES], start=1):
            more = "" if number == 1 else f"-{number}"
            with contextlib.suppress(Exception), soon(page):
                found.append(Evidence(f"screenshot{more}.png", page.screenshot()))
                found.append(Evidence(f"page{more}.html", page.content()))
        found += self._logs.evidence()
        with contextlib.suppress(Exception):
            found += self._traced()
        return where, found

    def _traced(self) -> list[Evidence]:
        """What was recorded until now; the recording goes on."""
        if not self._trace:
            return []
        file = self.den.inside / "trace.zip"
        with soon(self.context.tracing) as tracing:
            tracing.stop_chunk(path=file)
            tracing.start_chunk()
        return [Evidence("trace.zip", file)]

    def downloads(self) -> list[Path]:
        found = []
        for download in self._kept:
            with contextlib.suppress(Exception), soon(download):
                file = self.den.downloads / download.suggested_filename
                download.save_as(file)
                found.append(file)
        return found

    def close(self) -> None:
        # Whatever does not end by itself is ended by force.
        last = threading.Timer(_SHORT, self.den.end)
        last.daemon = True
        last.start()
        try:
            if self.playwright is not None:
                with contextlib.suppress(Exception):
                    self.browser.close()
                with contextlib.suppress(Exception):
                    self.playwright.stop()
        finally:
            last.cancel()
            self.den.end()
            self.den.close()


@contextlib.contextmanager
def soon(thing: Any) -> Iterator[Any]:
    """Have an object of the synchronous API wait for answers no longer than a moment: a page may hang."""
    sync = type(thing)._sync  # noqa: SLF001 - all calls of the synchronous API go through it

    def wait(awaitable: Awaitable[Any]) -> Any:
        async def bounded() -> Any:
            return await asyncio.wait_for(awaitable, _SHORT)

        return sync(thing, bounded())

    thing._sync = wait  # noqa: SLF001
    try:
        yield thing
    finally:
        del thing._sync  # noqa: SLF001


def family(playwright: Any, name: str) -> Any:
    """Playwright's own name for a kind of browser."""
    return getattr(playwright, name if name in {"firefox", "webkit"} else "chromium")


@contextlib.contextmanager
def kept_driver(den: Den) -> Iterator[None]:
    """Have the driver that is started meanwhile run in a den, with a keeper."""
    from playwright._impl._driver import compute_driver_executable

    node = Path(compute_driver_executable()[0])
    change = {"PLAYWRIGHT_NODEJS_PATH": str(den.script(node)), "TMPDIR": str(den.temporary)}
    before = {name: os.environ.get(name) for name in change}
    os.environ.update(change)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def context_options(wishes: Wishes) -> dict[str, Any]:
    """What a test's browser context is made with."""
    width, height = wishes.viewport
    options: dict[str, Any] = {
        "locale": wishes.locale,
        "viewport": {"width": width, "height": height},
        "ignore_https_errors": wishes.insecure,
    }
    if wishes.base_url:
        options["base_url"] = wishes.base_url
    if wishes.timezone:
        options["timezone_id"] = wishes.timezone
    return {**options, **(wishes.more or {})}


def trace_options(kind: str) -> dict[str, Any]:
    """What is recorded: a full trace has a picture and the page's source for each step, and costs accordingly."""
    return {"snapshots": True, "screenshots": True, "sources": True} if kind == "full" else {}
