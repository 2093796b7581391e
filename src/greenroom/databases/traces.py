"""What Django finds out about a database when it migrates or checks, and keeps in the process.

A test that may not query finds it there under stock Django. A database that was restored was not migrated, and checks may
run in another process.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.db import connections


def leave_traces(aliases: Iterable[str]) -> None:
    """Ask each database what fields' checks ask it.

    Args:
        aliases: of databases that are ready.
    """
    for alias in aliases:
        connection = connections[alias]
        with suppress(Exception):
            connection.validation.check()
        with suppress(Exception):
            _ = connection.features.supports_json_field
