"""What of the models, as they are imported, goes into a database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from greenroom.databases.fingerprint.stable import plain

_OF_NO_CONCERN = frozenset({
    "blank", "choices", "default", "editable", "error_messages", "form_class", "help_text", "limit_choices_to",
    "related_name", "related_query_name", "serialize", "storage", "unique_for_date", "unique_for_month",
    "unique_for_year", "upload_to", "validators", "verbose_name",
})  # fmt: skip
"""Arguments of fields that no table shows. (Django's schema editor leaves out most of them, too.)"""

_ATTRIBUTES = (
    "db_table", "db_tablespace", "db_table_comment", "managed", "proxy", "swapped", "unique_together",
    "order_with_respect_to", "required_db_vendor", "required_db_features",
)  # fmt: skip


def named(models: Iterable[Any]) -> list[object]:
    """What `post_migrate` makes rows of: content types and permissions."""
    return [_name_of(model._meta) for model in models]


def tables(models: Iterable[Any], modules: set[str]) -> list[object]:
    """What `migrate` makes tables of, in apps without migrations.

    Args:
        models: of one app.
        modules: is given the names of the modules that decide what columns, indexes and constraints become.
    """
    return [_table_of(model._meta, modules) for model in models]


def _name_of(meta: Any) -> tuple[object, ...]:
    title = meta.verbose_name
    return (
        meta.model_name,
        title if type(title) is str else plain(title),
        meta.default_permissions if type(meta.default_permissions) is tuple else plain(meta.default_permissions),
        plain(meta.permissions) if meta.permissions else (),
        meta.proxy,
        meta.managed,
        meta.swapped or "",
    )


def _table_of(meta: Any, modules: set[str]) -> tuple[object, ...]:
    return (
        meta.model_name,
        *(plain(getattr(meta, name, None)) for name in _ATTRIBUTES),
        tuple(parent._meta.label_lower for parent in meta.parents),
        tuple(_column_of(field, modules) for field in (*meta.local_fields, *meta.local_many_to_many)),
        plain(meta.indexes, modules),
        plain(meta.constraints, modules),
    )


def _column_of(field: Any, modules: set[str]) -> tuple[object, ...]:
    modules.update(kind.__module__ for kind in type(field).__mro__ if kind is not object)
    _, path, args, keywords = field.deconstruct()
    kept = {name: value for name, value in keywords.items() if name not in _OF_NO_CONCERN}
    decisive = {name: kept.pop(name) for name in ("db_default", "expression", "output_field") if name in kept}
    return (field.name, field.column, path, plain(args), plain(kept), plain(decisive, modules))
