"""What `flush` calls after it has emptied the tables: the receivers of `post_migrate`, Django's own and the project's."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec
from django.apps import AppConfig, apps
from django.db.models import signals

from greenroom.databases.reset.api import Doubt


class Own(Enum):
    """Which of Django's own receivers: what it writes is known."""

    TYPES = "content types and permissions"
    SITE = "the default site"


class Call(msgspec.Struct, frozen=True):
    """One receiver with one sender."""

    receiver: Callable[..., Any]
    sender: AppConfig
    own: Own | None
    """None for one of the project: it must run."""

    def run(self, alias: str) -> None:
        """Call the receiver as `emit_post_migrate_signal` does for `flush`."""
        self.receiver(
            signal=signals.post_migrate,
            sender=self.sender,
            app_config=self.sender,
            verbosity=0,
            interactive=False,
            using=alias,
        )


_OWN = {
    ("django.contrib.auth.management", "create_permissions"): Own.TYPES,
    ("django.contrib.auth.management", "rename_permissions_after_model_rename"): Own.TYPES,
    ("django.contrib.contenttypes.management", "create_contenttypes"): Own.TYPES,
    ("django.contrib.sites.management", "create_default_site"): Own.SITE,
}

_MODELS = {
    Own.TYPES: (("contenttypes", "ContentType"), ("auth", "Permission")),
    Own.SITE: (("sites", "Site"),),
}


def calls() -> list[Call]:
    """Every call that `flush` would make now, in its order.

    Raises:
        Doubt: a receiver is asynchronous: Django runs these side by side.
    """
    heard = {own: not _overheard(own) for own in Own}
    found = []
    for app_config in apps.get_app_configs():
        if app_config.models_module is None:
            continue
        receivers, asynchronous = signals.post_migrate._live_receivers(app_config)
        if asynchronous:
            raise Doubt("a receiver of post_migrate is asynchronous")
        for receiver in receivers:
            name = (getattr(receiver, "__module__", ""), getattr(receiver, "__qualname__", ""))
            own = _OWN.get(name)
            found.append(Call(receiver, app_config, own if own and heard[own] else None))
    return found


def identity() -> tuple[object, ...]:
    """What the calls depend on; cheap to read and to compare."""
    live = tuple(filter(_is_live, signals.post_migrate.receivers))
    return (live, *(_overheard(own) for own in Own))


def _is_live(entry: Any) -> bool:
    """Whether Django would still call a receiver: it and its sender are there. What is gone has no hash either."""
    try:
        hash(entry)
    except TypeError:
        return False
    return all(part() is not None for part in entry if isinstance(part, weakref.ref))


def _overheard(own: Own) -> bool:
    """Whether the project listens to the saving or making of what this receiver makes."""
    for label, name in _MODELS[own]:
        if not apps.is_installed(f"django.contrib.{label}"):
            continue
        model = apps.get_app_config(label).get_model(name)
        if signals.pre_init.has_listeners(model) or signals.post_init.has_listeners(model):
            return True
        if own is Own.SITE and (signals.post_save.has_listeners(model) or _others_before_save(model)):
            return True
    return False


def _others_before_save(model: Any) -> bool:
    receivers, asynchronous = signals.pre_save._live_receivers(model)
    return bool(asynchronous) or any(
        getattr(receiver, "__module__", "") != "django.contrib.sites.models" for receiver in receivers
    )
