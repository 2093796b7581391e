"""twill in a test: a browser without JavaScript that is steered by Python."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from greenroom.errors import MissingExtraError
from greenroom.servers.trust import trusting

_LOADING = ("go", "reload", "follow_link", "submit")
"""The methods of twill's browser that load a page."""


class Twill:
    """twill's browser, with relative URLs, and with exceptions for errors of the server.

    All of `twill.browser.browser` is here: `url`, `code`, `html`, `title`, `forms`, `submit()` ... and, as in twill before
    version 1, `get_url()`, `get_code()`, `get_html()`, `get_title()`. It is the browser of `twill.commands` too.

    Args:
        root: the URL that relative ones start from.
        ca_file: the certificate to trust; None: those that everybody trusts.
        check: given a URL and the answer, raises where that is an error of the server.
    """

    def __init__(self, root: str, ca_file: str | None, check: Callable[[str, Any], None]) -> None:
        try:
            from twill import commands, log
            from twill.browser import browser
        except ImportError:
            raise MissingExtraError("twill is not installed.", "Install it: pip install 'greenroom[twill]'") from None
        self.commands = commands
        """`twill.commands`."""
        self._root, self._check = root, check
        self._browser: Any = browser
        self._log = log
        # It would print each page that it comes to.
        log.addFilter(_is_asked_for)
        context: Any = trusting(ca_file)
        browser.reset(verify=context)
        for name in _LOADING:
            setattr(browser, name, self._loading(getattr(browser, name), relative=name == "go"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("get_") and not hasattr(self._browser, name):
            value = getattr(self._browser, name.removeprefix("get_"))
            return value if callable(value) else lambda: value
        return getattr(self._browser, name)

    def go_xpath(self, path: str) -> None:
        """Follow the link that an XPath expression leads to.

        Raises:
            LookupError: it leads to none.
        """
        found = self._browser.xpath(path)
        targets = [one if isinstance(one, str) else one.get("href") for one in found]
        target = next(filter(None, targets), None)
        if target is None:
            raise LookupError(f"There is no link at {path!r} in {self._browser.url}.")
        self._browser.go(urljoin(self._browser.url, target))

    def close(self) -> None:
        """Forget page, cookies and history, and leave twill's browser as it was."""
        for name in _LOADING:
            vars(self._browser).pop(name, None)
        self._log.removeFilter(_is_asked_for)
        self._browser.reset()

    def _loading(self, load: Callable[..., Any], *, relative: bool) -> Callable[..., Any]:
        def loading(*args: Any, **more: Any) -> Any:
            if relative and args:
                args = (urljoin(self._browser.url or self._root, args[0]), *args[1:])
            result = load(*args, **more)
            if self._browser.result is not None:
                self._check(self._browser.url, self._browser.result)
            return result

        return loading


def _is_asked_for(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("==>")
