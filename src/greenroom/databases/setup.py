"""The parts of `create_test_db()` and its kin that stay as they are in Django: what is printed, and what is set."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings


def announce(creation: Any, name: str, verbosity: int, *, keepdb: bool) -> None:
    """Say that a test database is made, in Django's words."""
    if verbosity < 1:
        return
    shown = creation._get_database_display_str(verbosity, name)
    creation.log(f"{'Using existing' if keepdb else 'Creating'} test database for alias {shown}...")
    if not keepdb and creation.connection.vendor == "sqlite" and not creation.is_in_memory_db(name):
        # Django says so whether there is an old one or not.
        creation.log(f"Destroying old test database for alias {shown}...")


def announce_clone(creation: Any, source: str, verbosity: int, *, keepdb: bool) -> None:
    """Say that the database of a worker is made."""
    if verbosity >= 1:
        shown = creation._get_database_display_str(verbosity, source)
        creation.log(f"{'Using existing clone' if keepdb else 'Cloning test database'} for alias {shown}...")


def announce_end(creation: Any, name: str, verbosity: int) -> None:
    """Say that a test database goes."""
    if verbosity >= 1:
        creation.log(f"Destroying test database for alias {creation._get_database_display_str(verbosity, name)}...")


def point_to(connection: Any, name: str) -> None:
    """Have a connection, and those of other threads, use a test database from now on."""
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = name
    connection.settings_dict["NAME"] = name


def restore_name(connection: Any, name: str | None) -> None:
    """Give a connection its own database back."""
    if name is not None:
        settings.DATABASES[connection.alias]["NAME"] = name
        connection.settings_dict["NAME"] = name


def finish(creation: Any) -> None:
    """The end of `create_test_db()`: connect, as that has side effects of its own in some backends."""
    creation.connection.ensure_connection()
    if os.environ.get("RUNNING_DJANGOS_TEST_SUITE") == "true":
        creation.mark_expected_failures_and_skips()
