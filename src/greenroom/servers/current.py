"""The live servers of this process: one of each kind, started when the first test needs it."""

from __future__ import annotations

import atexit
import os
from typing import Any

from greenroom.errors import ConfigError, did_you_mean
from greenroom.running.ending import at_end
from greenroom.running.place import place, slot
from greenroom.servers.api import KINDS, Options
from greenroom.servers.base import Server

_running: dict[Options, Server] = {}
_owner = 0


def serve(kind: str | None = None, *, https: bool | None = None) -> Server:
    """The server of this process, started if it is the first time.

    Args:
        kind: threaded, cheroot or asgi; None: as the project is configured.
        https: whether it speaks HTTPS; None: as the project is configured.

    Raises:
        ServerStartError: it can't be started.
        MissingExtraError: what it is made of is not installed.
        ConfigError: there is no such kind.
    """
    global _owner  # noqa: PLW0603 - one of each process
    if _owner != os.getpid():
        # A forked child has none yet: those of its parent answer to the parent.
        _running.clear()
        _owner = os.getpid()
    options = chosen(kind, https)
    server = _running.get(options)
    if server is None:
        server = make(options)
        server.start()
        if not _running:
            at_end(stop_all)
            atexit.register(stop_all)
        _running[options] = server
    return server


def serve_for(owner: Any) -> Server:
    """The server that a test or class wants by its attributes `live_server` and `live_server_https`."""
    kind = getattr(owner, "live_server", None)
    return serve(kind if isinstance(kind, str) else None, https=getattr(owner, "live_server_https", None))


def running() -> list[Server]:
    """Those that have been started."""
    return list(_running.values()) if _owner == os.getpid() else []


def stop_all() -> None:
    """Stop them."""
    atexit.unregister(stop_all)
    for server in running():
        server.stop()
    _running.clear()


def chosen(kind: str | None, https: bool | None) -> Options:
    """What a server is made with: as asked for, else as configured, else as the project's settings have it."""
    from django.conf import settings

    config = place().config
    name: str = kind or config.live_server
    if name == "auto":
        name = "cheroot" if getattr(settings, "CHERRYPY_TEST_SERVER", False) else "threaded"
    if name not in KINDS:
        raise ConfigError(f"There is no live server {name!r}.", did_you_mean(name, KINDS))
    return Options(
        kind=name,
        https=config.https if https is None else https,
        address=getattr(settings, "LIVE_SERVER_ADDRESS", ""),
        port=_port(int(getattr(settings, "LIVE_SERVER_PORT", 0) or 0)),
        root=getattr(settings, "URL_ROOT_SERVER_ADDRESS", "") or "",
    )


def _port(port: int) -> int:
    """The port of this worker where the settings name one: the first worker has that one, each other the next."""
    return port + max(slot() - 1, 0) if port else 0


def make(options: Options) -> Server:
    """A server that has not been started."""
    match options.kind:
        case "threaded":
            from greenroom.servers.threaded import ThreadedServer

            return ThreadedServer(options)
        case "cheroot":
            from greenroom.servers.cheroot import CherootServer

            return CherootServer(options)
        case "asgi":
            from greenroom.servers.uvicorn import UvicornServer

            return UvicornServer(options)
