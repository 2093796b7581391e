"""What pages say and ask for, as Playwright tells it."""

from __future__ import annotations

from collections import deque
from typing import Any

from greenroom.browsers.api import Evidence
from greenroom.browsers.network import MOST


class Logs:
    """The console and the requests of all pages of a context, the last ones of each."""

    def __init__(self) -> None:
        self._console: deque[str] = deque(maxlen=MOST)
        self._network: deque[str] = deque(maxlen=MOST)

    def listen(self, context: Any) -> None:
        """Hear everything from now on; of the synchronous or the asynchronous API."""
        context.on("console", self._said)
        context.on("weberror", self._raised)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)

    def _said(self, message: Any) -> None:
        url = (message.location or {}).get("url", "")
        self._console.append(f"{message.type.upper()} {message.text}{f' ({url[:500]})' if url else ''}")

    def _raised(self, error: Any) -> None:
        self._console.append(f"ERROR {error.error}")

    def _answered(self, response: Any) -> None:
        request = response.request
        self._network.append(f"{request.method} {response.url[:500]} {response.status} {request.resource_type}")

    def _failed(self, request: Any) -> None:
        self._network.append(f"{request.method} {request.url[:500]} failed: {request.failure}")

    def evidence(self) -> list[Evidence]:
        """What was heard."""
        both = (("console.txt", self._console), ("network.txt", self._network))
        return [Evidence(name, "\n".join(lines)) for name, lines in both if lines]
