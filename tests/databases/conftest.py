"""Real servers for the tests of the database layer: private ones, started when the first test asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenroom.databases.throwaway import ensure_servers, point, stop_server


@pytest.fixture(scope="session")
def servers_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for templates of data directories, so that each server after the first starts at once."""
    return tmp_path_factory.mktemp("greenroom")


@pytest.fixture(scope="session")
def postgresql_server(servers_root: Path) -> Iterator[dict[str, Any]]:
    """Settings, as in Django's `DATABASES`, of a PostgreSQL server whose user may do anything."""
    yield from _server("django.db.backends.postgresql", "postgres", servers_root)


@pytest.fixture(scope="session")
def mariadb_server(servers_root: Path) -> Iterator[dict[str, Any]]:
    """Settings, as in Django's `DATABASES`, of a MariaDB server whose user may do anything."""
    yield from _server("django.db.backends.mysql", "maintenance", servers_root)


def _server(engine: str, name: str, root: Path) -> Iterator[dict[str, Any]]:
    settings = {"ENGINE": engine, "NAME": name, "USER": "tester", "PASSWORD": "secret", "HOST": "", "PORT": ""}
    [server] = ensure_servers({"default": settings}, "always", root)
    point({"default": settings}, [server])
    yield dict(settings)
    stop_server(server)
