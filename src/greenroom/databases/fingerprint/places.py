"""The project around the code of a database."""

from __future__ import annotations

import msgspec


class App(msgspec.Struct, frozen=True):
    """An installed app, as far as it matters here."""

    label: str
    name: str
    """Of its package."""
    path: str
    """Its folder."""
    models: str
    """The module of its models; empty if it has none."""


class Surroundings(msgspec.Struct, frozen=True):
    """What of the project's set-up decides where code leads to."""

    apps: tuple[App, ...]
    user_model: str
    """The module of the user model; empty if there is none."""
    listeners: dict[str, tuple[str, ...]]
    """By the module of models: the modules that are called when one of those is saved or deleted."""
    fixture_dirs: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    """Where data may be that code finds by way of settings such as `BASE_DIR`."""
