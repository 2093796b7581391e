"""Tests that ask a live server over HTTP."""

from __future__ import annotations

import functools
import io
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urljoin

from django.test import TestCase

from greenroom.cases.database import DestructiveDatabaseTestCase
from greenroom.servers.api import ERROR_HEADER, ServerError
from greenroom.servers.trust import trusting

if TYPE_CHECKING:
    from greenroom.cases.twill import Twill
    from greenroom.servers.api import LiveServer


class ServerRaisedError(urllib.error.HTTPError):
    """The live server raised an exception and answered with an error. The exception is this one's cause.

    Args:
        url: what was asked for.
        headers: of the answer.
        body: of the answer.
        raised: what the server raised.
    """

    def __init__(self, url: str, headers: Any, body: io.BytesIO, raised: ServerError) -> None:
        first = f"{type(raised.error).__name__}: {raised.error}".splitlines()[0]
        super().__init__(url, raised.status or 500, first, headers, body)
        self.raised = raised
        """The request, the traceback and the SQL."""
        self.__cause__ = raised.error

    def __str__(self) -> str:
        return f"{self.raised.line}: {self.msg}"


class HttpTestCase(DestructiveDatabaseTestCase):
    """Tests that ask a live server, at `self.live_server_url`. The database is flushed after each.

    With `share_transaction = True` the server works in the transaction of the test, which sees `setUpTestData()` and is
    rolled back instead: the class is then a `django.test.TestCase`.
    """

    test_type = "http"
    start_live_server = True
    share_transaction = False
    raise_request_exception = True
    """Whether `urlopen()` and twill raise what the server raised, as Django's test client does."""
    live_server: Any = None
    """On a class: which server it wants; on a test: the `LiveServer`."""
    live_server_url: str
    required_sane_plugins: ClassVar[list[str]]
    _greenroom_twill: Twill | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        shares = cls.share_transaction
        if shares and not issubclass(cls, TestCase):
            # Behind the other bases: all that TestCase overrides is of TransactionTestCase, behind them too.
            cls.__bases__ = (*cls.__bases__, TestCase)
            cls.database_flush, cls.database_single_transaction = False, True  # type: ignore[attr-defined]
        elif not shares and issubclass(cls, TestCase) and "share_transaction" in vars(cls):
            raise TypeError(f"{cls.__name__} can't take back share_transaction: a class that it is built on has it.")
        super().__init_subclass__(**kwargs)

    def urlopen(
        self,
        url: str | urllib.request.Request,
        data: bytes | None = None,
        timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Open a URL as `urllib.request.urlopen()` does; a live server with HTTPS is trusted.

        Args:
            url: as a whole, or relative to the live server, or a `Request`.
            data: sent with POST.
            timeout: seconds.
            headers: sent with the request.

        Raises:
            ServerRaisedError: the server raised an exception, which is the cause of this one; not where
                `raise_request_exception` is False.
            urllib.error.HTTPError: another answer with an error.
        """
        request = url if isinstance(url, urllib.request.Request) else urllib.request.Request(self._whole(url), data)  # noqa: S310 - the test's own
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            return _opener(self._server().ca_file).open(request, data if request is url else None, timeout)
        except urllib.error.HTTPError as error:
            raised = self._raised(error.headers)
            if raised is None:
                raise
            with error:
                body = io.BytesIO(error.read())
            raise ServerRaisedError(request.full_url, error.headers, body, raised) from raised.error

    def get_ok(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """Open a URL, and fail where the answer is not 200.

        Args:
            url: see `urlopen()`.
            headers: see `urlopen()`.
        """
        answer = self.urlopen(url, headers=headers)
        self.assertEqual(answer.status, 200, f"GET {url}")  # noqa: PT009 - unittest's
        return answer

    @property
    def twill(self) -> Twill:
        """A browser without JavaScript, new for each test; see `Twill`."""
        if self._greenroom_twill is None:
            from greenroom.cases.twill import Twill

            self._greenroom_twill = Twill(self._whole(""), self._server().ca_file, self._check)
            self.addCleanup(self._greenroom_twill.close)
        return self._greenroom_twill

    def assert_code(self, code: int | str) -> None:
        """Fail where the page that twill is at came with another status."""
        self.assertEqual(self.twill.code, int(code), f"at {self.twill.url}")  # noqa: PT009 - unittest's

    def _server(self) -> LiveServer:
        server: LiveServer = self.live_server
        return server

    def _whole(self, url: str) -> str:
        return urljoin(f"{self.live_server_url}/", url)

    def _raised(self, headers: Any) -> ServerError | None:
        number = headers.get(ERROR_HEADER) if self.raise_request_exception else None
        if not number:
            return None
        errors = self._server().errors
        errors.raised_in_test(int(number))
        return errors.of(int(number))

    def _check(self, url: str, answer: Any) -> None:
        """Raise where a page of twill's is an error of the server."""
        raised = self._raised(answer.headers)
        if raised is not None:
            raise ServerRaisedError(url, answer.headers, io.BytesIO(answer.content), raised) from raised.error
        if answer.http_code >= 500 and self.raise_request_exception:
            raise urllib.error.HTTPError(url, answer.http_code, "the server failed", answer.headers, None)


@functools.lru_cache(maxsize=4)
def _opener(ca_file: str | None) -> urllib.request.OpenerDirector:
    # Never through a proxy that the environment names: the server is on this machine.
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting(ca_file))
    )
