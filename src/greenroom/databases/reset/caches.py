"""The caches of Django's own that `flush` touches: content types and sites.

A test after a flush makes as many queries as stock would let it make, so these are left as stock leaves them.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.apps import apps
from django.db.models.base import ModelState

_MARK = "greenroom looks whether this is cleared"


class Caches(msgspec.Struct, frozen=True):
    """What one run of Django's receivers did to the caches.

    Attributes:
        cleared: whether that of content types was cleared, for all aliases.
        types: the content types that it held then for the alias: their fields.
        site: the key whose site was dropped, or None.
    """

    cleared: bool
    types: tuple[dict[str, Any], ...]
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
    return Caches(cleared, tuple({name: getattr(kept, name) for name in names} for kept in types), site)


def replay(alias: str, caches: Caches) -> None:
    """Leave the caches as they were left then."""
    manager = _types()
    if manager is not None and caches.cleared:
        manager.clear_cache()
        held: dict[object, object] = {}
        for values in caches.types:
            # `from_db` would do the same, ten times slower; who listens to that has it called for real.
            kept = manager.model.__new__(manager.model)
            kept.__dict__.update(values)
            kept._state = ModelState()
            kept._state.db = alias
            kept._state.adding = False
            held[values["app_label"], values["model"]] = held[values["id"]] = kept
        if held:
            manager._cache[alias] = held
    if caches.site is not None:
        from django.contrib.sites import models

        models.SITE_CACHE.pop(caches.site, None)  # type: ignore[call-overload, unused-ignore]


def clear() -> None:
    """Drop both caches: what they hold may be gone."""
    manager = _types()
    if manager is not None:
        manager.clear_cache()
    if apps.is_installed("django.contrib.sites"):
        from django.contrib.sites.models import Site

        Site.objects.clear_cache()


def _types() -> Any:
    """The manager of content types, or None where they aren't installed."""
    if not apps.is_installed("django.contrib.contenttypes"):
        return None
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects
