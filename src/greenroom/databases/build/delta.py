"""Whether migrating a kept bare database gives what a build from nothing would."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_RECEIVERS = {"django.contrib.contenttypes.management"}
"""Modules of Django whose receivers of `pre_migrate` do nothing of their own to a database."""


def delta_refused(known: Collection[str]) -> str:
    """Say in one line why new migrations may not be applied to a bare database that has the known ones.

    A build from nothing runs migrations app by app: a new one of `auth` comes before the known ones of `shop`. Where both
    only change schemas, of models that have nothing to do with each other, their order can't be seen but in the ids of the
    rows of `django_migrations`. Everything else is refused: code and SQL may see what the other one made, and ids, the
    order of columns and what was filled in depend on who came first.

    Args:
        known: `app.name` of each migration that the bare database was made from, also those that others replace.

    Returns:
        nothing where the result would be the same.
    """
    for module in _receivers():
        if module not in _RECEIVERS:
            return f"a receiver of pre_migrate in {module} would run twice"
    plan, on_disk = _plan()
    gone = sorted(set(known) - on_disk)
    if gone:
        return f"{gone[0]} is no longer there"
    for place, migration in enumerate(plan):
        if str(migration) in known:
            continue
        if migration.replaces:
            return f"{migration} replaces others"
        later = [other for other in plan[place + 1 :] if str(other) in known]
        reason = _clash(migration, later)
        if reason:
            return reason
    return ""


def _receivers() -> Iterable[str]:
    import weakref

    from django.db.models.signals import pre_migrate

    for entry in pre_migrate.receivers:
        receiver = entry[1]
        function = receiver() if isinstance(receiver, weakref.ReferenceType) else receiver
        if function is not None:
            yield function.__module__


def _plan() -> tuple[Sequence[Any], set[str]]:
    """All migrations in the order of a build from nothing, and the names of those and of the ones they replace."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    plan: dict[Any, None] = {}
    for target in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(target):
            plan.setdefault(key)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    names = {f"{app}.{name}" for app, name in {*loader.disk_migrations, *replaced}}
    return [loader.graph.nodes[key] for key in plan], names


@dataclass(slots=True)
class _Touched:
    """The models that a migration has to do with; `opaque` names an operation that can't tell."""

    written: set[tuple[str, str]] = field(default_factory=set)
    read: set[tuple[str, str]] = field(default_factory=set)
    opaque: str = ""


def _clash(new: Any, later: Sequence[Any]) -> str:
    if not later:
        return ""
    mine = _touched(new)
    if mine.opaque:
        return f"{new} comes before {later[0]}, and has {mine.opaque}"
    for other in later:
        theirs = _touched(other)
        if theirs.opaque:
            return f"{new} comes before {other}, which has {theirs.opaque}"
        both = (mine.written & (theirs.written | theirs.read)) | (mine.read & theirs.written)
        if both:
            return f"{new} comes before {other}, and both have to do with {'.'.join(min(both))}"
    return ""


def _touched(migration: Any) -> _Touched:
    """What Django's operations on one model say about themselves; all others are opaque."""
    from django.db.migrations import operations
    from django.db.migrations.utils import resolve_relation

    plain = {getattr(operations, name) for name in operations.__all__} - {
        operations.RenameModel,
        operations.RunPython,
        operations.RunSQL,
        operations.SeparateDatabaseAndState,
    }
    touched = _Touched()
    app = migration.app_label
    for operation in migration.operations:
        if type(operation) not in plain:
            if type(migration).__module__.startswith("django.contrib."):
                continue  # Its code looks at its own app's rows, of which there are none yet.
            touched.opaque = type(operation).__name__
            return touched
        name = getattr(operation, "model_name", None) or operation.name
        key = app, name.lower()
        touched.written.add(key)
        fields = [found for _, found in getattr(operation, "fields", ()) if hasattr(found, "remote_field")]
        for found in [*fields, getattr(operation, "field", None)]:
            remote = getattr(found, "remote_field", None)
            for model in (getattr(remote, "model", None), getattr(remote, "through", None)):
                if model:
                    touched.read.add(resolve_relation(model, *key))
        for base in getattr(operation, "bases", ()):
            if isinstance(base, str) or hasattr(base, "_meta"):
                touched.read.add(resolve_relation(base, app))
    return touched
