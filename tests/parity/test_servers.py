"""A comparison on a server: both sides have databases there, and never the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parity import servers
from parity.catalogue import Database, load
from parity.errors import ParityError
from parity.runs import Bench
from parity.servers import Served, served
from parity.venvs import Environment


def postgresql() -> Database:
    """The catalogue's entry."""
    database = load().database("postgresql")
    assert database is not None
    return database


def read(server: Served) -> dict[str, dict[str, Any]]:
    """All aliases of both sides, as their settings modules have them."""
    found = {}
    for engine in server.settings:
        module: dict[str, Any] = {}
        exec(server.source(engine), module)  # as Django reads it
        found.update({f"{engine} {alias}": one for alias, one in module["DATABASES"].items()})
    return found


def test_both_sides_have_databases_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every alias of each side can be opened, and no two of them are the same; afterwards the server is gone."""
    import psycopg

    monkeypatch.setattr(servers, "SERVERS", tmp_path)
    with served(postgresql()) as server:
        assert server is not None
        assert server.title.startswith("PostgreSQL ")
        aliases = read(server)
        assert set(aliases) == {"stock default", "stock other", "greenroom default", "greenroom other"}
        names = []
        for one in aliases.values():
            where = {"host": one["HOST"], "port": one["PORT"], "user": one["USER"], "password": one["PASSWORD"]}
            with psycopg.connect(dbname=one["NAME"], **where) as connection:
                names.append(connection.execute("SELECT current_database()").fetchone())
        assert len(set(names)) == 4
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dbname=one["NAME"], **where)


def test_sqlite_starts_nothing() -> None:
    """The suites' own settings are what counts."""
    with served(None) as server:
        assert server is None


def test_a_missing_driver_is_named() -> None:
    """Without a traceback, and with what to do."""
    nothing = replace(postgresql(), engine="django.db.backends.nothing")
    with pytest.raises(ParityError, match=r"no postgresql to compare on(?s:.*)tools\.environments"), served(nothing):
        pass


def test_results_of_one_database_are_not_taken_for_those_of_another() -> None:
    """Nor those of one version of the server for those of another."""
    package = load().django[-1]
    there = [None, Served(postgresql(), "PostgreSQL 15.1", {}), Served(postgresql(), "PostgreSQL 16.1", {})]
    benches = [Bench(package, package.version, Environment(Path("venv"), ()), server) for server in there]
    assert len({bench._key("serial", None) for bench in benches}) == 3
    assert [bench.title for bench in benches] == ["Django", "Django on PostgreSQL 15.1", "Django on PostgreSQL 16.1"]
