"""What a private server is like, and which aliases get one."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from greenroom.databases.throwaway import ServerError, answers, ensure_servers, point, stop_server
from greenroom.databases.throwaway import mariadb as mariadb_module
from greenroom.databases.throwaway import postgresql as postgresql_module
from greenroom.databases.throwaway.binaries import find, folders
from greenroom.databases.throwaway.ensure import grouped
from greenroom.running.processes import started
from tests.databases.throwaway.helpers import ENGINES, Ensure, asked, connected, settings_for

SHOWN: dict[str, dict[str, Any]] = {
    "postgresql": {
        "SHOW fsync": "off",
        "SHOW synchronous_commit": "off",
        "SHOW full_page_writes": "off",
        "SHOW wal_level": "minimal",
        "SHOW listen_addresses": "",
        "SHOW server_encoding": "UTF8",
        "SELECT current_user": "shopper",
    },
    "mariadb": {
        "SELECT @@innodb_flush_log_at_trx_commit": 0,
        "SELECT @@innodb_doublewrite": 0,
        "SELECT @@log_bin": 0,
        "SELECT @@performance_schema": 0,
        "SELECT @@skip_networking": 1,
        "SELECT @@character_set_server": "utf8mb4",
        "SELECT current_user()": "shopper@localhost",
        # Without its names of time zones Django's functions for dates fail.
        "SELECT convert_tz('2026-07-01 12:00:00', 'UTC', 'Europe/Vienna') IS NOT NULL": 1,
    },
}


def use(ensure: Ensure, settings: dict[str, Any], **options: Any) -> tuple[Any, dict[str, Any]]:
    """A server, and the settings of an alias that was led to it."""
    server = ensure(settings, **options)
    databases = {"default": dict(settings)}
    point(databases, [server])
    return server, databases["default"]


def test_the_configured_user_makes_databases_and_tables(kind: str, ensure: Ensure) -> None:
    """With the configured name, password and database, whatever characters these have."""
    _, settings = use(ensure, settings_for(kind, USER="a \"b\" 'c'", NAME="a shop's"))
    with contextlib.closing(connected(settings)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE test_shop")
    with contextlib.closing(connected(settings, "test_shop")) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE item (name varchar(9))")
        cursor.execute("INSERT INTO item VALUES ('grün')")
        assert asked(connection, "SELECT name FROM item") == "grün"


def test_the_server_is_set_up_for_tests(kind: str, ensure: Ensure) -> None:
    """Nothing has to survive; nobody else listens; texts are Unicode."""
    _, settings = use(ensure, settings_for(kind))
    with contextlib.closing(connected(settings)) as connection:
        assert {question: asked(connection, question) for question in SHOWN[kind]} == SHOWN[kind]


def test_nobody_else_can_enter(kind: str, ensure: Ensure) -> None:
    """The folder of the socket belongs to the server's user alone, and that user is not root."""
    server = ensure(settings_for(kind))
    inside = server.private.inside.stat()
    assert stat.S_IMODE(inside.st_mode) == 0o700
    assert inside.st_uid == Path(f"/proc/{server.private.server}").stat().st_uid != 0
    assert stat.S_IMODE((server.private.folder / "greenroom-server.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.private.log.stat().st_mode) == 0o600


@pytest.mark.parametrize("tcp", [False, True])
def test_no_secret_is_in_what_others_see_of_a_process(kind: str, tcp: bool, ensure: Ensure) -> None:
    """Not the configured password, not that of the port; in no argument, and in no variable of the server."""
    server = ensure(settings_for(kind, PASSWORD="hush-hush"), tcp=tcp)
    for pid in (server.private.watcher, server.private.server):
        seen = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        assert b"greenroom" in seen
        assert b"hush-hush" not in seen
        assert not tcp or server.private.password.encode() not in seen
    assert "hush-hush" not in server.private.log.read_text()


def test_nothing_remains(kind: str, ensure: Ensure) -> None:
    """No process, no folder; a second stop does nothing."""
    server = ensure(settings_for(kind))
    assert started(server.private.server)
    stop_server(server)
    assert not started(server.private.server)
    assert not started(server.private.watcher)
    assert not server.private.folder.exists()
    stop_server(server)


def test_a_worker_does_not_stop_the_server_of_its_run(ensure: Ensure) -> None:
    """Forked workers have all that the run has, also at their end."""
    server = ensure(settings_for("postgresql"))
    worker = os.fork()
    if not worker:
        stop_server(server)
        os._exit(0)
    assert os.waitpid(worker, 0)[1] == 0
    assert started(server.private.server)


def test_a_port_is_for_those_with_the_password(kind: str, ensure: Ensure) -> None:
    """On this machine's loopback alone; the server refuses a wrong password, and that is an answer."""
    server, settings = use(ensure, settings_for(kind), tcp=True)
    assert settings["HOST"] == "127.0.0.1"
    with contextlib.closing(connected(settings)) as connection:
        assert asked(connection, "SELECT 1") == 1
    wrong = {**settings, "PASSWORD": "guess"}
    with pytest.raises(Exception, match=r"password authentication failed|Access denied"):
        connected(wrong)
    assert answers(wrong)
    assert ensure_servers({"default": wrong}, "auto", Path("/nowhere")) == []
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    port = f":{server.private.port:04X}"
    # The state 0A is LISTEN; addresses are in hexadecimal, their bytes reversed.
    assert [line[1] for line in lines if line[3] == "0A" and line[1].endswith(port)] == [f"0100007F{port}"]


def test_a_server_that_is_there_is_used(kind: str, ensure: Ensure, root: Path) -> None:
    """Unless another is asked for in any case; and with `never` none is started where none is there."""
    _, settings = use(ensure, settings_for(kind))
    assert ensure_servers({"default": settings}, "auto", root) == []
    assert not ensure(settings, mode="always").found
    assert ensure_servers({"default": settings_for(kind)}, "never", root) == []


def test_an_older_driver_tells_an_answer_from_none(ensure: Ensure, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no ping: what counts is who wrote the message, libpq or the server. Here the newer one plays its part."""
    import psycopg

    older = SimpleNamespace(__name__="psycopg2", connect=psycopg.connect, OperationalError=psycopg.OperationalError)
    monkeypatch.setattr("greenroom.databases.throwaway.probe.driver", lambda _: older)
    assert not answers(settings_for("postgresql"))
    assert not answers(settings_for("postgresql", HOST="/nowhere"))
    for tcp in (False, True):
        _, settings = use(ensure, settings_for("postgresql"), tcp=tcp, mode="always")
        assert answers(settings)
        assert answers({**settings, "PASSWORD": ""})
        assert answers({**settings, "PASSWORD": "wrong"})
    assert answers({**settings, "USER": "nobody-known"})


def test_a_host_that_is_not_known_does_not_answer(kind: str) -> None:
    """As `db` of a container that does not run."""
    assert not answers(settings_for(kind, HOST="no-such-host.invalid"))


def test_two_runs_at_once_have_one_each(kind: str, ensure: Ensure) -> None:
    """Neither sees what the other does."""
    first, second = ensure(settings_for(kind)), ensure(settings_for(kind))
    assert first.private.folder != second.private.folder
    stop_server(first)
    assert started(second.private.server)


def test_aliases_of_one_server_share_one() -> None:
    """Others do not, as their databases may have the same names; a mirror goes with what it mirrors."""
    databases = {
        "default": settings_for("postgresql"),
        "logs": settings_for("postgresql", NAME="logs"),
        "replica": settings_for("postgresql", HOST="replica.invalid", TEST={"MIRROR": "default"}),
        "elsewhere": settings_for("postgresql", PORT="2"),
        "old": settings_for("mariadb"),
        "file": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    }
    assert sorted(grouped(databases).values()) == [["default", "logs", "replica"], ["elsewhere"], ["old"]]


def test_every_alias_of_a_server_gets_in(ensure: Ensure, root: Path) -> None:
    """Each with its own user and database."""
    databases = {"default": settings_for("postgresql"), "logs": settings_for("postgresql", NAME="logs", USER="logger")}
    [server] = ensure_servers(databases, "auto", root)
    point(databases, [server])
    for alias, user in (("default", "shopper"), ("logs", "logger")):
        with contextlib.closing(connected(databases[alias])) as connection:
            assert asked(connection, "SELECT current_user") == user
    stop_server(server)


@pytest.mark.parametrize("superuser", [True, False])
def test_a_role_may_be_one_with_limits(superuser: bool, ensure: Ensure) -> None:
    """Row security binds no superuser: a project that tests it wants less; databases can be made either way."""
    _, settings = use(ensure, settings_for("postgresql"), superuser=superuser)
    with contextlib.closing(connected(settings)) as connection, connection.cursor() as cursor:
        assert asked(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is superuser
        cursor.execute("CREATE DATABASE made")


def test_options_that_lead_elsewhere_are_left_out(ensure: Ensure, tmp_path: Path) -> None:
    """The rest stay as they are."""
    _, settings = use(ensure, settings_for("postgresql", OPTIONS={"sslmode": "require", "application_name": "shop"}))
    assert settings["OPTIONS"] == {"application_name": "shop"}
    defaults = tmp_path / "my.cnf"
    defaults.write_text("[client]\nhost = elsewhere.invalid\nport = 1\n")
    options = {"read_default_file": str(defaults), "init_command": "SET @greeting = 'hello'"}
    _, settings = use(ensure, settings_for("mariadb", OPTIONS=options), mode="always")
    with contextlib.closing(connected(settings)) as connection:
        assert asked(connection, "SELECT @greeting") == "hello"


def test_without_programs_one_line_says_where_they_were_looked_for(
    kind: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the hint says how to get them."""
    monkeypatch.setenv("PATH", "")
    for module in (postgresql_module, mariadb_module):
        monkeypatch.setattr(module, "PLACES", ("/nowhere/*/bin",))
    monkeypatch.setattr(postgresql_module, "PACKAGES", ())
    with pytest.raises(ServerError) as caught:
        ensure_servers({"default": settings_for(kind)}, "auto", root)
    assert "/nowhere/*/bin" in caught.value.message
    assert "\n" not in caught.value.message
    assert "apt-get install" in caught.value.hint


def test_the_programs_of_the_newest_version_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By number, not by letter; the PATH goes first, and a package of Python comes last."""
    monkeypatch.setenv("PATH", "")
    package = tmp_path / "some_postgres"
    places = [tmp_path / "9.6/bin", tmp_path / "15/bin", package / "bin"]
    for place in places:
        place.mkdir(parents=True)
        (place / "postgres").touch(mode=0o755)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    looked = folders([f"{tmp_path}/*/bin"], [("some_postgres", "bin"), ("no_such_package", "bin")])
    assert looked[0] == tmp_path / "15/bin"
    assert find(["postgres"], looked) == tmp_path / "15/bin/postgres"
    assert find(["postgres"], folders([], [("some_postgres", "bin")])) == package / "bin/postgres"
    monkeypatch.setenv("PATH", str(tmp_path / "9.6/bin"))
    assert find(["postgres"], folders([f"{tmp_path}/*/bin"])) == tmp_path / "9.6/bin/postgres"


def test_other_databases_need_no_server(root: Path) -> None:
    """Neither SQLite nor an alias without an engine."""
    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}, "none": {}}
    assert ensure_servers(databases, "always", root) == []
    assert set(ENGINES) == set(SHOWN)
