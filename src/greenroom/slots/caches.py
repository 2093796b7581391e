"""Caches that workers would share become each worker's own."""

from __future__ import annotations

import os
from typing import Any

from greenroom.slots import isolated
from greenroom.slots.kept import folder
from greenroom.slots.names import number, run_hash


def changed_settings(caches: dict[str, Any], *, redis_too: bool) -> dict[str, Any]:
    """The `CACHES` by which no worker meets the entries of another.

    A cache in files gets a folder of the worker's own, any other that is shared keys of its own. Those in the memory of a
    process or in the test database are the worker's own anyway.

    Args:
        caches: as it stands.
        redis_too: whether caches in Redis are among those that are shared.
    """
    changed = {alias: _own(about, redis_too=redis_too) for alias, about in caches.items()}
    return {} if changed == caches else {"CACHES": changed}


def _own(about: dict[str, Any], *, redis_too: bool) -> dict[str, Any]:
    from django.core.cache.backends.db import DatabaseCache
    from django.core.cache.backends.dummy import DummyCache
    from django.core.cache.backends.filebased import FileBasedCache
    from django.core.cache.backends.locmem import LocMemCache
    from django.utils.module_loading import import_string

    try:
        backend = import_string(about["BACKEND"])
    except (KeyError, ImportError):
        return about  # Django says so when the cache is used.
    if issubclass(backend, (DatabaseCache, DummyCache, LocMemCache)):
        return about
    if issubclass(backend, FileBasedCache):
        # Aliases of one folder go on sharing one.
        place = "cache-" + "".join(letter if letter.isalnum() else "-" for letter in str(about.get("LOCATION", "")))
        return {**about, "LOCATION": str(folder() / place[-100:])}
    if "redis" in backend.__module__.lower() + backend.__name__.lower() and not redis_too:
        return about
    # Of the process too: one that takes the place of another finds nothing of it.
    mark = f"gr{run_hash()}.{number()}.{os.getpid()}"
    return {**about, "BACKEND": isolated.named(backend, mark)}
