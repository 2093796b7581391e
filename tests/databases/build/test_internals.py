"""Where Django, or what stands in its place, is not as expected, migrations run as stock runs them."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.core.management.commands import migrate as command
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.backends.sqlite3.schema import DatabaseSchemaEditor
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import AddField, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.state import ModelState, ProjectState

from greenroom.databases.build import fast_migrations
from greenroom.databases.build.executor import FastExecutor
from greenroom.databases.build.internals import foreign_editor, unexpected
from greenroom.databases.build.operations import needs_eager


def test_django_is_as_expected() -> None:
    """In each environment that the tests run in; the names that are replaced are put back."""
    before = vars(command).copy()
    with fast_migrations(lambda alias: None) as report:
        assert report.slow == ""
        assert issubclass(command.MigrationExecutor, FastExecutor)  # type: ignore[attr-defined]
    assert vars(command) == before


def test_an_unknown_django(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later one may do things in another way."""
    monkeypatch.setattr(django, "VERSION", (7, 0, 0, "final", 0))
    with fast_migrations() as report:
        assert "is not known" in report.slow
        assert command.MigrationExecutor is MigrationExecutor  # type: ignore[attr-defined]


def test_an_executor_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left in its place."""
    other = type("Other", (MigrationExecutor,), {})
    monkeypatch.setattr(command, "MigrationExecutor", other)
    with fast_migrations() as report:
        assert report.slow == "the migrate command has an executor that is not Django's"
        assert command.MigrationExecutor is other  # type: ignore[attr-defined]


def test_a_patched_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's methods may need what Django's don't."""

    def add_model(self: ProjectState, model_state: ModelState) -> None:
        """Nothing."""

    monkeypatch.setattr(ProjectState, "add_model", add_model)
    assert unexpected() == "django.db.migrations.state.ProjectState.add_model is not Django's"


def test_a_state_with_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a state holds must be what is known."""
    from greenroom.databases.build import internals

    monkeypatch.setattr(internals, "_OF_A_STATE", {"models", "real_apps"})
    assert unexpected() == "ProjectState has other attributes: _relations, is_delayed"


def test_a_schema_editor_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may look at anything."""
    connection = DatabaseWrapper({"NAME": ":memory:"})
    assert foreign_editor(connection) == ""

    class Editor(DatabaseSchemaEditor):
        """Another one."""

    monkeypatch.setattr(DatabaseWrapper, "SchemaEditorClass", Editor)
    assert foreign_editor(connection).endswith("Editor is not Django's")


class Described(RunPython):
    """Looks at states as Django's does."""

    def describe(self) -> str:
        """Something else."""
        return "described"


class Own(RunPython):
    """Looks at states in its own way."""

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing."""


def nothing(apps: Any, schema_editor: Any) -> None:
    """Code of a migration."""


@pytest.mark.parametrize(
    ("operation", "eager"),
    [
        (RunPython(nothing), False),
        (Described(nothing), False),
        (Own(nothing), True),
        (RunSQL("", state_operations=[RunPython(nothing)]), False),
        (RunSQL("", state_operations=[Own(nothing)]), True),
        (SeparateDatabaseAndState([RunPython(nothing)]), False),
        (SeparateDatabaseAndState([SeparateDatabaseAndState([Own(nothing)])]), True),
        (type("Operation", (), {})(), True),
    ],
)
def test_which_operations_get_full_states(operation: Any, eager: bool) -> None:
    """Those that are not Django's own, also within others."""
    assert needs_eager(operation) is eager


def test_a_patched_operation() -> None:
    """One that was given another method is not Django's own."""
    operation = AddField("model", "name", None)  # type: ignore[arg-type]
    assert not needs_eager(operation)
    operation.database_forwards = nothing  # type: ignore[method-assign,assignment]
    assert needs_eager(operation)
