"""The app's settings: `REGISTRY` in Django's settings, a dictionary with any of the keys below."""

import functools
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver


@dataclass(frozen=True)
class Conf:
    """Each key of `REGISTRY`, in lower case, with its default."""

    # Folder of unfinished uploads. All processes must share it; on the file system of the content, finishing is a rename.
    uploads: Path
    # Alias in STORAGES of where content is kept.
    storage: str = "registry"
    # Answer GET of a blob with a redirect to the storage's own URL (307): for object stores.
    redirect: bool = False
    # Write through to the disk before a blob is made visible.
    fsync: bool = True
    # Largest manifest, bytes. The spec asks for 4 megabytes at least.
    manifest_limit: int = 4 * 1024 * 1024
    # Largest blob, bytes; None: whatever the disk holds.
    blob_limit: int | None = None
    # Bytes that are read from a client or a file at a time.
    piece: int = 1024 * 1024
    # Entries of one page of tags or of referrers.
    page: int = 1000
    # Seconds that a blob without a manifest is safe from garbage collection.
    grace: int = 24 * 3600
    # Seconds without a byte after which an upload may be purged.
    upload_expiry: int = 7 * 24 * 3600
    # Accept an index whose manifests are not all there (mirrors of some platforms).
    sparse_indexes: bool = False
    # Accept an image whose layers are not all there.
    sparse_images: bool = False
    # Dotted path of `authorize(request, repository, action)`; see oci/access.py.
    authorize: str = "oci.access.anonymous"
    # Dotted paths of subclasses of oci.policies.Policy, asked in this order.
    policies: tuple[str, ...] = ()


@functools.cache
def conf() -> Conf:
    """The settings in force."""
    given: dict[str, Any] = getattr(settings, "REGISTRY", {})
    known = {field.name.upper(): field.name for field in fields(Conf)}
    if unknown := sorted(set(given) - set(known)):
        raise ImproperlyConfigured(
            f"REGISTRY has unknown keys: {', '.join(unknown)}. Known: {', '.join(sorted(known))}"
        )
    if "UPLOADS" not in given:
        raise ImproperlyConfigured("REGISTRY['UPLOADS'] must name a folder for unfinished uploads")
    values = {known[key]: value for key, value in given.items()}
    return Conf(**{**values, "uploads": Path(given["UPLOADS"]), "policies": tuple(given.get("POLICIES", ()))})


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting == "REGISTRY":
        conf.cache_clear()
