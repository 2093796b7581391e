"""Which operations look at states as Django's own do, and what is done about the others."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunSQL, SeparateDatabaseAndState

from greenroom.databases.build.state import LazyState, StockState

_HOMES = ("django.db.migrations.operations.", "django.contrib.postgres.operations")
_HOME_OF_RENAMES = "django.contrib.contenttypes.management"

# What a subclass may have of its own without looking at a state in another way than the class of Django's.
_HARMLESS = {
    "__annotate__",
    "__annotate_func__",
    "__annotations__",
    "__annotations_cache__",
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__init__",
    "__module__",
    "__qualname__",
    "__static_attributes__",
    "__weakref__",
    "atomic",
    "category",
    "deconstruct",
    "describe",
    "elidable",
    "formatted_description",
    "migration_name_fragment",
    "reduce",
    "reduces_to_sql",
    "references_field",
    "references_model",
    "reversible",
    "serialization_expand_args",
}
_OF_THE_DATABASE = {"database_forwards", "database_backwards", "allow_migrate_model"}


def needs_eager(operation: Any) -> bool:
    """Whether an operation may only be given states of Django's own class."""
    return not _as_django(operation, _HARMLESS)


def wrapped(operation: Any) -> Any:
    """An operation as it may be given the states of a fast run."""
    return Eager(operation) if needs_eager(operation) else operation


class Eager:
    """An operation that is given states of Django's own class, which render everything.

    Args:
        operation: one that is not Django's own.
    """

    def __init__(self, operation: Any) -> None:
        self._operation = operation
        # An operation that changes the state as Django's does may do that on ours.
        self._own_state = not _as_django(operation, _HARMLESS | _OF_THE_DATABASE)
        self._states: tuple[StockState, StockState] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operation, name)

    def state_forwards(self, app_label: str, state: LazyState) -> None:
        """Change a state as the operation does."""
        if not self._own_state:
            self._operation.state_forwards(app_label, state)
            return
        old = state.stock()
        new = old.clone()
        self._operation.state_forwards(app_label, new)
        state.adopt(new)
        self._states = old, new

    def database_forwards(self, app_label: str, editor: Any, from_state: LazyState, to_state: LazyState) -> None:
        """Change the database as the operation does."""
        if self._states is None:
            old = from_state.stock()
            new = to_state.stock()
            new.before = old
        else:
            (old, new), self._states = self._states, None
        self._operation.database_forwards(app_label, editor, old, new)
        if self._own_state:
            to_state.adopt(new)  # It may have changed the state only now.


def _as_django(operation: Any, harmless: set[str]) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        parts = [*operation.database_operations, *operation.state_operations]
    else:
        parts = list(operation.state_operations) if isinstance(operation, RunSQL) else []
    if any(needs_eager(part) for part in parts):
        return False
    mine: set[str] = set()
    for cls in type(operation).__mro__:
        if _is_djangos(cls):
            theirs = set(dir(cls)) - harmless
            return cls is not Operation and theirs.isdisjoint(mine | (set(vars(operation)) & _methods(cls)))
        mine |= set(vars(cls))
    return False


def _is_djangos(cls: type) -> bool:
    return cls.__module__.startswith(_HOMES) or cls.__module__ == _HOME_OF_RENAMES


def _methods(cls: type) -> set[str]:
    return {name for name in dir(cls) if callable(getattr(cls, name, None))}
