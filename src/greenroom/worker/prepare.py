"""Making Django ready in a worker, the way its own parallel runner does."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec


class SlotCounter:
    """Stands for the shared counter that Django's `init_worker` takes its number from.

    Django numbers workers in the order in which they start. Here the number is given: a worker that replaces another one
    has the same number, and so the same databases.
    """

    def __init__(self, slot: int) -> None:
        self.value = slot - 1

    @contextlib.contextmanager
    def get_lock(self) -> Iterator[None]:
        """Nobody else counts here."""
        yield


class Preparation(msgspec.Struct, frozen=True):
    """What a worker does before its first test: call it with the number of the worker.

    `init_worker` is that of the `parallel_test_suite`: Django's, or one that a project wrote for its own set-up.
    """

    init_worker: Callable[..., None]
    initial_settings: dict[str, Any] | None
    serialized_contents: dict[str, str] | None
    process_setup: Callable[..., None]
    process_setup_args: Any
    debug_mode: bool
    used_aliases: Iterable[str] | None
    debug_sql: bool
    on_disk: Collection[str]
    """Aliases of SQLite files, where the worker inherits nothing: before Django 6.1 its own set-up takes every SQLite
    database for one in memory then."""
    mirrors: Mapping[str, str]
    """Aliases that stand for another one (`TEST["MIRROR"]`), where the worker has to be told; else empty."""
    inherits: bool = True
    """Whether the worker has all that its parent found out."""

    def __call__(self, slot: int) -> None:
        own = {*self.mirrors, *self.on_disk}
        self.init_worker(
            SlotCounter(slot),
            self.initial_settings,
            self.serialized_contents,
            self.process_setup,
            self.process_setup_args,
            self.debug_mode,
            None if self.used_aliases is None else [alias for alias in self.used_aliases if alias not in own],
        )
        for alias in self.on_disk:
            self._switch(alias, slot)
        for alias, primary in self.mirrors.items():
            from django.db import connections

            connections[alias].creation.set_as_test_mirror(connections[primary].settings_dict)
        if not self.inherits and self.used_aliases is not None:
            from greenroom.databases.traces import leave_traces

            leave_traces(self.used_aliases)
        if self.debug_sql:
            from django.db import connections

            for alias in connections:
                connections[alias].force_debug_cursor = True

    def _switch(self, alias: str, slot: int) -> None:
        """Connect an alias to the copy of its file that is this worker's."""
        from django.db import connections

        connection: Any = connections[alias]
        connection.settings_dict.update((self.initial_settings or {})[alias])
        if contents := (self.serialized_contents or {}).get(alias):
            connection._test_serialized_contents = contents  # noqa: SLF001 - as Django's own set-up
        connection.settings_dict.update(connection.creation.get_test_db_clone_settings(str(slot)))
        connection.close()


def start_method_for(wanted: str, django_version: tuple[int, ...]) -> str:
    """The start method to use.

    Args:
        wanted: `auto` for the interpreter's own choice, or a method.
        django_version: Django before 6.0 knows no forkserver: its databases are carried over by spawn's way.
    """
    method = multiprocessing.get_start_method() if wanted == "auto" else wanted
    if method == "forkserver" and django_version < (6, 0):
        return "spawn"
    return str(method)
