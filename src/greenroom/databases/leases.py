"""Test databases of a run: made by Django's own `setup_databases()`, from snapshots instead of migrations.

Django asks `connection.creation` for everything. For the time of a run that object is given four methods of greenroom's;
mirrors, dependencies, serialised contents, names on the screen and the order of it all stay Django's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

from greenroom.databases import names
from greenroom.databases.locks import Lock
from greenroom.databases.marks import ForeignDatabaseError
from greenroom.databases.options import LeaseOptions
from greenroom.databases.snapshots.catalogue import Catalogue
from greenroom.databases.snapshots.files import DamagedSnapshotError
from greenroom.databases.snapshots.maker import Maker
from greenroom.databases.steps import Steps
from greenroom.databases.traces import leave_traces
from greenroom.databases.vendors.api import Vendor
from greenroom.databases.vendors.choice import vendor_of

_METHODS = ("create_test_db", "clone_test_db", "destroy_test_db", "_get_test_db_name")
_MOST_RUNS = 100
"""Runs side by side in one checkout."""


class Leases:
    """The test databases of one run.

    Args:
        options: how they are made.
        say: is told, in a line, what the user should know.
        steps: is told what was done.
    """

    def __init__(self, options: LeaseOptions, say: Callable[[str], None], steps: Steps) -> None:
        self.options = options
        self.say = say
        self.steps = steps
        self.vendors: dict[str, Vendor] = {}
        """What makes databases, by alias; without those that are left to Django."""
        self._catalogue = Catalogue(options.cache / "snapshots")
        self._locks: list[Lock] = []
        self._lanes: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def install(self, aliases: Iterable[str]) -> None:
        """Take over these connections, as far as greenroom knows how."""
        from django.db import connections

        for alias in aliases:
            connection = connections[alias]
            settings = connection.settings_dict
            if settings["TEST"].get("MIRROR") or settings["ENGINE"] == "django.db.backends.dummy":
                continue
            vendor = vendor_of(connection)
            if isinstance(vendor, str):
                self.steps.add(alias, "left to Django", 0.0, vendor)
                continue
            self.vendors[alias] = vendor
            creation: Any = connection.creation
            creation._get_test_db_name = lambda vendor=vendor: self._lane(vendor)
            creation.create_test_db = _Create(self, vendor)
            creation.clone_test_db = _Clone(self, vendor)
            creation.destroy_test_db = _Destroy(self, vendor)

    def uninstall(self) -> None:
        """Give the connections back to Django."""
        for vendor in self.vendors.values():
            for method in _METHODS:
                vars(vendor.connection.creation).pop(method, None)
        self.vendors.clear()
        for lock in self._locks:
            lock.release()
        self._locks.clear()

    # Names ------------------------------------------------------------------------------------------------------------

    def _lane(self, vendor: Vendor) -> str:
        """The name of the test database of a connection: the same whenever it is asked for, and of nobody else."""
        alias = vendor.connection.alias
        if alias not in self._lanes:
            self._lanes[alias] = self._free_lane(vendor)
        return self._lanes[alias]

    def _free_lane(self, vendor: Vendor) -> str:
        creation = vendor.connection.creation
        usual = type(creation)._get_test_db_name(creation)
        if vendor.name == "sqlite":
            if creation.is_in_memory_db(usual):
                return str(usual)
            # Relative to where the command is called, as SQLite takes it.
            return self._first_free(lambda run: names.lane_path(str(usual), run), os.path.abspath)
        own = bool(vendor.connection.settings_dict["TEST"]["NAME"])
        checkout = "" if own else names.checkout_hash(self.options.root)
        return self._first_free(
            lambda run: names.lane_name(str(usual), checkout, run), lambda name: f"{vendor.place()}/{name}"
        )

    def _first_free(self, name: Callable[[int], str], what: Callable[[str], str]) -> str:
        taken = {lane for alias, lane in self._lanes.items()}
        for run in range(1, _MOST_RUNS):
            found = name(run)
            if found in taken:
                return found  # Two aliases of one database: Django makes it once.
            lock = Lock(self.options.cache / "locks", f"lane {what(found)}")
            if lock.take(wait=False):
                self._locks.append(lock)
                return found
        return name(_MOST_RUNS)

    # What Django asks for ---------------------------------------------------------------------------------------------

    def create(self, vendor: Vendor, verbosity: int, *, keepdb: bool, serialize: Any) -> str:
        """Make the test database of a connection, and point the connection to it."""
        from greenroom.databases.setup import announce, finish, point_to

        creation = vendor.connection.creation
        name = self._lane(vendor)
        announce(creation, name, verbosity, keepdb=keepdb)
        vendor.sweep(name)
        point_to(vendor.connection, name)
        maker = Maker(self._catalogue, vendor, self.options, self.steps, self.say)
        if maker.make(name, verbosity):
            finish(creation)
            leave_traces([vendor.connection.alias])
        self._keys[vendor.connection.alias] = maker.key
        if serialize:
            vendor.connection._test_serialized_contents = creation.serialize_db_to_string()
        return name

    def renew(self, alias: str) -> None:
        """Make the database of an alias, as it is in this process, anew: a test has changed its tables.

        Raises:
            DamagedSnapshotError: its snapshot is gone or damaged.
        """
        vendor, key = self.vendors[alias], self._keys.get(alias, "")
        snapshot = self._catalogue.find(key) if key else None
        if snapshot is None:
            raise DamagedSnapshotError(f"the database of {alias!r} has no snapshot to go back to")
        name = str(vendor.connection.settings_dict["NAME"])
        with self.steps.timed(alias, "restored", "after a test that changed tables"):
            vendor.restore(snapshot, self._catalogue.path(key), name, "ready")
        vendor.connection.ensure_connection()

    def renewable(self, alias: str) -> bool:
        """Whether `renew()` can do it."""
        return bool(alias in self.vendors and self._keys.get(alias))

    def clone(self, vendor: Vendor, suffix: str, verbosity: int, *, keepdb: bool) -> None:
        """Make the database of a worker."""
        from greenroom.databases.setup import announce_clone

        creation = vendor.connection.creation
        source = str(vendor.connection.settings_dict["NAME"])
        if vendor.name == "sqlite" and creation.is_in_memory_db(source):
            # A fork has it already; what other workers need, Django writes to a file.
            type(creation).clone_test_db(creation, suffix, verbosity=verbosity, keepdb=keepdb)
            return
        announce_clone(creation, source, verbosity, keepdb=keepdb)
        target = str(creation.get_test_db_clone_settings(suffix)["NAME"])
        with self.steps.timed(vendor.connection.alias, "cloned"):
            vendor.clone(source, target)

    def destroy(self, vendor: Vendor, old_name: str | None, verbosity: int, *, keepdb: bool, suffix: Any) -> None:
        """A database is not needed any more."""
        creation = vendor.connection.creation
        name = str(vendor.connection.settings_dict["NAME"])
        # What Django wrote to files for workers is Django's to remove.
        in_memory = vendor.name == "sqlite" and creation.is_in_memory_db(name)
        if suffix is not None:
            name = str(creation.get_test_db_clone_settings(suffix)["NAME"])
        if keepdb or in_memory:
            type(creation).destroy_test_db(creation, old_name, verbosity, keepdb, suffix)
            return
        from greenroom.databases.setup import announce_end, restore_name

        announce_end(creation, name, verbosity)
        vendor.connection.close()
        try:
            with self.steps.timed(vendor.connection.alias, "dropped"):
                vendor.leave(name)
        finally:
            restore_name(vendor.connection, old_name)


class _Create:
    """`create_test_db()` of a connection's creation object."""

    def __init__(self, leases: Leases, vendor: Vendor) -> None:
        self._leases = leases
        self._vendor = vendor
        self._serialize = signature(type(vendor.connection.creation).create_test_db).parameters["serialize"].default

    def __call__(
        self, verbosity: int = 1, autoclobber: bool = False, serialize: Any = ..., keepdb: bool = False
    ) -> str:
        serialize = self._serialize if serialize is ... else serialize
        try:
            return self._leases.create(self._vendor, verbosity, keepdb=keepdb, serialize=serialize)
        except ForeignDatabaseError:
            self._vendor.connection.close()
            raise


class _Clone:
    """`clone_test_db()` of a connection's creation object."""

    def __init__(self, leases: Leases, vendor: Vendor) -> None:
        self._leases = leases
        self._vendor = vendor

    def __call__(self, suffix: str, verbosity: int = 1, autoclobber: bool = False, keepdb: bool = False) -> None:
        self._leases.clone(self._vendor, suffix, verbosity, keepdb=keepdb)


class _Destroy:
    """`destroy_test_db()` of a connection's creation object."""

    def __init__(self, leases: Leases, vendor: Vendor) -> None:
        self._leases = leases
        self._vendor = vendor

    def __call__(
        self, old_database_name: str | None = None, verbosity: int = 1, keepdb: bool = False, suffix: Any = None
    ) -> None:
        self._leases.destroy(self._vendor, old_database_name, verbosity, keepdb=keepdb, suffix=suffix)
