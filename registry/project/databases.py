"""A database's settings from one address: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# Eight writers on SQLite's defaults lose a quarter of their transactions to "database is locked". With a write-ahead
# log readers never wait; with IMMEDIATE a transaction queues for the lock when it begins, where waiting is possible.
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
}


def database(address: str) -> dict[str, Any]:
    """The value of `DATABASES["default"]`. Raises ImproperlyConfigured for a scheme that is not known."""
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        # Three slashes and a relative path, four and an absolute one, as elsewhere.
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path.removeprefix("/")),
            "OPTIONS": dict(SQLITE),
            "CONN_MAX_AGE": None,
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(f"REGISTRY_DATABASE must begin with sqlite:// or postgresql://, not {parts.scheme!r}")
