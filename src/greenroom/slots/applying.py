"""Giving a worker what the configuration says that each has for itself."""

from __future__ import annotations

from typing import Any

from greenroom.running.ending import at_end
from greenroom.running.place import place


def check() -> None:
    """See in the parent whether the workers can have what they will ask for.

    Raises:
        GreenroomError: they can't; in words for the user.
    """
    if "redis" in place().config.slots:
        from greenroom.slots.redis import check as check_redis

        check_redis()


def settle() -> None:
    """Change the settings of this process so that its tests use what is its own; its first test comes after this.

    Raises:
        GreenroomError: something of it can't be had.
    """
    wanted = place().config.slots
    if not wanted:
        return
    from django.conf import settings
    from django.test.utils import override_settings

    changes: dict[str, Any] = {}
    if "redis" in wanted:
        from greenroom.slots.redis.pointing import changed_settings as of_redis

        changes.update(of_redis())
    if "media" in wanted:
        from greenroom.slots.media import changed_settings as of_media

        changes.update(of_media())
    if "cache" in wanted:
        from greenroom.slots.caches import changed_settings as of_caches

        changes.update(of_caches(changes.get("CACHES", settings.CACHES), redis_too="redis" not in wanted))
    if changes:
        # As a test would do it, so that whoever minds such changes takes note: storages, caches, other packages.
        override = override_settings(**changes)
        override.enable()
        at_end(override.disable)
