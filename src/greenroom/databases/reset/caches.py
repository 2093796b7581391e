"""The caches of Django's own that `flush` touches: content types and sites.

A test after a flush makes as many queries as stock would let it make, so these are left as stock leaves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps

_MARK = "greenroom looks whether this is cleared"


@dataclass(frozen=True, slots=True)
class Caches:
    """What one run of Django's receivers did to the caches.

    Attributes:
        cleared: whether that of content types was cleared, for all aliases.
        types: the content types that it held then for the alias, as (field names, values).
        site: the key whose site was dropped, or None.
    """

    cleared: bool
    types: tuple[tuple[tuple[str, ...], tuple[Any, ...]], ...]
    site: object


def watch() -> None:
    """Start looking: `seen` says what happened since."""
    manager = _types()
    if manager is not None:
        manager._cache[_MARK] = {}


def seen(alias: str, *, site_made: bool) -> Caches:
    """What happened to the caches since `watch`."""
    manager = _types()
    site = None
    if site_made:
        from django.conf import settings

        site = getattr(settings, "SITE_ID", 1)
    if manager is None:
        return Caches(cleared=False, types=(), site=site)
    cleared = manager._cache.pop(_MARK, None) is None
    held = manager._cache.get(alias, {}) if cleared else {}
    names = tuple(field.attname for field in manager.model._meta.concrete_fields)
    types = {id(kept): kept for kept in held.values()}.values()
    return Caches(cleared, tuple((names, tuple(getattr(kept, name) for name in names)) for kept in types), site)


def replay(alias: str, caches: Caches) -> None:
    """Leave the caches as they were left then."""
    manager = _types()
    if manager is not None and caches.cleared:
        manager.clear_cache()
        for names, values in caches.types:
            manager._add_to_cache(alias, manager.model.from_db(alias, names, values))
    if caches.site is not None:
        from django.contrib.sites import models

        models.SITE_CACHE.pop(caches.site, None)  # type: ignore[call-overload, unused-ignore]


def clear() -> None:
    """Drop both caches: what they hold may be gone."""
    manager = _types()
    if manager is not None:
        manager.clear_cache()
    if apps.is_installed("django.contrib.sites"):
        apps.get_model("sites", "Site").objects.clear_cache()


def _types() -> Any:
    """The manager of content types, or None where they aren't installed."""
    return (
        apps.get_model("contenttypes", "ContentType").objects
        if apps.is_installed("django.contrib.contenttypes")
        else None
    )
