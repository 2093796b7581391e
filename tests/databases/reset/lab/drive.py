"""Runs the bodies one after the other, and prints what each left behind: `python -m tests.databases.reset.lab.drive stock|compat|baseline`."""

from __future__ import annotations

import json
import sys
import unittest
from contextlib import ExitStack
from typing import Any

import django


def table_rows(alias: str) -> dict[str, list[str]]:
    """All rows of all tables, each as one line; ids of content types and permissions by what they stand for."""
    from django.db import connections

    connection = connections[alias]
    found = {}
    with connection.cursor() as cursor:
        names: dict[str, dict[Any, Any]] = {}
        cursor.execute("SELECT id, app_label, model FROM django_content_type")
        names["content_type_id"] = {row[0]: ".".join(row[1:]) for row in cursor.fetchall()}
        names["item_type_id"] = names["content_type_id"]
        tables = connection.introspection.table_names(cursor)
        if "auth_permission" in tables:
            cursor.execute("SELECT id, codename, content_type_id FROM auth_permission")
            rows = cursor.fetchall()
            names["permission_id"] = {row[0]: (row[1], names["content_type_id"].get(row[2])) for row in rows}
        for table in sorted(tables):
            if table == "django_migrations":
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            lines = []
            for row in cursor.fetchall():
                shown = {
                    name: names[name].get(value, "gone") if name in names and value is not None else value
                    for name, value in zip(columns, row, strict=True)
                }
                if table in {"django_content_type", "auth_permission"}:
                    shown.pop("id")
                shown.pop("made", None)
                lines.append(repr(sorted(shown.items())))
            found[table] = sorted(lines)
    return found


def sequences(alias: str) -> dict[str, Any]:
    """The next value of each sequence, except those of content types and permissions."""
    from django.db import connections

    connection = connections[alias]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # A table that was never written to may be here with 0, or not at all: its next key is 1 in both cases.
            cursor.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0")
            rows = cursor.fetchall()
        elif connection.vendor == "postgresql":
            cursor.execute("SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'")
            rows = cursor.fetchall()
        else:
            rows = []
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SHOW CREATE TABLE {connection.ops.quote_name(table)}")
                text = cursor.fetchone()[1]
                number = text.partition("AUTO_INCREMENT=")[2].split(" ")[0] or "0"
                rows.append((table, int(number) if number.isdigit() else 0))
    return {
        name: value
        for name, value in rows
        if not name.startswith(("django_content_type", "auth_permission")) and name != "django_migrations"
    }


def lookups(alias: str) -> dict[str, Any]:
    """How many queries look-ups of types, permissions and the site need now."""
    from django.apps import apps
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.sites.models import Site
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    found: dict[str, Any] = {}
    with CaptureQueriesContext(connections[alias]) as queries:
        for model in apps.get_models():
            before = len(queries)
            try:
                ContentType.objects.db_manager(alias).get_by_natural_key(*model._meta.label_lower.split("."))
            except Exception as error:
                found[f"{model._meta.label} failed"] = type(error).__name__
            found[model._meta.label] = len(queries) - before
        if alias == "default":
            before = len(queries)
            try:
                found["site name"] = Site.objects.get_current().name
            except Site.DoesNotExist:
                found["site name"] = None
            found["site"] = len(queries) - before
    return found


def leave_transaction(connection: Any) -> None:
    """End what a test has left open, so that the next finds the connection in order."""
    connection.atomic_blocks.clear()
    connection.savepoint_ids.clear()
    if connection.closed_in_transaction:
        connection.connection = None
    connection.in_atomic_block = connection.needs_rollback = connection.closed_in_transaction = False
    if connection.connection is not None:
        connection.rollback()
        connection.set_autocommit(True)
    connection.close()


def state(alias: str) -> dict[str, Any]:
    """Everything about one database that a test can see."""
    return {"rows": table_rows(alias), "sequences": sequences(alias), "lookups": lookups(alias)}


def test_case(name: str) -> unittest.TestCase:
    """A TransactionTestCase around one body."""
    from django.test import TransactionTestCase

    from tests.databases.reset.lab.bodies import BODIES

    function, attributes = BODIES[name]
    members = {**attributes, "test": lambda _: function()}
    case: type[TransactionTestCase] = type(name, (TransactionTestCase,), members)
    return case("test")


def run(names: list[str], reports: list[Any]) -> list[dict[str, Any]]:
    """Run bodies, and tell of each what it raised, which receivers were called, and what it left."""
    from django.db import connections

    from tests.databases.reset.lab.shop import apps as shop

    found = []
    for name in names:
        shop.CALLS.clear()
        reports.clear()
        result = unittest.TestResult()
        unittest.TestSuite([test_case(name)]).run(result)
        shop.FAIL.clear()
        states = {}
        for alias in connections:
            leave_transaction(connections[alias])
            states[alias] = state(alias)
            connections[alias].close()
        found.append(
            {
                "name": name,
                "errors": [text.strip().splitlines()[-1] for _, text in result.errors + result.failures],
                "calls": list(shop.CALLS),
                "states": states,
                "how": [[report.alias, report.how, report.why] for report in reports],
            }
        )
    return found


def play() -> dict[str, str]:
    """Play all scenes of this vendor; by name, what went wrong."""
    import traceback

    from django.db import connection

    from tests.databases.reset.lab.scenes import SCENES

    found = {}
    for name, (function, vendors) in SCENES.items():
        if connection.vendor in vendors:
            try:
                function()
            except Exception:
                found[name] = traceback.format_exc()
                leave_transaction(connection)
            else:
                found[name] = ""
    return found


def main() -> None:
    """Make the databases, run what the arguments name, and print it all as JSON."""
    policy = sys.argv[1]
    names = sys.argv[2:]
    django.setup()
    from django.test.runner import DiscoverRunner
    from django.test.utils import setup_test_environment

    from tests.databases.reset.lab.bodies import BODIES

    setup_test_environment()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    before = runner.setup_databases(aliases={"default", "other"}, serialized_aliases={"default"})
    reports: list[Any] = []
    ran: Any
    with ExitStack() as stack:
        stack.callback(runner.teardown_databases, before)
        if policy in {"compat", "baseline"}:
            from greenroom.databases.reset import Policy, installed

            resets = stack.enter_context(installed(Policy(reset=policy, report=reports.append)))  # type: ignore[arg-type]
            resets.prepare(["default", "other"])
        if policy == "scenes":
            print(json.dumps(play()))
            return
        ran = [{"name": "", "states": {alias: state(alias) for alias in ("default", "other")}}]
        ran += run(names or list(BODIES), reports)
    print(json.dumps(ran, default=repr))


if __name__ == "__main__":
    main()
