"""JSON-RPC with Kiwi TCMS: a call, or many in one request. Standard library only."""

from __future__ import annotations

import html
import http.client
import json
import ssl
import time
import urllib.request
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from greenroom.reporters.kiwi.settings import Server

TIMEOUT = 60.0
"""Seconds for an answer. The official image ends a request after 30: one that took this long does not go on unseen."""
_DENIED = "Authentication failed when calling"
_PASSWORD = "Wrong username or password"  # noqa: S105 - what the server says


class UnreachableError(Exception):
    """There was no answer, or none that a server in order gives: what was asked for may or may not have been done."""


class DeniedError(Exception):
    """The server answers, and will answer the same the next time: the address, the password or a right is wrong."""


class Fault(msgspec.Struct, frozen=True):
    """What a call that failed says. Other calls of its request are done."""

    text: str

    @property
    def denied(self) -> bool:
        """Whether the user has no right to do it, or is not logged in."""
        return _DENIED in self.text


class Call(msgspec.Struct, frozen=True):
    """A call of a method of the server."""

    method: str
    params: tuple[Any, ...]


def call(method: str, *params: Any) -> Call:
    """A call, for `Client.batch()`."""
    return Call(method, params)


class Client:
    """A connection to a server, and a session on it.

    Args:
        server: where, and as whom.
        timeout: seconds for an answer.
    """

    def __init__(self, server: Server, timeout: float = TIMEOUT) -> None:
        self.server = server
        self.requests = 0
        """How many requests were sent."""
        self.lag = 60.0
        """The seconds of the shortest request so far: what each costs, whatever it asks."""
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._path = urlsplit(server.url).path
        self._session = ""

    def call(self, method: str, *params: Any) -> Any:
        """Call a method and give its result.

        Raises:
            UnreachableError: there was no answer.
            DeniedError: the user may not, or the call failed; the text says why.
        """
        answer = self.batch([call(method, *params)])[0]
        if isinstance(answer, Fault):
            raise DeniedError(self.no_right(method) if answer.denied else f"{method}: {answer.text}")
        return answer

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Make many calls in one request.

        Returns:
            The result of each, or its `Fault`, in the order of the calls.

        Raises:
            UnreachableError: there was no answer.
            DeniedError: the server is none, or the password is wrong, or the user has no right to such a call.
        """
        if not calls:
            return []
        fresh = not self._session
        if fresh:
            self._log_in()
        answers = self._ask(calls)
        denied = [index for index, answer in enumerate(answers) if isinstance(answer, Fault) and answer.denied]
        if denied and not fresh:
            # The session may have ended, in the middle of it too.
            self._log_in()
            for index, answer in zip(denied, self._ask([calls[index] for index in denied]), strict=True):
                answers[index] = answer
        if all(isinstance(answer, Fault) and answer.denied for answer in answers):
            raise DeniedError(self.no_right(calls[0].method))
        return answers

    def no_right(self, method: str) -> str:
        """What is said where the user may not call a method."""
        return f"the user {self.server.username} has no right to {method}: a member of the group Tester has"

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _log_in(self) -> None:
        self._session = ""
        answer = self._ask([call("Auth.login", self.server.username, self.server.password)])[0]
        if isinstance(answer, Fault):
            if _PASSWORD in answer.text:
                raise DeniedError(f"the server refuses the password of {self.server.username}")
            raise DeniedError(f"the server refuses to log in {self.server.username}: {answer.text}")
        self._session = str(answer)

    def _ask(self, calls: Sequence[Call]) -> list[Any]:
        body = [
            {"jsonrpc": "2.0", "id": number, "method": one.method, "params": one.params}
            for number, one in enumerate(calls, start=1)  # 0 would be taken for none
        ]
        status, headers, text = self._post(json.dumps(body).encode(), calls[0].method)
        if status in {301, 302, 307, 308}:
            raise DeniedError(f"{self.server.url} leads to {headers.get('Location')}: configure that address")
        if status >= 500 or status == 429:
            raise UnreachableError(f"the server answers with status {status}")
        try:
            answers = json.loads(text)
        except ValueError:
            answers = None
        if isinstance(answers, dict) and "error" in answers:
            raise UnreachableError(str(answers["error"].get("message", "")))
        if status != 200 or not isinstance(answers, list) or len(answers) != len(calls):
            raise DeniedError(f"there is no Kiwi TCMS at {self.server.url} (status {status})")
        ordered = sorted(answers, key=lambda answer: int(answer.get("id") or 0))
        return [_unpacked(answer) for answer in ordered]

    def _post(self, body: bytes, method: str) -> tuple[int, Any, bytes]:
        headers = {"Content-Type": "application/json", "Connection": "keep-alive", "Referer": method}
        if self._session:
            headers["Cookie"] = f"sessionid={self._session}"
        fresh = self._connection is None
        self.requests += 1
        began = time.monotonic()
        try:
            connection = self._connect()
            connection.request("POST", self._path, body, headers)
            response = connection.getresponse()
            found = response.status, response.headers, response.read()
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise DeniedError(f"the certificate of {self.server.url} is not trusted: {error.verify_message}") from None
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            # What a kept connection that the server has closed says; nothing was begun.
            if not fresh and time.monotonic() - began < 0.1 and isinstance(error, http.client.RemoteDisconnected):
                raise UnreachableError("the server closed the connection") from None
            raise UnreachableError(f"the server ended the connection ({type(error).__name__})") from None
        except TimeoutError:
            self.close()
            raise UnreachableError(f"the server did not answer in {self._timeout:g} seconds") from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise UnreachableError(f"the server can't be reached: {reason}") from None
        self.lag = min(self.lag, time.monotonic() - began)
        return found

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = _open(self.server.url, self._timeout)
        return self._connection


def _open(url: str, timeout: float) -> http.client.HTTPConnection:
    """A connection, by the proxy that the environment names for it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    proxy = urllib.request.getproxies().get(parts.scheme, "")
    if not proxy or urllib.request.proxy_bypass(host):
        return _to(host, parts.port, timeout, secure=secure)
    through = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    connection = _to(through.hostname or "", through.port or 3128, timeout, secure=secure)
    connection.set_tunnel(host, parts.port or (443 if secure else 80))
    return connection


def _to(host: str, port: int | None, timeout: float, *, secure: bool) -> http.client.HTTPConnection:
    if secure:
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout)


def _unpacked(answer: dict[str, Any]) -> Any:
    if "error" in answer:
        text = str(answer["error"].get("message", ""))
        return Fault(html.unescape(text.removeprefix("Internal error: ")))
    return plain(answer.get("result"))


def plain(value: Any) -> Any:
    """What the server said, without the escapes that it puts into every text."""
    if isinstance(value, str):
        return html.unescape(value) if "&" in value else value
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    return value
