"""One resetter for each connection: it knows the reference state, and puts it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import Error, connections, router

from greenroom.databases.reset import caches, doubts, receivers
from greenroom.databases.reset.api import (
    Doubt,
    Flush,
    How,
    Keeper,
    Plan,
    Policy,
    Reference,
    ResetReport,
    SchemaChanged,
    Touched,
)
from greenroom.databases.reset.learned import Learned, ReceiverRaised, learn, own_tables

_NOTHING = Touched(0, 0)

Key = tuple[object, ...]


class Resetter:
    """Puts back the database of one alias.

    Args:
        alias: the alias.
        policy: what to put back.
        stock: Django's own flush, as `flush(alias, allow_cascade, inhibit_post_migrate)`.
    """

    def __init__(self, alias: str, policy: Policy, stock: Callable[[Flush], None]) -> None:
        self._alias = alias
        self._policy = policy
        self._stock = stock
        # Whether what was learned has the ids that come after a reset of sequences.
        self._anew = False
        self._forget()

    def restart(self) -> None:
        """Sequences begin anew: what receivers write after the next flush has other ids, as after stock's."""
        if not self._anew:
            self._anew = True
            self._learned.clear()

    def _forget(self) -> None:
        self._anew = False
        self._keeper: Keeper | None = None
        self._plans: dict[Key, Plan] = {}
        self._learned: dict[Key, Learned] = {}
        self._doubts: dict[Key, str] = {}

    def prepare(self) -> None:
        """Look at the database before the first test: its schema, and its rows where these are the baseline.

        Raises:
            GreenroomError: the baseline holds something that can't be put back.
        """
        try:
            doubts.check_backend(connections[self._alias])
        except Doubt:
            return
        keeper = self._watch()
        if self._policy.reset == "baseline":
            keeper.remember_baseline()

    def reset(self, flush: Flush) -> ResetReport:
        """Do what `flush` was asked for.

        Raises:
            CommandError: as stock's flush.
            Exception: what a receiver of post_migrate raised.
        """
        started = time.perf_counter()
        try:
            how, touched, why = self._reset(flush)
        except ReceiverRaised as raised:
            raise raised.error from raised.error.__cause__
        return ResetReport(self._alias, time.perf_counter() - started, touched.looked_at, touched.reset, how, why)

    def _reset(self, flush: Flush) -> tuple[How, Touched, str]:
        try:
            doubts.check_command()
            doubts.check_backend(connections[self._alias])
            doubts.check_state(connections[self._alias])
            return self._baseline() if self._policy.reset == "baseline" else self._compat(flush)
        except SchemaChanged:
            return self._changed(flush)
        except (Doubt, Error) as reason:
            if self._keeper is not None:
                self._keeper.unsure()
            self._stock(flush)
            return "stock", _NOTHING, str(reason).partition("\n")[0]

    def _changed(self, flush: Flush) -> tuple[How, Touched, str]:
        self._forget()
        why = "a test changed the schema"
        if self._policy.renew is None:
            if self._policy.reset == "compat":
                return (*self._reset(flush)[:2], why)
            self._stock(flush)
            return "stock", _NOTHING, why
        self._policy.renew(self._alias)
        if self._policy.reset == "baseline":
            self.prepare()
            caches.clear()
        else:
            self._reset(flush)
        return "renewed", _NOTHING, why

    def _baseline(self) -> tuple[How, Touched, str]:
        if self._keeper is None:
            raise Doubt("the baseline of this database was not recorded")
        touched = self._keeper.put_back_baseline()
        caches.clear()
        return "fast", touched, ""

    def _compat(self, flush: Flush) -> tuple[How, Touched, str]:
        keeper = self._watch()
        key = self._key(flush)
        if key in self._doubts:
            raise Doubt(self._doubts[key])
        try:
            learned = self._learned.get(key)
            plan = self._plans.get(key)
            if plan is None:
                plan = self._plans[key] = self._plan(flush, keeper)
            if flush.inhibit_post_migrate:
                return "fast", plan.put_back(Reference()), ""
            if learned is not None:
                touched = learned.put_back(plan, keeper)
                return "fast", touched, learned.why
        except Doubt as doubt:
            self._doubts[key] = str(doubt)
            raise
        return self._learn(flush, key, plan, keeper)

    def _learn(self, flush: Flush, key: Key, plan: Plan, keeper: Keeper) -> tuple[How, Touched, str]:
        """Do a real flush, with the receivers one by one."""
        keeper.check_schema()
        try:
            calls = receivers.calls()
        except Doubt as doubt:
            self._doubts[key] = str(doubt)
            raise
        keeper.unsure()
        self._stock(Flush(flush.alias, flush.allow_cascade, inhibit_post_migrate=True))
        kept = own_tables(self._tables())
        try:
            self._learned[key] = learn(self._alias, calls, keeper, plan, kept)
        except Doubt as doubt:
            # All has run and is what stock leaves: only the next time is in doubt.
            self._doubts[key] = str(doubt)
        return "learned", _NOTHING, ""

    def _watch(self) -> Keeper:
        if self._keeper is None:
            self._keeper = _keeper(self._alias)
        return self._keeper

    def _tables(self) -> frozenset[str]:
        introspection = connections[self._alias].introspection
        return frozenset(introspection.django_table_names(only_existing=True, include_views=False))

    def _plan(self, flush: Flush, keeper: Keeper) -> Plan:
        tables = self._tables()
        if not tables:
            raise Doubt("there are no tables")
        kept = frozenset() if flush.inhibit_post_migrate else own_tables(tables)
        return keeper.plan(tables, cascade=flush.allow_cascade, kept=kept)

    def _key(self, flush: Flush) -> Key:
        """Everything that the result of a flush depends on, besides the schema; cheap to read and to compare."""
        models = apps.get_models(include_auto_created=True)
        tables = tuple([model._meta.db_table if model._meta.managed else None for model in models])
        asked: tuple[object, ...] = (flush.allow_cascade, flush.inhibit_post_migrate, tables)
        if router.routers:
            # A router is the project's code: it may answer otherwise today.
            migratable = connections[self._alias].introspection.get_migratable_models()
            asked = (*asked, *(model._meta.label for model in migratable))
        if flush.inhibit_post_migrate:
            return asked
        return (*asked, getattr(settings, "SITE_ID", None), tuple(apps.app_configs), *receivers.identity())


def _keeper(alias: str) -> Any:
    vendor = connections[alias].vendor
    if vendor == "sqlite":
        from greenroom.databases.reset.sqlite import SqliteKeeper

        return SqliteKeeper(alias)
    if vendor == "postgresql":
        from greenroom.databases.reset.postgresql import PostgresqlKeeper

        return PostgresqlKeeper(alias)
    from greenroom.databases.reset.mysql import MysqlKeeper

    return MysqlKeeper(alias)
