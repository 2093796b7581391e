"""Reads a dictionary of Django's settings into a frozen dataclass, and says so where a key is not known."""

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

C = TypeVar("C")


def reader(name: str, kind: type[C]) -> Callable[[], C]:
    """A function that gives the settings in force, and notices when a test overrides them."""

    @functools.cache
    def read() -> C:
        given: dict[str, Any] = getattr(settings, name, {})
        known = {field.name.upper(): field.name for field in fields(kind)}  # type: ignore[arg-type]
        if unknown := sorted(set(given) - set(known)):
            raise ImproperlyConfigured(
                f"{name} has unknown keys: {', '.join(unknown)}. Known: {', '.join(sorted(known))}"
            )
        return kind(**{known[key]: value for key, value in given.items()})

    def forget(setting: str, **_: object) -> None:
        if setting == name:
            read.cache_clear()

    setting_changed.connect(forget, weak=False, dispatch_uid=f"oci.settings.{name}")
    return read
