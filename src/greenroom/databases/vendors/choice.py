"""Which vendor a connection has, or why none."""

from __future__ import annotations

from typing import Any

from greenroom.databases.vendors.api import Vendor

_OWN = {
    "django.db.backends.sqlite3.creation": "sqlite",
    "django.contrib.gis.db.backends.spatialite.creation": "",
    "django.db.backends.postgresql.creation": "postgresql",
    "django.contrib.gis.db.backends.postgis.creation": "",
    "django.db.backends.mysql.creation": "mysql",
}
"""The modules of the `DatabaseCreation` classes that are known here."""


def vendor_of(connection: Any) -> Vendor | str:
    """What makes the databases of a connection; or, in words, why that is left to Django."""
    kind = type(connection.creation)
    known = _OWN.get(kind.__module__, "") if kind.__name__ == "DatabaseCreation" else ""
    template = connection.settings_dict["TEST"].get("TEMPLATE")
    if known == "sqlite":
        from greenroom.databases.vendors.sqlite import SQLite

        return SQLite(connection)
    if known == "postgresql":
        if template not in {None, "", "template0", "template1"}:
            return f"it is made from the template {template}, of which nobody knows when it changes"
        from greenroom.databases.vendors.postgresql import PostgreSQL

        return PostgreSQL(connection)
    if known == "mysql":
        if not _is_mariadb(connection):
            return "MySQL keeps no comment on a database by which to know it again"
        from greenroom.databases.vendors.mariadb import MariaDB

        return MariaDB(connection)
    return f"its backend makes databases in its own way ({kind.__module__}.{kind.__name__})"


def _is_mariadb(connection: Any) -> bool:
    # Not `connection.mysql_is_mariadb`: that connects to the project's own database, which need not be there.
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        return "mariadb" in str(cursor.fetchone()[0]).lower()
