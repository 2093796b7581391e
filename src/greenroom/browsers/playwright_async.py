"""A browser that Playwright drives by its asynchronous API, in the loop of one test."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable
from typing import Any, Self

from greenroom.browsers.api import Evidence, Launch, Wishes
from greenroom.browsers.finding import find
from greenroom.browsers.flags import playwright_options
from greenroom.browsers.logs import Logs
from greenroom.browsers.playwright import context_options, family, kept_driver, trace_options
from greenroom.browsers.processes import Den

_SHORT = 8.0
"""Seconds for each thing that the browser is asked for when the test has failed, or is over."""


class AsyncBrowser:
    """A browser with one context; started and closed in the loop that it is used in. An asynchronous context manager.

    Args:
        launch: which, and how.
        wishes: how its page is to be.
    """

    def __init__(self, launch: Launch, wishes: Wishes) -> None:
        self.launch = launch
        self._wishes = wishes
        self._logs = Logs()
        self._kept: list[Any] = []
        self._playwright: Any = None
        self.context: Any = None
        self.page: Any = None

    async def __aenter__(self) -> Self:
        from playwright.async_api import async_playwright

        found = find(self.launch.name, "playwright")
        self._den = Den()
        try:
            with kept_driver(self._den):
                self._playwright = await async_playwright().start()
            kind = family(self._playwright, self.launch.name)
            self._browser = await kind.launch(**playwright_options(found, self.launch))
            self.context = await self._browser.new_context(**context_options(self._wishes))
            self._logs.listen(self.context)
            if self._wishes.trace:
                await self.context.tracing.start(**trace_options(self._wishes.trace))
            if self._wishes.keep_downloads:
                self.context.on("page", lambda page: page.on("download", self._kept.append))
            self.page = await self.context.new_page()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *about: object) -> None:
        for what in (self.context and self.context.close, self._playwright and self._playwright.stop):
            if what:
                await _try(what)
        self._den.end()
        self._den.close()

    @property
    def keep_downloads(self) -> bool:
        """Whether `downloads()` has anything to say."""
        return bool(self._kept)

    async def evidence(self) -> tuple[str, list[Evidence]]:
        """What shows where the browser is; see `Session.evidence`."""
        where = f"{self.launch.name} at {self.page.url}"
        shot, source = await _try(self.page.screenshot), await _try(self.page.content)
        found = [Evidence(name, part) for name, part in (("screenshot.png", shot), ("page.html", source)) if part]
        found += self._logs.evidence()
        file = self._den.inside / "trace.zip"
        if self._wishes.trace:
            await _try(lambda: self.context.tracing.stop(path=file))
        return where, [*found, Evidence("trace.zip", file)] if file.exists() else found

    async def downloads(self) -> list[Any]:
        """The files that were downloaded."""
        found = []
        for download in self._kept:
            file = self._den.downloads / download.suggested_filename
            await _try(functools.partial(download.save_as, file))
            found.append(file)
        return [file for file in found if file.exists()]


async def _try(what: Callable[[], Awaitable[Any]]) -> Any:
    with contextlib.suppress(Exception):
        return await asyncio.wait_for(what(), _SHORT)
    return None
