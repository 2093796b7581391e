"""Addresses of Redis databases.

Those of redis-py: `redis://HOST:PORT/DB`, `rediss://…` and `unix://PATH?db=DB`. Those of kombu and Celery for a socket:
`redis+socket://PATH?virtual_host=DB`.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

_CERTAIN = ("redis://", "rediss://", "redis+socket://")
_OF_A_SERVER = ("db", "virtual_host", "username", "password", "user", "pass")


def is_redis(text: str, *, unix: bool = False) -> bool:
    """Whether a text is the address of a Redis, or several with commas or semicolons between them.

    Args:
        text: of a setting.
        unix: whether `unix://` counts, which other programs use too.
    """
    schemes = (*_CERTAIN, "unix://") if unix else _CERTAIN
    parts = [part.strip() for part in re.split("[;,]", text)]
    return all(part.startswith(schemes) for part in parts)


def database_of(url: str) -> int:
    """The number of the database that an address names; 0 where it names none."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    named = query.get("db") or query.get("virtual_host") or ""
    if not named and parts.scheme in {"redis", "rediss"}:
        named = parts.path.strip("/")
    return int(named) if named.isdigit() else 0


def on_socket(path: str, database: int, like: str, *, kombu: bool) -> str:
    """The address of a database of a server on a socket.

    Args:
        path: of the socket.
        database: its number.
        like: an address whose options (`socket_timeout=1`) are kept, but for those of the server that it names.
        kombu: whether it is for Celery or kombu.
    """
    kept = [
        (key, value)
        for key, value in parse_qsl(urlsplit(like).query)
        if key not in _OF_A_SERVER and not key.startswith("ssl")
    ]
    scheme, key = ("redis+socket", "virtual_host") if kombu else ("unix", "db")
    return f"{scheme}://{quote(path)}?{urlencode([(key, str(database)), *kept])}"


def with_database(url: str, database: int, *, kombu: bool) -> str:
    """An address with another database.

    Args:
        url: of the server.
        database: its number.
        kombu: whether it is for Celery or kombu.
    """
    parts = urlsplit(url)
    if parts.scheme in {"unix", "redis+socket"}:
        query = [(key, value) for key, value in parse_qsl(parts.query) if key not in {"db", "virtual_host"}]
        scheme, key = ("redis+socket", "virtual_host") if kombu else ("unix", "db")
        return _joined(parts._replace(scheme=scheme, query=urlencode([(key, str(database)), *query])))
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "db"]
    return _joined(parts._replace(path=f"/{database}", query=urlencode(query)))


def without_secrets(url: str) -> str:
    """An address as it may be printed."""
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in {"password", "pass"}]
    return _joined(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=urlencode(query)))


def _joined(parts: SplitResult) -> str:
    # Not urlunsplit(): it leaves out the slashes of schemes that it does not know.
    return f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")
