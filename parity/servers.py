"""The private database server that a comparison runs on, where that is not on SQLite."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from parity.errors import ParityError
from parity.places import SERVERS
from parity.runs import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parity.catalogue import Database

ALIASES = ("default", "other")
"""What Django's own suite asks for."""


@dataclass(frozen=True)
class Served:
    """A server that is there until the comparison ends, with databases of their own for both sides."""

    database: Database
    title: str
    """What it is and its version: `PostgreSQL 15.13`."""
    settings: Mapping[Engine, Mapping[str, Mapping[str, Any]]]
    """For each side its `DATABASES`. Its test databases have other names than those of the other side."""

    def source(self, engine: Engine) -> str:
        """The lines of a settings module that lead one side to its databases."""
        databases = {alias: dict(settings) for alias, settings in self.settings[engine].items()}
        return f"DATABASES = {databases!r}\n"


@contextlib.contextmanager
def served(database: Database | None) -> Iterator[Served | None]:
    """Start a private server, by greenroom's own means, and stop it at the end.

    Args:
        database: which; None for SQLite, which needs none.

    Raises:
        ParityError: it can't be started, or its driver is not installed where this runs.
    """
    if database is None:
        yield None
        return
    # The rest of the harness runs without Django, so that it can say that there is none.
    from django.core.exceptions import ImproperlyConfigured

    from greenroom.databases.throwaway import ServerError, ensure_servers, point, stop_server

    engines: tuple[Engine, ...] = get_args(Engine)
    settings = {(engine, alias): _settings(database, engine, alias) for engine in engines for alias in ALIASES}
    by_name = {f"{engine} {alias}": one for (engine, alias), one in settings.items()}
    try:
        [server] = ensure_servers(by_name, "always", SERVERS)
    except (ServerError, ImproperlyConfigured) as error:
        hint = "The server and its driver come with `python -m tools.environments`."
        raise ParityError(f"there is no {database.name} to compare on: {error}", hint) from error
    try:
        point(by_name, [server])
        sides = {engine: {alias: settings[engine, alias] for alias in ALIASES} for engine in engines}
        yield Served(database, server.title, sides)
    finally:
        stop_server(server)


def _settings(database: Database, engine: Engine, alias: str) -> dict[str, Any]:
    name = f"parity_{engine}" if alias == "default" else f"parity_{engine}_{alias}"
    return {"ENGINE": database.engine, "NAME": name, "USER": "parity", "PASSWORD": "parity", **database.settings}
