"""What the ASGI server does beyond the others: the project's application, its lifespan, its websockets."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from greenroom.servers.api import Options, ServerStartError
from greenroom.servers.uvicorn import UvicornServer
from tests.servers.clients import ask

if TYPE_CHECKING:
    from collections.abc import Iterator


class Application:
    """An application with all that ASGI has, which writes down what happened to it."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.fails = False

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await getattr(self, scope["type"])(scope, receive, send)

    async def lifespan(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Start and stop."""
        await receive()
        if self.fails:
            await send({"type": "lifespan.startup.failed", "message": "no oil"})
            return
        scope["state"]["ready"] = "yes"
        self.events.append("started")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.events.append("stopped")
        await send({"type": "lifespan.shutdown.complete"})

    async def http(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Say whether the lifespan has begun."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["state"]["ready"].encode()})

    async def websocket(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Echo, until the other side goes."""
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            if message["text"] == "raise":
                raise ValueError("the socket broke")
            await send({"type": "websocket.send", "text": message["text"] * 2})
        self.events.append(f"left with {message['code']}")


@pytest.fixture
def application(project: None) -> Iterator[Application]:
    """What `ASGI_APPLICATION` names."""
    module: Any = ModuleType("served_asgi")
    module.application = Application()
    sys.modules["served_asgi"] = module
    with override_settings(ASGI_APPLICATION="served_asgi.application"):
        yield module.application
    del sys.modules["served_asgi"]


@pytest.fixture
def server(application: Application) -> Iterator[UvicornServer]:
    """A server with that application."""
    made = UvicornServer(Options("asgi"))
    made.start()
    yield made
    made.stop()


def test_the_application_has_its_lifespan(server: UvicornServer, application: Application) -> None:
    """It is started before the first request and stopped with the server."""
    assert application.events == ["started"]
    assert ask(server, "GET", "/")[2] == b"yes"
    server.stop()
    assert application.events == ["started", "stopped"]


def test_files_are_served_in_front_of_it(server: UvicornServer) -> None:
    """Static files need no help of the application's."""
    assert ask(server, "GET", "/static/style.css")[2] == b"body { color: green }"


def test_a_websocket_echoes(server: UvicornServer, application: Application) -> None:
    """Messages come and go, and when its test is over the socket is closed and the application told."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed

    async def talk() -> Any:
        async with connect(server.url.replace("http", "ws", 1) + "/echo/", proxy=None) as socket:
            for text in ("a", "b" * 100_000):
                await socket.send(text)
                assert await socket.recv() == text * 2
            stuck = await asyncio.to_thread(server.flights.drain, 20)
            assert stuck == []
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            return closed.value.rcvd.code

    assert asyncio.run(talk()) == 1001
    assert "left with 1001" in application.events


def test_what_a_websocket_raises_is_recorded(server: UvicornServer) -> None:
    """An exception in a websocket is told like that of any request."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with connect(server.url.replace("http", "ws", 1) + "/echo/?a=1", proxy=None) as socket:
        socket.send("raise")
        with pytest.raises(ConnectionClosed):
            socket.recv(20)
    assert server.flights.drain(20) == []
    assert [(error.line, str(error.error)) for error in server.errors] == [
        ("WEBSOCKET /echo/?a=1 → no answer", "the socket broke")
    ]


def test_an_application_that_would_not_start_is_an_error(application: Application) -> None:
    """What the application says is in the error; no thread and no port is left."""
    application.fails = True
    with pytest.raises(ServerStartError, match="no oil"):
        UvicornServer(Options("asgi")).start()


@override_settings(ASGI_APPLICATION="served_nowhere.application")
def test_an_application_that_is_not_there_is_an_error(project: None) -> None:
    """A name that leads nowhere is told with the setting that has it."""
    with pytest.raises(ServerStartError, match=r"ASGI_APPLICATION can't be imported: .*served_nowhere"):
        UvicornServer(Options("asgi")).start()
