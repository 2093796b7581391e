"""Which code a test database depends on, as far as that is known without looking at files."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH100, PTH112, PTH116, PTH117, PTH118, PTH120

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import msgspec

from greenroom.databases.fingerprint.places import App, Surroundings
from greenroom.databases.fingerprint.receivers import Receiver, receivers
from greenroom.databases.fingerprint.stable import digest_of, digest_of_text

_BEFORE_MODELS = frozenset({"pre_migrate", "connection_created"})
_COMMANDS = ("migrate", "createcachetable", "loaddata", "flush")
_BACKEND = ("base", "client", "compiler", "creation", "features", "introspection", "operations", "schema")
_WRITTEN_TO = ("MEDIA", "STATIC", "TEMP", "TMP", "CACHE", "LOG", "UPLOAD")
"""In the names of settings: folders that are written to, not read from."""


class Called(msgspec.Struct, frozen=True):
    """Modules whose code is called while a database is made."""

    name: str
    """For people, and unique."""
    modules: tuple[str, ...]
    at_the_end: bool = False
    """Whether `post_migrate` calls it, after the last migration."""
    models: tuple[str, ...] = ()
    """Modules of models that it is given a way to."""


class Surface(msgspec.Struct, frozen=True):
    """Where to start, and what decides where it leads to."""

    chosen: dict[str, str | None]
    """The module of the migrations of each app, by its label; None for an app that is to have none."""
    around: Surroundings
    called: tuple[Called, ...]

    def key(self) -> str:
        """A name for this start: what was found out for one with another name says nothing about this one."""
        path = [os.path.abspath(entry) for entry in sys.path]
        finders = [f"{type(finder).__module__}.{type(finder).__qualname__}" for finder in sys.meta_path]
        return digest_of_text(f"{self!r} {path} {finders}")


def surface_of(connection: Any) -> tuple[Surface, str]:
    """What there is to follow for a database, and a digest of the order in which receivers are called."""
    from django.apps import apps
    from django.conf import settings

    configs = list(apps.get_app_configs())
    managed = [config.name for config in configs if _load_management(config)]
    found = list(receivers())
    chosen = _modules_by_label(
        {config.label: config.name for config in configs},
        settings.MIGRATION_MODULES,
        migrate=connection.settings_dict["TEST"].get("MIGRATE", True) is not False,
    )
    called = [
        *(Called(f"management of {name}", (f"{name}.management",)) for name in managed),
        *_commands([config.name for config in configs]),
        *_routers(),
        *_backend(connection),
        *_called_by_signals(found),
    ]
    order = [(each.signal, each.name, each.sender, each.digest) for each in found if _always_counts(each)]
    return Surface(chosen, _surroundings(configs, found), tuple(called)), digest_of(order)


def _modules_by_label(labels: Mapping[str, str], chosen: Any, *, migrate: bool) -> dict[str, str | None]:
    """The package of the migrations of each app; None where there are to be none.

    Args:
        labels: the name of each app, by its label.
        chosen: the setting `MIGRATION_MODULES`; any object that says what it has and gives it.
        migrate: the test setting `MIGRATE` of the connection.
    """
    if not migrate:
        return dict.fromkeys(labels)
    has, give = chosen.__contains__, chosen.__getitem__  # all that Django asks of it
    return {label: give(label) if has(label) else f"{name}.migrations" for label, name in labels.items()}


def _load_management(config: Any) -> bool:
    """Import what `migrate` imports to have receivers connected, so that it is known which there are."""
    name = f"{config.name}.management"
    if config.name.partition(".")[0] == "django":
        return False
    for path in (os.path.join(config.path, "management", "__init__.py"), os.path.join(config.path, "management.py")):
        try:
            if os.stat(path).st_size:
                import_module(name)
                return True
        except OSError:
            continue
    return False


def _commands(names: list[str]) -> list[Called]:
    own = [name for name in names if name.partition(".")[0] != "django"]
    return [
        Called(f"command {command}", tuple(f"{name}.management.commands.{command}" for name in own))
        for command in _COMMANDS
    ]


def _routers() -> list[Called]:
    from django.db import router

    kinds = dict.fromkeys(type(each) for each in router.routers)
    return [Called(f"router {kind.__module__}.{kind.__qualname__}", (kind.__module__,)) for kind in kinds]


def _backend(connection: Any) -> list[Called]:
    engine = connection.settings_dict["ENGINE"]
    if engine.startswith("django.db.backends."):
        return []
    return [Called(f"backend {engine}", (engine, *(f"{engine}.{part}" for part in _BACKEND)))]


def _always_counts(receiver: Receiver) -> bool:
    """Whether it is called for any database, and not only when models are used that have it as their receiver."""
    return receiver.signal in _BEFORE_MODELS or receiver.signal == "post_migrate" or not receiver.sender


def _called_by_signals(found: list[Receiver]) -> list[Called]:
    called: dict[str, Called] = {}
    for each in filter(_always_counts, found):
        late = each.signal == "post_migrate"
        name = f"receiver {each.name}" if late else f"receiver {each.name} of {each.signal}"
        models = dict.fromkeys((*(called[name].models if name in called else ()), each.sender_module))
        given = tuple(module for module in models if module and late)
        called[name] = Called(name, (each.module,), late, given)
    return list(called.values())


def _surroundings(configs: list[Any], found: list[Receiver]) -> Surroundings:
    from django.apps import apps
    from django.conf import settings

    listeners: dict[str, list[str]] = {}
    for each in found:
        if each.sender_module and not _always_counts(each):
            listeners.setdefault(each.sender_module, []).append(each.module)
    try:
        user_model = apps.get_model(settings.AUTH_USER_MODEL, require_ready=False).__module__
    except (LookupError, ValueError):
        user_model = ""
    return Surroundings(
        apps=tuple(
            App(config.label, config.name, config.path, getattr(config.models_module, "__name__", ""))
            for config in configs
        ),
        user_model=user_model,
        listeners={module: tuple(dict.fromkeys(names)) for module, names in sorted(listeners.items())},
        fixture_dirs=tuple(map(str, settings.FIXTURE_DIRS)),
        folders=_folders(settings),
    )


def _folders(settings: Any) -> tuple[str, ...]:
    """The folders that settings name, such as `BASE_DIR`, without those that are written to."""
    found = set()
    for name, value in vars(settings._wrapped).items():
        if not isinstance(value, (str, os.PathLike)) or any(word in name for word in _WRITTEN_TO):
            continue
        path = os.fspath(value)
        if name.isupper() and isinstance(path, str) and os.path.isabs(path) and os.path.dirname(path) != path:
            found.add(path)
    return tuple(sorted(path for path in found if path != tempfile.gettempdir() and os.path.isdir(path)))
