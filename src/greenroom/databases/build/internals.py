"""Whether Django is as the fast executor expects it to be."""

from __future__ import annotations

from pathlib import Path
from types import FunctionType
from typing import Any

KNOWN = ((5, 2), (6, 0), (6, 1))
"""The versions of Django whose states, registries and operations are known."""

_OF_A_REGISTRY = {
    "_lock",
    "_pending_operations",
    "all_models",
    "app_configs",
    "apps_ready",
    "loading",
    "models_ready",
    "ready",
    "ready_event",
    "stored_app_configs",
}
_OF_A_STATE = {"_relations", "is_delayed", "models", "real_apps"}


def unexpected() -> str:
    """Say in one line why migrations must run as stock runs them; nothing where they need not."""
    import django
    from django.core.management.commands import migrate as command

    if django.VERSION[:2] not in KNOWN:
        return f"Django {django.get_version()} is not known"
    if getattr(command, "MigrationExecutor", None) is not _classes()[0]:
        return "the migrate command has an executor that is not Django's"
    home = str(Path(django.__file__).parent)
    for cls in _classes():
        for name, value in vars(cls).items():
            if not _is_at_home(value, home):
                return f"{cls.__module__}.{cls.__qualname__}.{name} is not Django's"
    return _other_attributes()


def foreign_editor(connection: Any) -> str:
    """Say in one line why a connection's schema editor must be given full states; nothing where it need not.

    Args:
        connection: a database connection of Django's.
    """
    for cls in connection.SchemaEditorClass.__mro__[:-1]:
        if not cls.__module__.startswith("django."):
            return f"{cls.__module__}.{cls.__qualname__} is not Django's"
    return ""


def _classes() -> list[type]:
    from django.apps.registry import Apps
    from django.db.migrations import operations
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.migration import Migration
    from django.db.migrations.state import AppConfigStub, ModelState, ProjectState, StateApps

    mine = [getattr(operations, name) for name in operations.__all__]
    return [
        MigrationExecutor,
        MigrationLoader,
        Migration,
        ProjectState,
        ModelState,
        StateApps,
        AppConfigStub,
        Apps,
        *mine,
    ]


def _is_at_home(value: Any, home: str) -> bool:
    function = getattr(value, "__wrapped__", None) or getattr(value, "__func__", None) or value
    function = getattr(function, "func", None) or getattr(function, "fget", None) or function
    if not isinstance(function, FunctionType) or function.__name__ == "__replace__":
        return True
    return function.__code__.co_filename.startswith((home, "<"))


def _other_attributes() -> str:
    """A registry or a state that holds more, or less, than is known is not as expected."""
    from django.apps.registry import Apps
    from django.db.migrations.state import ProjectState

    for thing, known in ((Apps([]), _OF_A_REGISTRY), (ProjectState(), _OF_A_STATE)):
        different = set(vars(thing)) ^ known
        if different:
            return f"{type(thing).__qualname__} has other attributes: {', '.join(sorted(different))}"
    return ""
