"""What generated migrations refer to by import path: managers, mixins, fields, operations, functions."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models, transaction

LOG: list[Any] = []
"""What functions of migrations saw."""


class Mixin:
    """A base that is no model."""

    def shout(self) -> str:
        """A method that historical models have too."""
        return "!"


class KeptManager(models.Manager):  # type: ignore[type-arg]
    """A manager that historical models have too."""

    use_in_migrations = True


class UpperField(models.CharField):  # type: ignore[type-arg]
    """A project's own field."""


class OwnForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A project's own relation."""


class NoteTable(migrations.operations.base.Operation):
    """An operation that asks states for more than Django's own do."""

    reduces_to_sql = False

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """It changes a model's options in place."""
        model = state.models[app_label, self.model_name.lower()]
        model.options["verbose_name"] = f"noted {self.model_name}"
        state.reload_model(app_label, self.model_name.lower())

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """It looks at relations, names and classes of both states."""
        old = from_state.apps.get_model(app_label, self.model_name)
        new = to_state.apps.get_model(app_label, self.model_name)
        LOG.append((type(to_state.apps).__name__, old._meta.verbose_name, new._meta.verbose_name))
        LOG.append(sorted(str(related.get_accessor_name()) for related in new._meta.related_objects))
        LOG.append(sorted(model._meta.label for model in to_state.apps.get_models()))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Nothing."""


class OwnMigration(migrations.Migration):
    """A migration that applies itself in its own way."""

    def apply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        """It looks at all models before."""
        LOG.append((type(project_state.apps).__name__, len(project_state.apps.get_models())))
        return super().apply(project_state, schema_editor, collect_sql)


class CountedAddField(migrations.AddField):
    """An operation whose state is Django's, but whose work in the database is not."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """It looks at all models."""
        LOG.append(len(to_state.apps.get_models()))
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class Documented(migrations.AddField):
    """An operation that looks at states as Django's does."""

    def describe(self) -> str:
        """Something else."""
        return "Documented"


def fill(apps: Any, schema_editor: Any) -> None:
    """Make a row in every table, and note what relations from other models there are and what they lead to."""
    alias = schema_editor.connection.alias
    for model in sorted(apps.get_models(), key=lambda model: str(model._meta.label)):
        LOG.append((model._meta.label, sorted(name for name in vars(model) if not name.startswith("__"))))
        if not model._meta.managed:
            continue
        try:
            with transaction.atomic(alias):
                row = model._base_manager.using(alias).create()
                related = sorted(model._meta.related_objects, key=str)
                LOG.extend((other.get_accessor_name(), _behind(row, other)) for other in related)
        except Exception as error:  # A table of a relation that is not managed: the same for both.
            LOG.append((model._meta.label, type(error).__name__))


def _behind(row: Any, other: Any) -> Any:
    name = other.get_accessor_name()
    if name is None:
        return None
    return str(getattr(row, name, None)) if other.one_to_one else getattr(row, name).count()


def touch(apps: Any, schema_editor: Any) -> None:
    """Change rows by way of a relation that another model has to the one that is asked for."""
    alias = schema_editor.connection.alias
    names = {model._meta.label for model in apps.get_models()}
    LOG.append(sorted(names))
    if "one.Hub" in names:
        hub = apps.get_model("one", "Hub")
        for related in sorted(hub._meta.related_objects, key=str):
            if not related.hidden:
                query = {f"{related.name}__isnull": True}
                LOG.append((related.name, hub._base_manager.using(alias).filter(**query).distinct().count()))
