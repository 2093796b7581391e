"""One run of generated migrations on an empty database, and what is left by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState, StateApps

from tests.databases.build.lab import pieces
from tests.databases.build.lab.dump import dump, empty


class Run:
    """Migrations, applied one after the other until one fails.

    Args:
        fast: by the fast executor, or by Django's.
    """

    def __init__(self, *, fast: bool) -> None:
        self.fast = fast
        self.applied: list[str] = []
        self.error = ""
        self.log: list[Any] = []
        self.dump: list[str] = []
        self.models: dict[str, Any] = {}
        self.renders = 0

    def __getstate__(self) -> dict[str, Any]:
        return vars(self)

    def apply(self, migrations: Iterable[Any]) -> None:
        """Apply migrations to a database that is emptied before, and note what is there afterwards."""
        connection = connections["default"] = connections.create_connection("default")
        empty(connection)
        pieces.LOG.clear()
        executor, state = self._executor(connection)
        executor.recorder.ensure_schema()
        _ = state.apps
        render = ModelState.render

        def counted(model: ModelState, apps: StateApps) -> Any:
            self.renders += 1
            return render(model, apps)

        ModelState.render = counted  # type: ignore[assignment,method-assign]
        try:
            for migration in migrations:
                state = executor.apply_migration(state, migration)
                self.applied += [f"{migration}: {operation.describe()}" for operation in migration.operations]
        except Exception as error:  # Both must fail, and alike.
            self.error = f"{type(error).__name__}: {error}"
        finally:
            ModelState.render = render  # type: ignore[method-assign]
        self.log = pieces.LOG[:]
        self.dump = dump(connection)
        if not self.error:
            self.models = self._described(state)
        connection.close()

    def differences(self, other: Run) -> Iterator[tuple[Any, Any]]:
        """What two runs have of their own."""
        if self.error != other.error:
            yield self.error, other.error
        for mine, theirs in ((self.log, other.log), (self.dump, other.dump)):
            for left, right in zip(mine, theirs, strict=False):
                if left != right:
                    yield left, right
        for label, model in self.models.items():
            if model != other.models.get(label):
                yield model, other.models.get(label)

    def _executor(self, connection: Any) -> tuple[Any, ProjectState]:
        if not self.fast:
            return MigrationExecutor(connection), ProjectState()
        from greenroom.databases.build.executor import FastExecutor
        from greenroom.databases.build.report import BuildReport
        from greenroom.databases.build.state import Chain, LazyState

        executor = FastExecutor(connection)
        executor.report = BuildReport()
        return executor, LazyState({}, Chain(set()))

    def _described(self, state: ProjectState) -> dict[str, Any]:
        """The models of the last state: complete, and each as it is rendered when it alone is asked for."""
        stock = StateApps(list(state.real_apps), state.models)
        found = {model._meta.label: _description(model) for model in stock.get_models(include_auto_created=True)}
        if not self.fast:
            return found
        from greenroom.databases.build.registry import LazyApps

        for model in stock.get_models():
            for share in (True, False):
                alone = LazyApps(state.models, {}, state.chain.shared, share=share)  # type: ignore[attr-defined]
                found[model._meta.label] = _description(alone.get_model(model._meta.app_label, model._meta.model_name))
                if found[model._meta.label] != _description(model):
                    return found
        return found


def _description(model: Any) -> dict[str, Any]:
    opts = model._meta
    return {
        "fields": [repr(field.deconstruct()) for field in (*opts.fields, *opts.many_to_many)],
        "columns": [(field.column, repr(getattr(field, "target_field", None))) for field in opts.concrete_fields],
        "back": sorted(
            (other.name, other.related_model._meta.label, str(other.field)) for other in opts.related_objects
        ),
        "managers": [manager.name for manager in opts.managers],
        "parents": [parent._meta.label for parent in opts.parents],
        "options": (
            opts.db_table,
            repr(opts.unique_together),
            repr(opts.indexes),
            repr(opts.constraints),
            opts.ordering,
        ),
    }
