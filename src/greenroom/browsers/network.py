"""The requests of a page as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MOST = 2000
"""Lines that are kept; the last ones."""

_OWN = ("chrome:", "chrome-", "devtools:", "edge:", "about:", "data:", "blob:")
"""What the browser fetches from itself."""


def told(messages: Iterable[Mapping[str, Any]]) -> str:
    """Tell of requests from the messages of the DevTools protocol's Network domain.

    Returns:
        A line for each answer and each failure, such as `GET http://localhost:8081/login/ 200 text/html`.
    """
    asked: dict[str, str] = {}
    lines: list[str] = []
    for message in messages:
        params = message.get("params", {})
        number = params.get("requestId", "")
        match message.get("method"):
            case "Network.requestWillBeSent":
                if params["request"]["url"].startswith(_OWN):
                    continue
                if "redirectResponse" in params:
                    lines.append(f"{asked.get(number, '')} {params['redirectResponse']['status']}")
                asked[number] = f"{params['request']['method']} {params['request']['url'][:500]}"
            case "Network.responseReceived" if number in asked:
                answer = params["response"]
                lines.append(f"{asked.pop(number)} {answer['status']} {answer['mimeType']}")
            case "Network.loadingFailed" if number in asked:
                lines.append(f"{asked.pop(number)} failed: {params.get('errorText', '')}")
            case _:
                pass
    lines += [f"{request} (no answer yet)" for request in asked.values()]
    return "\n".join(lines[-MOST:])
