"""`database:VENDOR`: an alias of this vendor is configured."""

from __future__ import annotations

from typing import Any


def probe(vendor: str) -> str | None:
    """Look through the aliases. MariaDB is of the vendor `mysql` too, as Django has it."""
    from django.db import connections

    found: list[Any] = [connections[alias] for alias in connections]
    vendors = {connection.vendor for connection in found}
    if vendor == "mariadb":
        if any(connection.vendor == "mysql" and connection.mysql_is_mariadb for connection in found):
            return None
    elif vendor in vendors:
        return None
    known = ", ".join(sorted(vendors - {"unknown"})) or "none at all"
    return f"no such database is configured (there is {known})"
