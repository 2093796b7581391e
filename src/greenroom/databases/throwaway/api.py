"""What a throwaway server is, and what each kind of server has to know."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from greenroom.errors import GreenroomError

Mode = Literal["auto", "always", "never"]
"""When to use a private server: where the configured one does not answer, in any case, or not at all."""

Settings = Mapping[str, Any]
"""The settings of one alias, as in Django's `DATABASES`; keys may be missing."""


class ServerError(GreenroomError):
    """A private database server could not be found, started or reached."""


@dataclass(frozen=True)
class Account:
    """The user of the operating system as whom a server runs, where that is not the user of this process."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Programs:
    """The programs of one installed server."""

    title: str
    """What it is and its version, for a person: `PostgreSQL 15.13`."""
    server: Path
    installer: Path
    """What makes a new data directory."""


@dataclass(frozen=True)
class Private:
    """A private server as it stands: where it is and which processes are its own."""

    folder: Path
    """Made by greenroom, with a marker; everything of the server is in it."""
    title: str
    watcher: int
    """The process id of the process that stops the server and removes the folder."""
    server: int
    port: int | None = None
    """The port on 127.0.0.1; None where there is a socket alone."""
    password: str = field(default="", repr=False)
    """What a client has to give on that port; empty without one."""

    @property
    def inside(self) -> Path:
        """The part of the folder that belongs to the user as whom the server runs; holds the socket."""
        return self.folder / "in"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.inside / "data"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.folder / "log"


@dataclass(frozen=True)
class Server:
    """A private server that aliases of the project are to use."""

    kind: str
    """`postgresql` or `mariadb`."""
    private: Private
    settings: Mapping[str, Settings]
    """By alias, the keys of its settings that differ from what is configured, with their values for this run."""
    kept: bool
    """Whether it stays when the run ends."""
    found: bool
    """Whether it ran already."""
    seconds: float
    """How long it took to find or start."""
    maker: int = 0
    """The process id of the process that asked for it."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """The aliases that are to use it."""
        return tuple(self.settings)

    @property
    def title(self) -> str:
        """What it is and its version, for a person: `PostgreSQL 15.13`."""
        return self.private.title


class Kind(Protocol):
    """What differs between PostgreSQL and MariaDB. One module each."""

    name: str
    account: str
    """The user as whom packages run the server; taken, where it exists, when greenroom runs as root."""
    stop: signal.Signals
    """Ends the server at once: nobody needs its data any more."""

    def programs(self) -> Programs:
        """Find the installed server.

        Raises:
            ServerError: there is none.
        """

    def recipe(self) -> str:
        """What an empty data directory depends on, the programs apart."""

    def install(self, programs: Programs, data: Path, account: Account | None) -> None:
        """Make an empty data directory.

        Raises:
            ServerError: the server's installer failed.
        """

    def command(self, programs: Programs, private: Path, port: int | None, *, kept: bool) -> list[str]:
        """The command line of the server for the folder that holds its data and its socket, without secrets."""

    def connect(self, settings: Settings, inside: Path) -> Any:
        """Open a connection as administrator with the driver that the alias uses.

        Raises:
            Exception: what the driver raised; while the server starts, that is to be expected.
        """

    def admit(self, connection: Any, settings: Settings, private: Private, *, superuser: bool) -> None:
        """Make the user and the database of an alias, where they are missing."""

    def pointed(self, settings: Settings, private: Private) -> dict[str, Any]:
        """The keys of the settings of an alias that lead it to the private server."""
