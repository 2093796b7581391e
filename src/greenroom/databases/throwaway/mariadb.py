"""MariaDB, as a private server for tests."""

from __future__ import annotations

import contextlib
import re
import signal
from pathlib import Path
from typing import Any

from greenroom.databases.throwaway import accounts, binaries
from greenroom.databases.throwaway.api import Account, Private, Programs, ServerError, Settings
from greenroom.databases.throwaway.drivers import driver, user_of

PLACES = (
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/usr/local/mariadb/bin",
    "/opt/homebrew/opt/mariadb*/bin",
    "/usr/local/opt/mariadb*/bin",
)
SOCKET = "s"
ADMINISTRATOR = "greenroom-administrator"
"""An account of this server alone, without a password: who can enter the folder of the socket may do anything."""
ZONES = Path("/usr/share/zoneinfo")

FOR_TESTS = (
    # Nothing has to survive: a server that crashed is started anew, from nothing.
    "innodb-flush-log-at-trx-commit=0",
    "innodb-doublewrite=0",
    "innodb-fast-shutdown=2",
    "innodb-buffer-pool-dump-at-shutdown=0",
    "innodb-buffer-pool-load-at-startup=0",
    "sync-binlog=0",
    "sync-frm=0",
    "skip-log-bin",
    "innodb-stats-persistent=0",
    # Small, since several servers may run at once, and since each of these is laid out at the start.
    "innodb-buffer-pool-size=128M",
    "innodb-log-file-size=16M",
    "innodb-log-buffer-size=8M",
    "key-buffer-size=8M",
    "aria-pagecache-buffer-size=8M",
    "performance-schema=0",
    # Room for workers and for schemas with many tables.
    "max-connections=200",
    "table-open-cache=2000",
    "table-definition-cache=2000",
    "max-allowed-packet=64M",
    "character-set-server=utf8mb4",
    "skip-name-resolve",
    "skip-slave-start",
    "log-warnings=1",
)


class MariaDB:
    """See `Kind`. The programs are MariaDB's, also for a project that is configured for MySQL."""

    name = "mariadb"
    account = "mysql"
    stop = signal.SIGKILL

    def programs(self) -> Programs:
        """`mariadbd` and `mariadb-install-db`, or what they were called before MariaDB 10.5."""
        places = binaries.folders(PLACES)
        server = binaries.find(["mariadbd"], places) or binaries.find(["mysqld"], places)
        said = binaries.version(server) if server else ""
        if server and "MariaDB" in said:
            near = [server.parent, server.resolve().parent.parent / "bin", server.resolve().parent.parent / "scripts"]
            installer = binaries.find(["mariadb-install-db", "mysql_install_db"], [*near, *places])
            number = re.search(r"\d+\.\d+\.\d+", said)
            if installer:
                return Programs(f"MariaDB {number[0] if number else ''}".strip(), server, installer)
        raise ServerError(
            "there is no MariaDB server to start: mariadbd and mariadb-install-db are neither on the PATH nor in "
            + ", ".join(PLACES),
            "Install one (Debian and Ubuntu: apt-get install mariadb-server; macOS: brew install mariadb),"
            " or start the configured one.",
        )

    def recipe(self) -> str:
        return "2"

    def install(self, programs: Programs, data: Path, account: Account | None) -> None:
        """By its installer; with the names of time zones, which Django needs and the installer leaves out."""
        given = [f"--datadir={data}", "--innodb-log-file-size=16M"]
        installer: list[str | Path] = [
            programs.installer,
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        accounts.run_as(account, [*installer, *given], data.parent)
        translate = binaries.find(["mariadb-tzinfo-to-sql", "mysql_tzinfo_to_sql"], [programs.installer.parent])
        if translate and ZONES.is_dir():
            zones = accounts.run_as(account, [translate, ZONES], data.parent)
            bootstrap: list[str | Path] = [programs.server, "--no-defaults", "--bootstrap", *given]
            accounts.run_as(account, bootstrap, data.parent, b"USE mysql;\n" + zones)

    def command(self, programs: Programs, private: Path, port: int | None, *, kept: bool) -> list[str]:
        network = ["--bind-address=127.0.0.1", f"--port={port}"] if port else ["--skip-networking"]
        own = [f"--datadir={private / 'data'}", f"--socket={private / SOCKET}", f"--tmpdir={private}"]
        files = [f"--pid-file={private / 'pid'}"]
        return [str(programs.server), "--no-defaults", *own, *files, *network, *(f"--{one}" for one in FOR_TESTS)]

    def connect(self, settings: Settings, inside: Path) -> Any:
        """As the administrator; at the very first time as root, who makes that account."""
        given = {"unix_socket": str(inside / SOCKET), "connect_timeout": 5, "host": "localhost"}
        if not (inside / SOCKET).exists():
            raise ConnectionError("there is no socket yet")
        connect = driver(settings).connect
        if not (inside / "admitted").exists():
            with contextlib.closing(connect(user="root", **given)) as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE USER IF NOT EXISTS {_name(ADMINISTRATOR)}@localhost")
                cursor.execute(f"GRANT ALL ON *.* TO {_name(ADMINISTRATOR)}@localhost WITH GRANT OPTION")
            (inside / "admitted").touch()
        return connect(user=ADMINISTRATOR, **given)

    def admit(self, connection: Any, settings: Settings, private: Private, *, superuser: bool) -> None:
        user, name = user_of(settings), str(settings.get("NAME") or "")
        accounts_of = [("localhost", str(settings.get("PASSWORD") or ""))]
        if private.port:
            accounts_of.append(("127.0.0.1", private.password))
        with connection.cursor() as cursor:
            for host, password in accounts_of:
                cursor.execute("CREATE USER IF NOT EXISTS %s@%s", [user, host])
                cursor.execute("ALTER USER %s@%s IDENTIFIED BY %s", [user, host, password])
                cursor.execute("GRANT ALL ON *.* TO %s@%s WITH GRANT OPTION", [user, host])
            if name:
                cursor.execute(f"CREATE DATABASE IF NOT EXISTS {_name(name)}")

    def pointed(self, settings: Settings, private: Private) -> dict[str, Any]:
        changes: dict[str, Any] = {"HOST": str(private.inside / SOCKET), "PORT": "", "USER": user_of(settings)}
        if private.port:
            changes |= {"HOST": "127.0.0.1", "PORT": str(private.port), "PASSWORD": private.password}
        options = dict(settings.get("OPTIONS") or {})
        away = {"host", "port", "unix_socket", "user", "password", "passwd", "ssl", "ssl_mode", "ssl_disabled"}
        kept = {key: value for key, value in options.items() if key not in away}
        if "read_default_file" in options and not private.port:
            kept["host"] = "localhost"  # A host that the file names would go before the socket.
        if kept != options:
            changes["OPTIONS"] = kept
        return changes


def _name(text: str) -> str:
    return "`" + text.replace("`", "``") + "`"
