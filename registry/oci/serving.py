"""The registry behind gunicorn's threads.

Why this one: it sends files from the kernel, passes on chunked bodies as they come, and its sockets can be given a time
limit. Workers are processes of several threads each; a slow client holds a thread, not a process.
"""

import contextlib
import ctypes
import os
import socket
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connections
from gunicorn.app.base import BaseApplication

from oci.worker import Worker

# Seconds without a byte of a body that is under way.
BODY_TIMEOUT = 60
_M_ARENA_MAX = -8  # of glibc's malloc.h


class Application(BaseApplication):
    """gunicorn, configured here and by its own options."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for key, value in self.options.items():
            if key in self.cfg.settings:  # a version may not have an option yet
                self.cfg.set(key, value)

    def load(self) -> Any:
        return wrapped(get_wsgi_application())


def wrapped(application: Any) -> Any:
    """The application with what only the server's socket can do: a time limit, and an end to refused bodies."""

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        connection: socket.socket | None = environ.get("gunicorn.socket")
        if connection is not None:
            connection.settimeout(BODY_TIMEOUT)
            environ["registry.close_input"] = lambda: _close_input(connection)
        return application(environ, start_response)

    return call


def serve(bind: list[str], workers: int, threads: int, **more: Any) -> None:
    """Run until it is told to stop."""
    connections.close_all()  # workers are forked from here
    _share_memory()
    options = {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": Worker,
        "keepalive": 75,
        "timeout": 120,
        "graceful_timeout": 30,
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: PTH112, S108
        "proc_name": "registry",
        "control_socket_disable": True,
        **more,
    }
    Application(options).run()


def _share_memory() -> None:
    """Let all threads of a worker allocate from one place.

    glibc gives each thread its own, and each keeps the pieces of the bodies that passed through it: three times the
    memory, and the same speed.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _close_input(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        return  # it is closed already
