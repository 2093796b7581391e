# mypy: disable-error-code="attr-defined"
"""The app, and receivers of post_migrate as projects have them."""

from __future__ import annotations

import os
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

CALLS: list[tuple[Any, ...]] = []
"""What the receivers were called with, and what they saw."""
FAIL: list[str] = []
"""The labels of the apps for which the receiver fails."""


def count(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """For every app: note what is there at this moment, and write it to the database."""
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.sites.models import Site

    from tests.databases.reset.lab.shop.models import Counted

    if using != "default":
        CALLS.append((sender.label, using, sorted(kwargs), ContentType.objects.using(using).count()))
        return
    numbers = [model.objects.count() for model in (ContentType, Permission, Site)]
    CALLS.append((sender.label, using, sorted(kwargs), kwargs["verbosity"], kwargs["interactive"], *numbers))
    Counted.objects.create(app=sender.label, types=numbers[0], permissions=numbers[1], sites=numbers[2])
    if sender.label in FAIL:
        raise LookupError(sender.label)


def own_permission(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """For one app: a permission of its own, and another name for the site."""
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.sites.models import Site

    from tests.databases.reset.lab.shop.models import Author

    if using == "default":
        kind = ContentType.objects.get_for_model(Author)
        Permission.objects.get_or_create(codename="own", name="Own", content_type=kind)
        Site.objects.update(name="ours")


class ShopConfig(AppConfig):
    name = "tests.databases.reset.lab.shop"

    def ready(self) -> None:
        receivers = os.environ.get("LAB_RECEIVERS", "none")
        if receivers != "none":
            post_migrate.connect(count)
        if receivers == "touching":
            post_migrate.connect(own_permission, sender=self)
