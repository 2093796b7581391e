"""Sums up the inputs of one test database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from greenroom.databases.fingerprint.code import Code
from greenroom.databases.fingerprint.inputs import FORMAT, Inputs
from greenroom.databases.fingerprint.models import named, tables
from greenroom.databases.fingerprint.stable import digest_of
from greenroom.databases.fingerprint.units import surface_of
from greenroom.databases.fingerprint.values import ALWAYS, Values, caches, database
from greenroom.databases.fingerprint.versions import python


def inputs_of(connection: Any, *, cache: Path, server: str) -> Inputs:
    """Sum up what a fresh test database of this connection would be made from.

    Apps must be loaded. No migration is imported; modules named `management` of apps are, as `migrate` does. Call it at
    the same place of each run: settings count as they are at that moment.

    A module that was edited after this process had imported it makes the inputs equal to no others: what the process
    runs is not what the files say.

    Args:
        connection: one of `django.db.connections`. It is not connected to anything.
        cache: a folder for what was found out about sources; made when there is something to write. What is in it saves
            time, and may be removed at any time.
        server: what of the database's server counts: its version, and what it is set to by default.
    """
    from django.apps import apps
    from django.conf import settings
    from django.db import connections

    surface, order = surface_of(connection)
    values = Values()
    code = Code(surface, cache, values)
    unmigrated = code.unmigrated
    named_models, made, deciding = {}, {}, {}
    for config in apps.get_app_configs():
        models = list(config.get_models(include_auto_created=True, include_swapped=True))
        routed = _routed(connection.alias, config.label, models)
        if models:
            named_models[f"content types and permissions of {config.label}"] = digest_of((named(models), routed))
        if models and config.label in unmigrated:
            modules: set[str] = set()
            made[f"models of {config.label}"] = digest_of((tables(models, modules), routed))
            deciding[config.label] = tuple(sorted(modules))
    code.decide(deciding)
    configs = [(each.label, each.name, type(each).__qualname__) for each in apps.get_app_configs()]
    parts = {
        "format": str(FORMAT),
        "Python": python(),
        "Django": code.django,
        "server": server,
        "alias": connection.alias,
        "apps": digest_of(configs),
        "order of receivers": order,
        "setting CACHES": digest_of(caches(settings.CACHES)),
        "setting DATABASES": digest_of({alias: database(about) for alias, about in connections.settings.items()}),
        "setting MIGRATION_MODULES": digest_of(surface.chosen),
        "settings of the connection": digest_of(database(connection.settings_dict)),
        **{f"setting {name}": values.setting(name) for name in ALWAYS},
        **made,
        **code.digests("parts"),
        **{f"{name}, edited while it was in use": os.urandom(16).hex() for name in code.edited()},
    }
    ready = {**named_models, **code.digests("ready")}
    return Inputs(code.digests("migrations"), parts, ready, {**code.sources, **values.named})


def _routed(alias: str, label: str, models: list[Any]) -> list[object]:
    """What the routers say about the models of an app; nothing, if there are none."""
    from django.db import router

    if not router.routers:
        return []
    return [router.allow_migrate(alias, label), *(router.allow_migrate_model(alias, model) for model in models)]
