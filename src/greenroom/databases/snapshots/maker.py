"""Makes one test database: from its snapshot, from one that lacks some migrations, or from nothing."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from greenroom.databases.contenttypes import cached_rows, fill_cache
from greenroom.databases.fingerprint import Inputs, inputs_of
from greenroom.databases.locks import Lock
from greenroom.databases.options import LeaseOptions
from greenroom.databases.snapshots.catalogue import FORMAT, Catalogue, Snapshot, key_of
from greenroom.databases.snapshots.files import DamagedSnapshotError
from greenroom.databases.snapshots.saving import Saving
from greenroom.databases.steps import Steps
from greenroom.databases.vendors.api import Vendor

_MOST_REASONS = 10
"""How many changes are named as the reason why a database is made anew."""


class Maker:
    """Makes the test database of one connection.

    Args:
        catalogue: where snapshots are.
        vendor: makes the database itself.
        options: of the run.
        steps: is told what was done.
        say: is told what the user should know.
    """

    def __init__(
        self, catalogue: Catalogue, vendor: Vendor, options: LeaseOptions, steps: Steps, say: Callable[[str], None]
    ) -> None:
        self._catalogue = catalogue
        self._vendor = vendor
        self._options = options
        self._steps = steps
        self._say = say
        self._connection = vendor.connection
        self._alias: str = vendor.connection.alias
        self.key = ""

    def make(self, name: str, verbosity: int) -> bool:
        """Make the database of this name, to which the connection points already.

        Returns:
            Whether it was restored, and not made by Django. `key` then names its snapshot; otherwise too, if it is kept.

        Raises:
            ForeignDatabaseError: there is one of that name that greenroom did not make.
        """
        with ExitStack() as stack:
            administration = getattr(self._vendor, "administration", None)
            if administration is not None:
                stack.enter_context(administration.open())
            inputs = None
            if self._alias not in self._options.passing:
                with self._steps.timed(self._alias, "fingerprint"):
                    inputs = self._inputs()
            if inputs is None:
                self._build(name, verbosity, None)
                return False
            key = key_of(inputs.digest, self._vendor.name, self._vendor.place())
            if not self._options.fresh and self._restore(key, name):
                return True
            lock = Lock(self._options.cache / "locks", f"snapshot {key}")
            stack.callback(lock.release)
            if not lock.take(wait=False):
                self._say(f"waiting for another process that is making the test database of {self._alias!r}")
                lock.take(wait=True)
                if not self._options.fresh and self._restore(key, name):
                    return True
            self._keep(key, name, verbosity, inputs)
            return False

    def _inputs(self) -> Inputs | None:
        # Whatever can't be summed up can't be kept: it is made anew each time, as Django does.
        try:
            return inputs_of(self._connection, cache=self._options.cache / "sources", server=self._vendor.server())
        except Exception as error:
            self._say(f"no snapshot for {self._alias!r}: what it is made from could not be summed up ({error!r})")
            return None

    # From a snapshot --------------------------------------------------------------------------------------------------

    def _restore(self, key: str, name: str) -> bool:
        """Make the database from its snapshot; False where there is none that is sound."""
        snapshot = self._catalogue.find(key)
        folder = self._catalogue.path(key)
        if snapshot is None:
            if folder.exists():
                self._drop_damaged(key, "its description can't be read")
            return False
        try:
            with self._steps.timed(self._alias, "restored", f"snapshot {key[:8]}"):
                self._vendor.restore(snapshot, folder, name, "ready")
        except DamagedSnapshotError as damage:
            self._drop_damaged(key, str(damage))
            return False
        fill_cache(self._alias, snapshot.content_types)
        self._catalogue.touch(key)
        self.key = key
        return True

    def _drop_damaged(self, key: str, why: str) -> None:
        self._say(f"the snapshot {key[:8]} of {self._alias!r} is damaged ({why}): it is made anew")
        self._catalogue.forget(key)

    # From migrations --------------------------------------------------------------------------------------------------

    def _keep(self, key: str, name: str, verbosity: int, inputs: Inputs) -> None:
        """Build the database, and keep it as a snapshot where that can be done."""
        self._explain(inputs)
        began = time.perf_counter()
        saving = Saving(self._catalogue, self._vendor, self._steps, key, name)
        try:
            crossed = self._build(name, verbosity, lambda alias: saving.save("bare"), inputs)
            content_types = cached_rows(self._alias)
            saving.save("ready")
            trouble = saving.trouble
            if crossed:
                trouble = f"its migrations also write to {', '.join(sorted(crossed))}"
            elif self._inputs() != inputs:
                trouble = "its sources changed while it was made"
            if not trouble:
                trouble = saving.keep(
                    Snapshot(
                        format=FORMAT,
                        key=key,
                        vendor=self._vendor.name,
                        place=self._vendor.place(),
                        project=str(self._options.root),
                        alias=self._alias,
                        made=time.time(),
                        seconds=time.perf_counter() - began,
                        inputs=inputs,
                        states=tuple(saving.states),
                        files=saving.files,
                        size=saving.size,
                        content_types=content_types,
                    )
                )
        except BaseException:
            saving.give_up()
            raise
        if trouble:
            self._say(f"no snapshot for {self._alias!r}: {trouble}")
            saving.give_up()
            return
        self.key = key
        self._evict(key)

    def _explain(self, inputs: Inputs) -> None:
        """Take note of why a database is made, where there is a snapshot of it that does not fit any more."""
        if self._options.fresh:
            return
        kin = self._catalogue.kin(self._vendor.name, self._vendor.place(), str(self._options.root), self._alias)
        if kin is not None:
            for line in inputs.diff(kin.inputs)[:_MOST_REASONS]:
                self._steps.add(self._alias, "made anew", 0.0, line)

    def _build(
        self, name: str, verbosity: int, before_post_migrate: Callable[[str], None] | None, inputs: Inputs | None = None
    ) -> set[str]:
        """Have Django make the database; the aliases of other databases that were written to meanwhile are given back."""
        from greenroom.databases.build import fast_migrations
        from greenroom.databases.snapshots.crossings import crossings

        base = self._start_from_base(name, inputs) if inputs is not None and not self._options.fresh else ""
        if not base:
            self._vendor.make_room(name)
        creation: Any = self._connection.creation
        usual = type(creation)._create_test_db

        def create(verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:  # noqa: ARG001 - Django's signature
            if not base:
                usual(creation, 0, autoclobber, False)
                self._vendor.mark(name, "")
            return name

        creation._create_test_db = create
        creation.log = lambda text: None  # It was said already that the database is being made.
        try:
            with (
                crossings(self._alias) as crossed,
                fast_migrations(before_post_migrate),
                self._steps.timed(self._alias, "migrated", f"on top of snapshot {base}" if base else ""),
            ):
                type(creation).create_test_db(
                    creation, verbosity=verbosity, autoclobber=True, **_unserialized(creation)
                )
        finally:
            del creation._create_test_db, creation.log
        return crossed

    def _start_from_base(self, name: str, inputs: Inputs) -> str:
        """Start from a snapshot that lacks some of the migrations, if there is one; its short key, else nothing."""
        from greenroom.databases.build import delta_refused

        vendor = self._vendor
        for base in self._catalogue.bases(inputs, vendor.name, vendor.place()):
            if delta_refused(base.inputs.migrations):
                continue  # What comes of it might differ from what a fresh build makes.
            try:
                with self._steps.timed(
                    self._alias, "restored", f"snapshot {base.key[:8]}, without its later migrations"
                ):
                    vendor.restore(base, self._catalogue.path(base.key), name, "bare")
            except DamagedSnapshotError as damage:
                self._drop_damaged(base.key, str(damage))
                continue
            self._catalogue.touch(base.key)
            return base.key[:8]
        return ""

    def _evict(self, key: str) -> None:
        """Let the least recently used snapshots go, as far as they are in files or on this server."""
        vendor = self._vendor
        for snapshot in self._catalogue.over(self._options.limit, self._options.most):
            if snapshot.key == key or (snapshot.vendor, snapshot.place) != (vendor.name, vendor.place()):
                continue
            vendor.discard(snapshot.key)
            self._catalogue.forget(snapshot.key)
        self._catalogue.sweep()


def _unserialized(creation: Any) -> dict[str, bool]:
    """Django 5.2 and 6.0 serialize in `create_test_db()` unless told not to; later versions do it elsewhere."""
    default = inspect.signature(type(creation).create_test_db).parameters["serialize"].default
    return {"serialize": False} if default is True else {}
