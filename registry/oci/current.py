"""The request under way, for what is told of an event without being handed the request: logs, webhooks."""

from contextvars import ContextVar, Token

from django.http import HttpRequest

_request: ContextVar[HttpRequest | None] = ContextVar("oci_request", default=None)


def begin(request: HttpRequest) -> Token[HttpRequest | None]:
    """From here on this is the request. Returns what `end` takes."""
    return _request.set(request)


def end(token: Token[HttpRequest | None]) -> None:
    """It is answered."""
    _request.reset(token)


def request() -> HttpRequest | None:
    """The request that this code works for; None in a management command."""
    return _request.get()
