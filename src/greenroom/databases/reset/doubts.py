"""When only Django's own flush will do."""

from __future__ import annotations

from typing import Any

from django.core.management import get_commands
from django.core.management.commands import flush as flush_module

from greenroom.databases.reset.api import Doubt

_VENDORS = {"sqlite", "postgresql", "mysql"}
_OURS_TO_REPLACE = {
    "ops": ("sql_flush", "execute_sql_flush"),
    "introspection": ("django_table_names", "table_names", "get_table_list", "get_migratable_models"),
}


def check_command() -> None:
    """Raise `Doubt` where the project has a flush of its own, or has replaced a part of Django's."""
    if get_commands().get("flush") != "django.core":
        raise Doubt("the project has its own flush command")
    flush: Any = flush_module  # what it imports is what a project may replace
    parts = (flush.Command.handle, flush.sql_flush, flush.emit_post_migrate_signal)
    homes = ("django.core.management.commands.flush", "django.core.management.sql", "django.core.management.sql")
    for part, home in zip(parts, homes, strict=True):
        if getattr(part, "__module__", "") != home:
            raise Doubt("the project has replaced a part of Django's flush command")


def check_backend(connection: Any) -> None:
    """Raise `Doubt` where the backend flushes in a way of its own."""
    if connection.vendor not in _VENDORS:
        raise Doubt(f"flushing on {connection.vendor} is only known to its backend")
    for part, names in _OURS_TO_REPLACE.items():
        owner = getattr(connection, part)
        for name in names:
            home = getattr(getattr(type(owner), name, None), "__module__", "")
            if not home.startswith("django.db.backends.") or name in vars(owner):
                raise Doubt(f"the backend has its own {part}.{name}")


def check_state(connection: Any) -> None:
    """Raise `Doubt` where a test has left the connection in the middle of something."""
    if connection.in_atomic_block or connection.closed_in_transaction or connection.needs_rollback:
        raise Doubt("the test has left a transaction open")
    if not connection.get_autocommit():
        raise Doubt("the test has left autocommit off")
