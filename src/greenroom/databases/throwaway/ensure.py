"""Giving the aliases of a project a server that answers."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from greenroom.databases.throwaway import kept as keeping
from greenroom.databases.throwaway import starter
from greenroom.databases.throwaway.api import Kind, Mode, Private, Server, ServerError, Settings
from greenroom.databases.throwaway.drivers import kind_of
from greenroom.databases.throwaway.probe import answers


def ensure_servers(
    databases: Mapping[str, Settings],
    mode: Mode,
    root: Path,
    keep: bool = False,
    *,
    tcp: bool = False,
    superuser: bool = True,
    places: Sequence[Path] | None = None,
) -> list[Server]:
    """Have a private server ready for each configured PostgreSQL, MariaDB or MySQL that is not there.

    A server that answers is used as it is, a wrong password or not. Aliases with the same host and port share one
    private server; a mirror goes with what it mirrors. The databases are not changed here: see `point`.

    Args:
        databases: settings by alias, as in Django's `DATABASES`.
        mode: `auto` where the configured server does not answer, `always`, or `never`.
        root: greenroom's folder in the project; templates and the state of kept servers are in it.
        keep: whether servers that are started here stay when the run ends. One that was kept is used in any case.
        tcp: whether clients connect to a port of 127.0.0.1, with a random password, rather than to a socket.
        superuser: whether a new role of PostgreSQL may do anything (create extensions, pass over row security), or
            just make databases and roles.
        places: where the servers' folders are made, best first; the usual ones when not given.

    Returns:
        The private servers, with the aliases that each is for. Stop each at the end: `stop_server`.

    Raises:
        ServerError: one is needed, and could not be started.
    """
    if mode == "never":
        return []
    servers: list[Server] = []
    try:
        for (kind, group), aliases in grouped(databases).items():
            first = databases[aliases[0]]
            if mode == "always" or not answers(first):
                asked = _Asked(kind, group, {alias: databases[alias] for alias in aliases}, root, keep, tcp, superuser)
                servers.append(asked.server(places))
    except BaseException:
        for server in servers:
            stop_server(server)
        raise
    return servers


def grouped(databases: Mapping[str, Settings]) -> dict[tuple[str, str], list[str]]:
    """The aliases of PostgreSQL, MariaDB and MySQL by kind and configured server, mirrors with what they mirror."""
    groups: dict[tuple[str, str], list[str]] = {}
    for alias, settings in databases.items():
        mirrored = (settings.get("TEST") or {}).get("MIRROR")
        of = databases.get(mirrored, settings) if mirrored else settings
        kind = kind_of(of)
        if kind:
            options = of.get("OPTIONS") or {}
            where = [
                of.get("HOST") or options.get("unix_socket") or "",
                of.get("PORT") or "",
                options.get("service", ""),
            ]
            groups.setdefault((kind, ":".join(map(str, where)).rstrip(":")), []).append(alias)
    return groups


def point(databases: Mapping[str, MutableMapping[str, Any]], servers: Sequence[Server]) -> None:
    """Lead the aliases to their private servers, by changing their settings in place.

    Args:
        databases: `django.db.connections.settings`, whose dictionaries are those that the connections use; close a
            connection that is open first.
        servers: what `ensure_servers` gave.
    """
    for server in servers:
        for alias, changes in server.settings.items():
            databases[alias].update(changes)


def stop_server(server: Server) -> None:
    """Stop a server that was started here to be stopped, and remove all of it; a kept one stays.

    In a process that did not start it, a forked worker for one, this does nothing.
    """
    if not server.kept and server.maker == os.getpid():
        starter.stop(server.private.folder)


def kinds() -> dict[str, Kind]:
    """The kinds of servers, by name."""
    from greenroom.databases.throwaway.mariadb import MariaDB
    from greenroom.databases.throwaway.postgresql import PostgreSQL

    return {kind.name: kind for kind in (PostgreSQL(), MariaDB())}


class _Asked:
    """One private server that is asked for."""

    def __init__(
        self,
        kind: str,
        group: str,
        databases: Mapping[str, Settings],
        root: Path,
        keep: bool,
        tcp: bool,
        superuser: bool,
    ) -> None:
        self.kind = kinds()[kind]
        self.databases = databases
        self.root = root
        self.keep = keep
        self.tcp = tcp
        self.superuser = superuser
        self.state = keeping.state_file(root, kind, group)

    def server(self, places: Sequence[Path] | None) -> Server:
        """Find it or start it, and let the aliases in."""
        began = time.monotonic()
        if self.keep:
            with keeping.locked(self.state):
                private, found = self._found_or_started(places)
        else:
            private, found = self._found_or_started(places)
        kept = found or self.keep
        try:
            self._admit(private)
        except BaseException:
            if not kept:
                starter.stop(private.folder)
            raise
        settings = {alias: self.kind.pointed(one, private) for alias, one in self.databases.items()}
        return Server(self.kind.name, private, settings, kept, found, time.monotonic() - began, os.getpid())

    def _found_or_started(self, places: Sequence[Path] | None) -> tuple[Private, bool]:
        private = keeping.find(self.state)
        if private is not None and (private.port or not self.tcp):
            return private, True
        if private is not None and self.keep:
            raise ServerError(
                f"a private {private.title} runs already, and it listens on no port",
                "Stop it first: greenroom db server stop",
            )
        with contextlib.suppress(OSError):  # Without that folder no template is kept; the server starts all the same.
            keeping.make_folder(self.root)
        first = next(iter(self.databases.values()))
        cache = keeping.folder_of(self.root) / "templates"
        private = starter.start(
            self.kind, self.kind.programs(), first, cache, kept=self.keep, tcp=self.tcp, where=places
        )
        if self.keep:
            keeping.write(self.state, private)
        return private, False

    def _admit(self, private: Private) -> None:
        first = next(iter(self.databases.values()))
        try:
            connection = self.kind.connect(first, private.inside)
            try:
                for settings in self.databases.values():
                    self.kind.admit(connection, settings, private, superuser=self.superuser)
            finally:
                connection.close()
        except ServerError:
            raise
        except Exception as error:
            raise ServerError(
                f"the private {private.title} in {private.folder} did not let the project's user in: {error}",
                f"What it said is in {private.log}.",
            ) from error
