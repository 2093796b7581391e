# ruff: noqa: RUF012
from __future__ import annotations

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    """Rows that a migration puts there."""
    country = apps.get_model("shop", "Country")
    country.objects.bulk_create([country(code="at", name="Austria"), country(code="no", name="Norway")])
    apps.get_model("shop", "Genre").objects.create(title="Poetry")


TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER watch_gone AFTER DELETE ON shop_watched BEGIN INSERT INTO raw_log(text) VALUES ('gone'); END",
        "CREATE TRIGGER watch_made AFTER INSERT ON shop_watched BEGIN INSERT INTO raw_log(text) VALUES ('made'); END",
    ],
    "mysql": [
        "CREATE TRIGGER watch_gone AFTER DELETE ON shop_watched FOR EACH ROW INSERT INTO raw_log(text) VALUES ('gone')",
        "CREATE TRIGGER watch_made AFTER INSERT ON shop_watched FOR EACH ROW INSERT INTO raw_log(text) VALUES ('made')",
    ],
    "postgresql": [
        """CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO raw_log(text) VALUES (TG_OP); RETURN NULL; END'""",
        "CREATE TRIGGER watch AFTER DELETE OR INSERT ON shop_watched FOR EACH ROW EXECUTE FUNCTION log_it()",
    ],
}
KEYS = {
    "sqlite": "integer PRIMARY KEY AUTOINCREMENT",
    "mysql": "integer PRIMARY KEY AUTO_INCREMENT",
    "postgresql": "serial PRIMARY KEY",
}


def without_models(apps: Any, schema_editor: Any) -> None:
    """What Django knows nothing of: tables, a view, triggers."""
    vendor = schema_editor.connection.vendor
    schema_editor.execute(f"CREATE TABLE raw_log (id {KEYS[vendor]}, text varchar(20) NOT NULL)", params=None)
    schema_editor.execute(f"CREATE TABLE legacy (id {KEYS[vendor]}, name varchar(20) NOT NULL)", params=None)
    schema_editor.execute("INSERT INTO legacy (name) VALUES ('old')", params=None)
    schema_editor.execute("CREATE VIEW genre_titles AS SELECT title FROM shop_genre", params=None)
    for statement in TRIGGERS[vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.RunPython(fill),
        migrations.RunPython(without_models, atomic=False),
    ]
