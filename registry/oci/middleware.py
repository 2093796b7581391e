"""`oci.middleware.Watch`: knows the request under way, and tells what was answered."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponseBase

from oci import current

answered = Signal()  # request, response, seconds


class Watch:
    """The outermost middleware: what it does not see did not happen."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self):
            return self._acall(request)
        token, began = current.begin(request), time.perf_counter()
        try:
            response: HttpResponseBase = self.get_response(request)
            _tell(request, response, time.perf_counter() - began)
        finally:
            current.end(token)
        return response

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        token, began = current.begin(request), time.perf_counter()
        try:
            response: HttpResponseBase = await self.get_response(request)
            await sync_to_async(_tell)(request, response, time.perf_counter() - began)
        finally:
            current.end(token)
        return response


def _tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    # Django logs what a receiver raises; the answer is not theirs to change.
    answered.send_robust(sender=None, request=request, response=response, seconds=seconds)
