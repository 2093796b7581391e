"""Uploads of tests go to a folder of the worker's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greenroom.slots.kept import folder


def changed_settings() -> dict[str, Any]:
    """The settings by which all that is stored in files goes to the worker's folder.

    These are `MEDIA_ROOT`, and the `location` of each file system storage but that of static files.
    """
    from django.conf import settings

    root = folder() / "media"
    root.mkdir(exist_ok=True)
    usual: Any = settings.MEDIA_ROOT
    changes: dict[str, Any] = {"MEDIA_ROOT": root if isinstance(usual, Path) else str(root)}
    storages = dict(settings.STORAGES)
    for alias, about in settings.STORAGES.items():
        options = about.get("OPTIONS") or {}
        if alias != "staticfiles" and options.get("location") and _is_of_files(about["BACKEND"]):
            own = folder() / f"media-{len(storages)}-{_safe(alias)}"
            own.mkdir(exist_ok=True)
            storages[alias] = {**about, "OPTIONS": {**options, "location": str(own)}}
    if storages != settings.STORAGES:
        changes["STORAGES"] = storages
    return changes


def _is_of_files(backend: str) -> bool:
    from django.core.files.storage import FileSystemStorage
    from django.utils.module_loading import import_string

    cls = import_string(backend)
    return isinstance(cls, type) and issubclass(cls, FileSystemStorage)


def _safe(alias: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in alias)
