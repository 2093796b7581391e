"""What is compared, read from `packages.toml`: pinned versions and how each suite is started."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.errors import ParityError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("packages.toml")
FORMAT = 1

MODES = ("serial", "fork", "spawn")
"""One process; two workers by fork; two workers by spawn."""

SQLITE = "sqlite"
"""What the suites run on as their authors configured them."""

DJANGO = "Django"
"""The name under which Django's own suite is asked for."""


@dataclass(frozen=True)
class Package:
    """One suite: where its sources come from and how it is started."""

    name: str
    version: str
    sha256: str
    """Of the source distribution."""
    shape: str = ""
    """Why it is here: what it has that others have not."""
    directory: str = "."
    """Where it is started: a folder at the top of the unpacked source distribution, or the top itself."""
    path: tuple[str, ...] = ()
    """Further places to import from, relative to `directory`."""
    command: tuple[str, ...] = ("-m", "django", "test")
    """What follows `python`: a script, or `-m` and a module, and the arguments that come before all others."""
    settings: str = ""
    """The settings module that its authors test with; empty where `override` makes all of them."""
    settings_name: str = "parity_settings"
    """What the generated settings module is called: a name of theirs where their script insists on it."""
    settings_file: str = ""
    """The settings as a file, relative to the unpacked root, where `settings_name` hides their module."""
    override: str = ""
    """Python source that follows their settings."""
    labels: tuple[str, ...] = ()
    takes_arguments: bool = True
    """Whether `command` takes labels and options."""
    modes: tuple[str, ...] = MODES
    stock_modes: tuple[str, ...] = MODES
    """The modes that stock Django can run it in; in another one greenroom is compared with stock's serial results."""
    requirements: tuple[str, ...] = ()
    """What its tests need beyond its own dependencies."""

    @property
    def start(self) -> str:
        """All that decides what a run of it gives, as text."""
        where = (self.name, self.version, self.sha256, self.directory, self.path, self.labels, self.takes_arguments)
        return repr((where, self.command, self.settings, self.settings_name, self.settings_file, self.override))

    @property
    def is_django(self) -> bool:
        """Whether it is Django's own suite."""
        return self.name == DJANGO


@dataclass(frozen=True)
class Database:
    """A database other than SQLite that Django's own suite is compared on."""

    name: str
    engine: str
    """As in Django's `DATABASES`."""
    requirements: tuple[str, ...] = ()
    """Its driver."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What else an alias is configured with."""
    fixed_labels: tuple[str, ...] = ()
    fixed_modes: tuple[str, ...] = MODES


@dataclass(frozen=True)
class Catalogue:
    """The whole of `packages.toml`."""

    django: tuple[Package, ...]
    packages: tuple[Package, ...]
    fixed_labels: tuple[str, ...]
    fixed_modes: tuple[str, ...]
    databases: tuple[Database, ...] = ()
    """Those that have a part of their own."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What can be asked for by name."""
        return (DJANGO, *(package.name for package in self.packages))

    def django_for(self, version: str) -> Package:
        """Django's suite in the version that stands for a series.

        Args:
            version: a Django version, e.g. that of the running interpreter; `5.2` and `5.2.3` both mean 5.2.19.

        Raises:
            ParityError: no version of that series is pinned.
        """
        series = version.split(".")[:2]
        for package in self.django:
            if package.version.split(".")[:2] == series:
                return package
        known = ", ".join(package.version for package in self.django)
        raise ParityError(f"no Django {'.'.join(series)} is pinned in {FILE.name}", f"Pinned: {known}.")

    def package(self, name: str) -> Package:
        """A package by its name.

        Raises:
            ParityError: there is none of that name.
        """
        for package in self.packages:
            if package.name.lower() == name.lower():
                return package
        raise ParityError(f"no package {name!r} in {FILE.name}", f"Known: {', '.join(self.names)}.")

    def database(self, name: str) -> Database | None:
        """A database by its name; None for SQLite, which everything runs on as it is.

        Raises:
            ParityError: there is none of that name.
        """
        if name == SQLITE:
            return None
        for database in self.databases:
            if database.name == name:
                return database
        known = ", ".join([SQLITE, *(database.name for database in self.databases)])
        raise ParityError(f"no database {name!r} in {FILE.name}", f"Known: {known}.")


def _database(table: Mapping[str, Any]) -> Database:
    """One table as a `Database`; see `_package`."""
    known = {field.name for field in fields(Database)}
    if unknown := set(table) - known:
        raise ParityError(f"{FILE.name}: {table.get('name', '?')} has unknown keys {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Database(**values)


def _package(table: Mapping[str, Any]) -> Package:
    """One table as a `Package`; a key that means nothing is refused, since it would be a wish silently dropped."""
    known = {field.name for field in fields(Package)}
    if unknown := set(table) - known:
        raise ParityError(f"{FILE.name}: {table.get('name', '?')} has unknown keys {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    package = Package(**values)
    if strange := {*package.modes, *package.stock_modes} - set(MODES):
        raise ParityError(f"{FILE.name}: {package.name} has unknown modes {', '.join(sorted(strange))}")
    return package


def load(file: Path = FILE) -> Catalogue:
    """Read the catalogue.

    Raises:
        ParityError: it is of another format, or has a key that means nothing.
    """
    with file.open("rb") as stream:
        data = tomllib.load(stream)
    if data.get("format") != FORMAT:
        raise ParityError(f"{file.name} has format {data.get('format')!r}; this code reads {FORMAT}")
    suite = {
        "name": DJANGO,
        "shape": "Django's own suite",
        "directory": "tests",
        "command": ["runtests.py"],
        "settings": "test_sqlite",
        **data["django_suite"],
    }
    return Catalogue(
        django=tuple(_package({**suite, **table}) for table in data["django"]),
        packages=tuple(_package(table) for table in data.get("package", ())),
        fixed_labels=tuple(data["fixed"]["labels"]),
        fixed_modes=tuple(data["fixed"]["modes"]),
        databases=tuple(_database(table) for table in data.get("database", ())),
    )
