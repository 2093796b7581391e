"""JSON-RPC with Kiwi TCMS: a call, or many in one request. Standard library only."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from greenroom.reporters.kiwi.connection import Connection, DeniedError, UnreachableError
from greenroom.reporters.kiwi.settings import Server

TIMEOUT = 60.0
"""Seconds for an answer. The official image ends a request after 30: one that took this long does not go on unseen."""
_DENIED = "Authentication failed when calling"
_ZONE = re.compile(r'data-time-zone="([^"]+)"')
"""The clock that stands on each page."""
_REPEATABLE = {"TestPlan.add_case", "TestRun.add_case", "TestExecution.update"}
"""What is asked for many times in a request, and can be asked for twice."""
_PASSWORD = "Wrong username or password"  # noqa: S105 - what the server says


class BrokenError(UnreachableError):
    """The server says of itself that it broke down, over one of the calls or whatever it is asked."""


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
        self._connection = Connection(server.url, timeout)
        self._path = urlsplit(server.url).path
        self._session = ""

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._connection.requests

    @property
    def lag(self) -> float:
        """The seconds of the shortest request so far: what each costs, whatever it asks."""
        return self._connection.lag

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
        answers = self._ask_apart(calls)
        denied = [index for index, answer in enumerate(answers) if isinstance(answer, Fault) and answer.denied]
        if denied and not fresh:
            # The session may have ended, in the middle of it too.
            self._log_in()
            for index, answer in zip(denied, self._ask_apart([calls[index] for index in denied]), strict=True):
                answers[index] = answer
        if all(isinstance(answer, Fault) and answer.denied for answer in answers):
            raise DeniedError(self.no_right(calls[0].method))
        return answers

    def no_right(self, method: str) -> str:
        """What is said where the user may not call a method."""
        return f"the user {self.server.username} has no right to {method}: a member of the group Tester has"

    def time_zone(self) -> str:
        """The name of the time zone that the server's dates are in; empty where its pages do not say so.

        Raises:
            UnreachableError: there was no answer.
        """
        path = f"{urlsplit(self.server.pages).path}accounts/login/"
        status, _, page = self._connection.ask("GET", path, {"Referer": "time-zone"})
        _refuse_busy(status)  # The official image lets an address have ten such pages a second.
        found = _ZONE.search(page.decode(errors="replace")) if status == 200 else None
        return html.unescape(found[1]) if found else ""

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _log_in(self) -> None:
        self._session = ""
        answer = self._ask([call("Auth.login", self.server.username, self.server.password)])[0]
        if isinstance(answer, Fault):
            if _PASSWORD in answer.text:
                raise DeniedError(f"the server refuses the password of {self.server.username}")
            raise DeniedError(f"the server refuses to log in {self.server.username}: {answer.text}")
        self._session = str(answer)

    def _ask_apart(self, calls: Sequence[Call]) -> list[Any]:
        """Ask, and where one call breaks the answers to all of them, find it: 16.2 can't tell of an execution with a tag."""
        try:
            return self._ask(calls)
        except BrokenError:
            if not _REPEATABLE.issuperset(one.method for one in calls):
                raise
        # Where the server breaks down over this as well, nothing is wrong with the calls.
        self._ask([call("Priority.filter", {})])
        return self._ask_halves(calls)

    def _ask_halves(self, calls: Sequence[Call]) -> list[Any]:
        answers: list[Any] = []
        middle = (len(calls) + 1) // 2
        for some in filter(None, (calls[:middle], calls[middle:])):
            try:
                answers += self._ask(some)
            except BrokenError as error:
                answers += self._ask_halves(some) if len(some) > 1 else [Fault(str(error))]
        return answers

    def _ask(self, calls: Sequence[Call]) -> list[Any]:
        body = [
            {"jsonrpc": "2.0", "id": number, "method": one.method, "params": one.params}
            for number, one in enumerate(calls, start=1)  # 0 would be taken for none
        ]
        status, headers, text = self._post(json.dumps(body).encode(), calls[0].method)
        if status in {301, 302, 307, 308}:
            raise DeniedError(f"{self.server.url} leads to {headers.get('Location')}: configure that address")
        _refuse_busy(status)
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
        return self._connection.ask("POST", self._path, headers, body)


def _refuse_busy(status: int) -> None:
    """Raise an error where a server that is in order would have answered otherwise."""
    if status == 500:
        raise BrokenError("the server answers with status 500")
    if status > 500 or status == 429:
        raise UnreachableError(f"the server answers with status {status}")


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
