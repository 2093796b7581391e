"""`async def` tests with a page in their own loop."""

from __future__ import annotations

import contextlib
import functools
import unittest
from collections.abc import Awaitable, Callable
from typing import Any

from greenroom.browsers.captures import put_down
from greenroom.browsers.playwright_async import AsyncBrowser
from greenroom.cases.browsing import chosen, launch_for, look_for, wishes_for
from greenroom.running import attachments, witnesses

_WANTED = "_greenroom_wanted"


def with_page(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """The same test, with `self.async_page` while it runs."""

    @functools.wraps(function)
    async def test(self: Any, *args: Any, **kwargs: Any) -> Any:
        if "async_page" in vars(self):
            # Called by a test of a derived class, which has it.
            return await function(self, *args, **kwargs)
        name = chosen(self, "playwright")
        look_for(name, "playwright")
        async with AsyncBrowser(launch_for(self, name, "playwright"), wishes_for(self, "playwright")) as browser:
            vars(self).update(async_page=browser.page, async_context=browser.context, **{_WANTED: False})
            witnesses.add(_asked_for)
            try:
                return await _run(browser, self, function(self, *args, **kwargs))
            finally:
                for given in ("async_page", "async_context", _WANTED):
                    vars(self).pop(given, None)

    return test


async def _run(browser: AsyncBrowser, test: Any, body: Awaitable[Any]) -> Any:
    try:
        result = await body
    except unittest.SkipTest:
        raise
    except BaseException as error:
        error.add_note(await _capture(browser))
        raise
    if vars(test)[_WANTED]:
        await _capture(browser)
    if browser.keep_downloads:
        with contextlib.suppress(OSError):
            for file in await browser.downloads():
                attachments.attach(file.name, file)
    return result


def _asked_for(test: Any) -> str:
    """A witness: a subtest failed. The loop is at work, so that the page can't be asked before the test has ended."""
    test = getattr(test, "test_case", test)
    if _WANTED not in vars(test):
        return ""
    vars(test)[_WANTED] = True
    return "greenroom: the attachments show the page as it is at the end of the test"


async def _capture(browser: AsyncBrowser) -> str:
    try:
        return put_down(*await browser.evidence())
    except Exception as error:
        return f"greenroom: the browser {browser.launch.name} does not answer any more ({type(error).__name__})"
