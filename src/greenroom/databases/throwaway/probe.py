"""Whether the configured server answers. A wrong password is an answer too."""

from __future__ import annotations

import re
import threading
from typing import Any

from greenroom.databases.throwaway.api import Settings
from greenroom.databases.throwaway.drivers import driver, kind_of

LIMIT = 2
"""Seconds that a server may take to answer; libpq takes no less."""

_NO_ANSWER = frozenset({2002, 2003, 2005, 2006, 2012, 2013})
"""What MySQL's and MariaDB's clients call it: no connection, an unknown host, a connection that was closed at once."""
_SAID_BY_THE_SERVER = re.compile(r"\w:  ")
"""PostgreSQL's messages have two spaces after their severity, in each language; libpq's own have one."""


def answers(settings: Settings) -> bool:
    """Whether a server answers where an alias looks for it, whatever it says.

    Args:
        settings: of an alias with PostgreSQL, MariaDB or MySQL.
    """
    if not _resolves(str(settings.get("HOST") or "")):
        return False
    if kind_of(settings) == "postgresql":
        return _postgresql_answers(settings)
    return _mysql_answers(settings)


def _resolves(hosts: str) -> bool:
    """Whether a host of this name is known in time; the drivers would wait for as long as the resolver does."""
    import socket

    names = [name for name in hosts.split(",") if name and name[0] not in "/@"]
    if not names:
        return True
    found: list[str] = []

    def look_up() -> None:
        for name in names:
            try:
                socket.getaddrinfo(name, None)
            except (OSError, UnicodeError):
                continue
            found.append(name)
            return

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(LIMIT)
    return bool(found) or len(names) < hosts.count(",") + 1


def _postgresql_answers(settings: Settings) -> bool:
    options = settings.get("OPTIONS") or {}
    given: dict[str, Any] = {key: options[key] for key in ("service", "hostaddr", "sslmode") if key in options}
    given |= {key: str(settings[key.upper()]) for key in ("host", "port") if settings.get(key.upper())}
    given["connect_timeout"] = LIMIT
    module = driver(settings)
    if module.__name__ == "psycopg":
        from psycopg import conninfo, pq

        said = pq.PGconn.ping(conninfo.make_conninfo("", **given).encode())
        return said in {pq.Ping.OK, pq.Ping.REJECT}
    # The older psycopg2 has no ping. With some password it is the server that refuses, not libpq; nor is TLS asked for.
    given |= {"user": settings.get("USER") or None, "password": settings.get("PASSWORD") or "none", "sslmode": "prefer"}
    try:
        module.connect(dbname="postgres", **given).close()
    except module.OperationalError as error:
        return bool(_SAID_BY_THE_SERVER.search(str(error)))
    return True


def _mysql_answers(settings: Settings) -> bool:
    options = settings.get("OPTIONS") or {}
    host = str(settings.get("HOST") or "")
    given: dict[str, Any] = {"unix_socket": host} if host.startswith("/") else {"host": host} if host else {}
    if settings.get("PORT"):
        given["port"] = int(settings["PORT"])
    given |= {"user": settings.get("USER") or "", "password": settings.get("PASSWORD") or ""}
    known = ("host", "port", "unix_socket", "read_default_file", "read_default_group", "ssl", "ssl_mode")
    given |= {key: options[key] for key in known if key in options}
    module = driver(settings)
    try:
        module.connect(connect_timeout=LIMIT, **given).close()
    except module.Error as error:
        return not (error.args and error.args[0] in _NO_ANSWER)
    return True
