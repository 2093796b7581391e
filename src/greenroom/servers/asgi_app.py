"""The ASGI application that uvicorn serves: the project's own, with its files in front of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.utils.module_loading import import_string

from greenroom.servers import files
from greenroom.servers.api import ERROR_HEADER
from greenroom.servers.errors import ErrorLog
from greenroom.servers.flights import CURRENT, Flight, Flights
from greenroom.servers.sharing.threads import enter_thread, leave_thread
from greenroom.servers.wsgi_app import TOO_LATE

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

GOING_AWAY = 1001
"""The code of a websocket that is closed because its test is over (RFC 6455, section 7.4.1)."""


class AsgiApplication:
    """The project as an ASGI application.

    Args:
        flights: the requests under way.
        errors: where exceptions go.
    """

    def __init__(self, flights: Flights, errors: ErrorLog) -> None:
        self._flights, self._errors = flights, errors
        self._handler: Any = None
        self._made_with: list[str] = []
        self.lifespan_trouble = ""
        """What the application said when it would not start."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        web = scope["type"] == "http"
        query = scope.get("query_string", b"").decode("latin-1")
        path = f"{scope['path']}?{query}" if query else scope["path"]
        flight = self._flights.enter(scope["method"] if web else "WEBSOCKET", path)
        if flight is None:
            await _turn_away(web, send)
            return
        flight.log, flight.task = self._errors, asyncio.current_task()
        token = CURRENT.set(flight)
        try:
            if web and await _send_file(scope, send):
                return
            if not web:
                receive, send = _until_over(flight, receive, send)
            await self._answer(flight, scope, receive, self._marked(flight, send))
        finally:
            CURRENT.reset(token)
            self._flights.leave(flight)

    async def _answer(self, flight: Flight, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        # What the project does in threads it does in one thread, which is this request's own.
        async with ThreadSensitiveContext():
            try:
                await sync_to_async(_enter)(flight)
                await self.project()(scope, receive, send)
            except Exception as error:
                self._errors.record(flight, error)
                raise
            finally:
                await sync_to_async(leave_thread)()

    def project(self) -> Any:
        """What `ASGI_APPLICATION` names; else Django's handler, another one where a test overrides the middleware.

        Raises:
            ImportError: `ASGI_APPLICATION` names nothing.
        """
        named = getattr(settings, "ASGI_APPLICATION", None)
        if named:
            return import_string(named)
        if self._handler is None or self._made_with != settings.MIDDLEWARE:
            self._made_with = list(settings.MIDDLEWARE)
            self._handler = ASGIHandler()
        return self._handler

    def _marked(self, flight: Flight, send: Send) -> Send:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start" and flight.raised:
                self._errors.answered(flight, message["status"])
                mark = (ERROR_HEADER.lower().encode(), str(flight.number).encode())
                message = {**message, "headers": [*message.get("headers", ()), mark]}
            await send(message)

        return marked

    async def _lifespan(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        async def listening(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                self.lifespan_trouble = message.get("message", "")
            await send(message)

        # An application that raises has no lifespan, says ASGI; Django's own is one of these.
        async with ThreadSensitiveContext():
            try:
                await self.project()(scope, receive, listening)
            finally:
                await sync_to_async(leave_thread)()


def _enter(flight: Flight) -> None:
    flight.thread = threading.get_ident()
    enter_thread()


async def _turn_away(web: bool, send: Send) -> None:
    if not web:
        await send({"type": "websocket.close", "code": GOING_AWAY})
        return
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(TOO_LATE)).encode())]
    await send({"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE.value, "headers": headers})
    await send({"type": "http.response.body", "body": TOO_LATE})


async def _send_file(scope: dict[str, Any], send: Send) -> bool:
    named = {name.lower(): value for name, value in scope["headers"]}

    def header(name: str) -> str | None:
        value = named.get(name.lower().encode())
        return None if value is None else value.decode("latin-1")

    file = await asyncio.to_thread(files.answer, scope["method"], scope["path"], header)
    if file is None:
        return False
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in file.headers]
    await send({"type": "http.response.start", "status": file.status.value, "headers": headers})
    blocks = file.blocks()
    while block := await asyncio.to_thread(next, blocks, b""):
        await send({"type": "http.response.body", "body": block, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return True


def _until_over(flight: Flight, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """A websocket may stay open for ever: it is closed when its test is over, and its application told so."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    closed = False

    def hang_up() -> None:
        loop.call_soon_threadsafe(over.set)

    async def receiving() -> Message:
        nonlocal closed
        message = asyncio.ensure_future(receive())
        end = asyncio.ensure_future(over.wait())
        try:
            await asyncio.wait({message, end}, return_when=asyncio.FIRST_COMPLETED)
            if message.done():
                return message.result()
        finally:
            message.cancel()
            end.cancel()
        if not closed:
            closed = True
            await send({"type": "websocket.close", "code": GOING_AWAY})
        return {"type": "websocket.disconnect", "code": GOING_AWAY}

    async def sending(message: Message) -> None:
        nonlocal closed
        if closed:
            return
        closed = message["type"] == "websocket.close"
        await send(message)

    flight.hang_up = hang_up
    return receiving, sending
