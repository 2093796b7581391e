"""The driver of an alias, and what its settings mean."""

from __future__ import annotations

import os
from typing import Any

from greenroom.databases.throwaway.api import Settings


def kind_of(settings: Settings) -> str | None:
    """`postgresql` or `mariadb`; None for any other database. Engines that build on Django's count as theirs."""
    engine = str(settings.get("ENGINE") or "")
    if not engine or engine == "django.db.backends.dummy":
        return None
    vendor = _backend(engine).vendor
    return {"postgresql": "postgresql", "mysql": "mariadb"}.get(vendor)


def driver(settings: Settings) -> Any:
    """The module by which Django's backend speaks with the server (PEP 249)."""
    return _backend(str(settings["ENGINE"])).Database


def user_of(settings: Settings, variable: str = "") -> str:
    """As whom the project connects: without a name it is the user of the operating system, as the drivers hold it.

    Args:
        settings: of the alias.
        variable: the variable of the environment by which the driver goes before that.
    """
    import getpass

    return str(settings.get("USER") or os.environ.get(variable) or getpass.getuser())


def _backend(engine: str) -> Any:
    from django.db.utils import load_backend

    return load_backend(engine).DatabaseWrapper
