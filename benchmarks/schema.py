"""Generated projects with a large migrated schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.projects import Project, class_source, write_project

if TYPE_CHECKING:
    from pathlib import Path

APPS = 20
MODELS = 10
"""Models in each app; each refers to the one before it, and the first to the last one of the app before."""
ALTERATIONS = 7
"""Migrations in each app after the first one; each adds a field to two of the models."""

SETTINGS = """
import os

SECRET_KEY = "benchmarks"
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sites",
    *(f"app{number:02}" for number in range(%d)),
]
SITE_ID = 1
DATABASES = {"default": %s}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = []
ROOT_URLCONF = "urls"
USE_TZ = True
"""
IN_MEMORY = '{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}'
IN_A_FILE = (
    '{"ENGINE": "django.db.backends.sqlite3", "NAME": "real.sqlite3", "TEST": {"NAME": os.environ["BENCHMARK_DB"]}}'
)
ON_POSTGRESQL = (
    '{"ENGINE": "django.db.backends.postgresql", "NAME": "bench", "USER": "bench", "PASSWORD": "bench",'
    ' "HOST": os.environ.get("BENCHMARK_PG", "/nowhere")}'
)


def make_schema_project(root: Path, database: str, modules: dict[str, str], tests: int) -> Project:
    """Write a project of `APPS` × `MODELS` tables and `APPS` × (1 + `ALTERATIONS`) migrations.

    Args:
        root: a folder, made when it is not there.
        database: the settings of its database, as source.
        modules: the sources of its test modules, by file name.
        tests: how many tests they have.
    """
    project = write_project(root, modules, tests)
    files = {"settings.py": SETTINGS % (APPS, database)}
    for app in range(APPS):
        files |= _app(app)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    return project


def committing_tests(count: int) -> str:
    """A module with so many tests that commit three rows."""
    line = "[Model3.objects.create(name=str(number), parent=None) for number in range(3)]"
    header = "from django.test import TransactionTestCase\n\nfrom app03.models import Model3"
    return f"{header}\n\n\n{class_source('Commits', 'TransactionTestCase', count, lambda _: line)}"


def _parent(app: int, model: int) -> str | None:
    if model:
        return f"app{app:02}.Model{model - 1}"
    return f"app{app - 1:02}.Model{MODELS - 1}" if app else None


def _fields(app: int, model: int) -> list[tuple[str, str]]:
    fields = [("name", "models.CharField(max_length=50, db_index=True)")]
    parent = _parent(app, model)
    if parent:
        fields.append(("parent", f"models.ForeignKey({parent!r}, models.CASCADE, null=True)"))
    else:
        fields.append(("parent", "models.IntegerField(null=True)"))
    return fields


def _added(alteration: int) -> list[tuple[int, str, str]]:
    """Model, name and source of the fields that a migration adds."""
    return [
        (model, f"extra{alteration}", "models.IntegerField(default=0)")
        for model in (alteration % MODELS, (alteration + 5) % MODELS)
    ]


def _app(app: int) -> dict[str, str]:
    name = f"app{app:02}"
    models = ["from django.db import models"]
    for model in range(MODELS):
        fields = _fields(app, model)
        fields += [
            (field, source) for number in range(ALTERATIONS) for of, field, source in _added(number) if of == model
        ]
        lines = [f"    {field} = {source}" for field, source in fields]
        models.append("\n".join([f"class Model{model}(models.Model):", *lines]))
    files = {
        f"{name}/__init__.py": "",
        f"{name}/models.py": "\n\n\n".join(models) + "\n",
        f"{name}/migrations/__init__.py": "",
        f"{name}/migrations/0001_initial.py": _initial(app),
    }
    for number in range(ALTERATIONS):
        files[f"{name}/migrations/{number + 2:04}_more.py"] = _alteration(app, number)
    return files


_MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = {dependencies!r}
    operations = [
{operations}
    ]
"""


def _initial(app: int) -> str:
    operations = []
    for model in range(MODELS):
        key = '("id", models.BigAutoField(primary_key=True, serialize=False))'
        fields = ", ".join([key, *(f'("{field}", {source})' for field, source in _fields(app, model))])
        operations.append(f'        migrations.CreateModel("Model{model}", [{fields}]),')
    last = ALTERATIONS + 1
    dependencies = [(f"app{app - 1:02}", f"{last:04}_more")] if app else []
    return _MIGRATION.format(dependencies=dependencies, operations="\n".join(operations))


def _alteration(app: int, number: int) -> str:
    before = "0001_initial" if number == 0 else f"{number + 1:04}_more"
    operations = [
        f'        migrations.AddField("model{model}", "{field}", {source}),' for model, field, source in _added(number)
    ]
    return _MIGRATION.format(dependencies=[(f"app{app:02}", before)], operations="\n".join(operations))
