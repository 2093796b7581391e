"""What the tests of private servers share."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

from greenroom.databases.throwaway import Server
from greenroom.databases.throwaway.drivers import driver

ENGINES = {"postgresql": "django.db.backends.postgresql", "mariadb": "django.db.backends.mysql"}
NOWHERE = 1
"""A port of this machine on which nothing listens (tcpmux)."""

Ensure = Callable[..., Server]
Run = Callable[..., "subprocess.Popen[str]"]


def settings_for(kind: str, **more: Any) -> dict[str, Any]:
    """The settings of an alias whose server is not there."""
    settings = {"ENGINE": ENGINES[kind], "NAME": "shop", "USER": "shopper", "PASSWORD": "it's \\ secret"}
    return {**settings, "HOST": "127.0.0.1", "PORT": str(NOWHERE), **more}


def connected(settings: dict[str, Any], name: str = "") -> Any:
    """A connection as Django's backend opens it for an alias.

    Args:
        settings: of the alias.
        name: of the database, instead of that of the settings.
    """
    from django.db.utils import ConnectionHandler

    settings = {**settings, "NAME": name or settings["NAME"]}
    if settings["ENGINE"] == ENGINES["mariadb"]:
        parameters = ConnectionHandler({"default": settings})["default"].get_connection_params()
        connection = driver(settings).connect(**parameters)
        connection.autocommit(True)
        return connection
    # Django's own parameters ask for settings, which the tests of this process do not share.
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    parameters = {name: settings[key] for name, key in named.items()}
    connection = driver(settings).connect(**parameters, **settings.get("OPTIONS", {}))
    connection.autocommit = True
    return connection


def asked(connection: Any, question: str) -> Any:
    """The one value that a query gives."""
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def eventually(what: Callable[[], object], seconds: float = 20) -> bool:
    """Whether something comes true; waited for rather than timed."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def kill(pid: int) -> None:
    """As the system does when memory runs out."""
    os.kill(pid, signal.SIGKILL)
