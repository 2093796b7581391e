"""A live server on uvicorn: the project's ASGI application, with its lifespan and its websockets."""

from __future__ import annotations

import importlib.util
import logging
import socket
from collections.abc import Callable
from typing import Any

from greenroom.errors import MissingExtraError
from greenroom.servers.api import ServerStartError
from greenroom.servers.asgi_app import AsgiApplication
from greenroom.servers.base import Server

_STOP_SECONDS = 1
_LOGGER = "uvicorn.error"


class UvicornServer(Server):
    """uvicorn in a thread, with an event loop of its own."""

    def _prepare(self, listening: socket.socket) -> Callable[[], None]:
        try:
            import uvicorn
        except ImportError:
            raise MissingExtraError(
                "The live server uvicorn is not installed.", "Install it: pip install 'greenroom[asgi]'"
            ) from None
        outer = self
        file = self.certificate.file if self.certificate else None
        application = AsgiApplication(self.flights, self.errors)
        try:
            application.project()
        except ImportError as error:
            raise ServerStartError(f"ASGI_APPLICATION can't be imported: {error}") from error
        config = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            lifespan="auto",
            ws=_websockets(),
            ssl_certfile=file,
            ssl_keyfile=file,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )

        class InThread(uvicorn.Server):
            """Says when it is ready."""

            async def startup(self, *args: Any, **kwargs: Any) -> None:
                await super().startup(*args, **kwargs)
                outer._started()

        self._httpd = InThread(config)
        logging.getLogger(_LOGGER).addFilter(_is_news)

        def serve() -> None:
            try:
                self._httpd.run(sockets=[listening])
            except SystemExit:
                raise ServerStartError("The application's lifespan failed.", application.lifespan_trouble) from None

        return serve

    def _end(self) -> None:
        self._httpd.should_exit = True
        logging.getLogger(_LOGGER).removeFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """What the project raises has been recorded, and is told with the failure of its test."""
    return not str(record.msg).startswith("Exception in ASGI application")


def _websockets() -> Any:
    """Of uvicorn's ways to do websockets, the one that does not use what websockets has deprecated."""
    if importlib.util.find_spec("uvicorn.protocols.websockets.websockets_sansio_impl"):
        return "websockets-sansio" if importlib.util.find_spec("websockets") else "auto"
    return "auto"
