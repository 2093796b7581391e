"""Requests as lines."""

from __future__ import annotations

from typing import Any

from greenroom.browsers.network import told


def _sent(number: str, url: str, **more: object) -> dict[str, Any]:
    params = {"requestId": number, "request": {"method": "GET", "url": url}, **more}
    return {"method": "Network.requestWillBeSent", "params": params}


def _answered(number: str, status: int) -> dict[str, Any]:
    answer = {"status": status, "mimeType": "text/html", "url": "?"}
    return {"method": "Network.responseReceived", "params": {"requestId": number, "response": answer}}


def test_answers_redirects_and_failures() -> None:
    """Each is a line, in the order of the answers; what the browser fetches from itself is left out."""
    messages: list[dict[str, Any]] = [
        _sent("1", "http://a/"),
        _sent("1", "http://a/login/", redirectResponse={"status": 302}),
        _sent("2", "http://a/gone.js"),
        _sent("3", "chrome://newtab/"),
        _sent("4", "http://a/slow"),
        _answered("3", 200),
        _answered("1", 200),
        {"method": "Network.loadingFailed", "params": {"requestId": "2", "errorText": "net::ERR_FAILED"}},
        {"method": "Page.frameStartedLoading", "params": {}},
    ]
    assert told(messages).splitlines() == [
        "GET http://a/ 302",
        "GET http://a/login/ 200 text/html",
        "GET http://a/gone.js failed: net::ERR_FAILED",
        "GET http://a/slow (no answer yet)",
    ]
