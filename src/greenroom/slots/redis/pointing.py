"""Settings that name a Redis are changed to name the worker's."""

from __future__ import annotations

import re
from typing import Any

from greenroom.slots.redis import redis_url, urls

_KOMBU = re.compile("celery|broker|kombu|result_backend", re.IGNORECASE)
_SECRETS = frozenset({"PASSWORD", "password", "USERNAME", "username", "DB", "db"})


def changed_settings() -> dict[str, Any]:
    """The project's settings that hold addresses of Redis, with those of this worker's in their place.

    Looked for in texts, lists, tuples and dictionaries, in whatever setting.
    """
    from django.conf import settings

    changes = {}
    for name in dir(settings):
        if name.isupper() and settings.is_overridden(name):
            value = getattr(settings, name)
            changed = _caches(value) if name == "CACHES" else pointed(value, name)
            if changed != value:
                changes[name] = changed
    return changes


def pointed(value: Any, name: str, *, unix: bool = False) -> Any:
    """A value of a setting with the worker's addresses in the place of others.

    Args:
        value: of any type.
        name: of the setting, and of the keys in it: they tell what is for Celery.
        unix: whether `unix://` is an address of a Redis here.
    """
    if isinstance(value, str):
        unix = unix or "redis" in name.lower() or "redis" in value.lower()
        if not is_worth(value) or not urls.is_redis(value, unix=unix):
            return value
        return redis_url(re.split("[;,]", value)[0].strip(), kombu=bool(_KOMBU.search(name)) or None)
    if type(value) is dict:
        return {key: pointed(part, f"{name} {key}", unix=unix) for key, part in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(pointed(part, name, unix=unix) for part in value)
    return value


def is_worth(text: str) -> bool:
    """Whether a text may be an address at all."""
    return "://" in text


def _caches(caches: dict[str, Any]) -> dict[str, Any]:
    changed = {}
    for alias, about in caches.items():
        if "redis" not in str(about.get("BACKEND", "")).lower():
            changed[alias] = about
            continue
        options = about.get("OPTIONS") or {}
        location = _with_option(about.get("LOCATION", ""), options)
        new = pointed({**about, "LOCATION": location}, "CACHES", unix=True)
        if new["LOCATION"] != location and options:
            # The private server has no password; the database is in the address.
            new["OPTIONS"] = {key: value for key, value in new["OPTIONS"].items() if key not in _SECRETS}
        changed[alias] = new if new["LOCATION"] != location else about
    return changed


def _with_option(location: Any, options: dict[str, Any]) -> Any:
    """The address of a cache with the database that its options name, where it names none itself."""
    number = str(options.get("db", options.get("DB", "")))
    if not number.isdigit() or not isinstance(location, str) or not location:
        return location
    first = re.split("[;,]", location)[0].strip()
    return urls.with_database(first, int(number), kombu=False) if not urls.database_of(first) else first
