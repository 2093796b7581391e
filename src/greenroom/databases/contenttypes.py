"""The cache of content types, left as migrating leaves it: how many queries a test makes depends on it."""

from __future__ import annotations

import sys
from typing import Any

from greenroom.databases.snapshots.catalogue import ContentTypeRow

_MODELS = "django.contrib.contenttypes.models"


def cached_rows(alias: str) -> tuple[ContentTypeRow, ...]:
    """What the process has in its cache for an alias."""
    model = _content_type()
    if model is None:
        return ()
    found = {row.pk: row for row in model.objects._cache.get(alias, {}).values()}
    return tuple(ContentTypeRow(row.pk, row.app_label, row.model) for row in found.values())


def fill_cache(alias: str, rows: tuple[ContentTypeRow, ...]) -> None:
    """Put into the cache what was in it after the migrations. The caches of other aliases are emptied, as by these."""
    model = _content_type()
    if model is None:
        return
    model.objects.clear_cache()
    for row in rows:
        found = model.from_db(alias, ["id", "app_label", "model"], [row.pk, row.app_label, row.model])
        model.objects._add_to_cache(alias, found)


def _content_type() -> Any:
    module = sys.modules.get(_MODELS)
    return module.ContentType if module is not None else None
