"""Django's executor of migrations, on states that render what is looked at."""

from __future__ import annotations

from typing import Any

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration

from greenroom.databases.build.internals import foreign_editor
from greenroom.databases.build.operations import Eager, wrapped
from greenroom.databases.build.report import BuildReport
from greenroom.databases.build.state import Chain, LazyState


class FastExecutor(MigrationExecutor):
    """Django's executor with other states. Migrations backwards are Django's own.

    Attributes:
        report: what is told about the run; set by `fast_migrations`.
    """

    report: BuildReport
    _backwards = False

    def _create_project_state(self, with_applied_migrations: bool = False) -> Any:
        state = super()._create_project_state(with_applied_migrations)  # type: ignore[misc]
        foreign = foreign_editor(self.connection)
        if foreign:
            self.report.slow = foreign
        if foreign or self._backwards:
            return state
        return LazyState(state.models, Chain(state.real_apps))

    def _migrate_all_backwards(self, plan: Any, full_plan: Any, fake: bool) -> Any:
        self._backwards = True
        try:
            return super()._migrate_all_backwards(plan, full_plan, fake)  # type: ignore[misc]
        finally:
            self._backwards = False

    def apply_migration(self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False) -> Any:
        """Apply a migration; operations that are not Django's own see states of Django's own class."""
        self.report.migrations += 1
        if fake or not isinstance(state, LazyState):
            return super().apply_migration(state, migration, fake, fake_initial)
        if _is_own(migration):
            return self._apply_as_stock(state, migration, fake_initial)
        operations = migration.operations
        migration.operations = [wrapped(operation) for operation in operations]
        if any(isinstance(operation, Eager) for operation in migration.operations):
            self.report.eager.append(str(migration))
        try:
            return super().apply_migration(state, migration, fake, fake_initial)
        finally:
            migration.operations = operations

    def _apply_as_stock(self, state: LazyState, migration: Any, fake_initial: bool) -> LazyState:
        """A migration that applies itself in its own way gets a state as stock would have it."""
        self.report.eager.append(str(migration))
        stock = state.stock()
        _ = stock.apps
        state.adopt(super().apply_migration(stock, migration, False, fake_initial))
        return state


def _is_own(migration: Any) -> bool:
    own = vars(migration)
    return any(
        name in own or getattr(type(migration), name) is not getattr(Migration, name)
        for name in ("apply", "mutate_state")
    )
