"""What a flush leaves, learned from one real flush: rows that Django's receivers made, and calls that must be made again.

The receivers of `post_migrate` run in a fixed order. What Django's own do between two of the project's is known from
what they did when it was learned: it is written down as rows. The project's run every time, at their place between these
rows, as under stock.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.apps import apps
from django.db import Error

from greenroom.databases.reset import caches
from greenroom.databases.reset.api import Doubt, Keeper, Plan, Reference, TableRows, Touched
from greenroom.databases.reset.receivers import Call, Own

_OWN_MODELS = (("contenttypes", "ContentType"), ("auth", "Permission"), ("sites", "Site"))


class Given(msgspec.Struct, frozen=True):
    """What Django's receivers left, between two calls of the project's."""

    reference: Reference
    caches: caches.Caches


Step = Given | Call


class Learned(msgspec.Struct):
    """How to come back to what one flush left.

    Attributes:
        alias: the alias of the database.
        calls: all receivers, in order: for the case that the steps don't fit any more.
        steps: what to do after the tables are empty, in order.
    """

    alias: str
    calls: Sequence[Call]
    steps: list[Step] = msgspec.field(default_factory=list)
    why: str = ""
    """Why the steps were given up; empty as long as they are good."""

    def put_back(self, plan: Plan, keeper: Keeper) -> Touched:
        """Reach the state again.

        Raises:
            SchemaChanged, django.db.Error: as `Plan.put_back`.
            ReceiverRaised: a receiver raised.
        """
        first = self.steps[0] if self.steps and isinstance(self.steps[0], Given) else None
        touched = plan.put_back(first.reference if first else Reference())
        if first:
            caches.replay(self.alias, first.caches)
        for step in self.steps[1:] if first else self.steps:
            if isinstance(step, Call):
                keeper.unsure()
                run(step, self.alias)
            elif not self._add(step, keeper):
                # A receiver of the project made a row that Django's would have found: let Django's look for themselves.
                self.steps = list(self.calls)
                self.why = "a receiver of post_migrate made what Django's receivers would have made"
                return self.put_back(plan, keeper)
        return touched

    def _add(self, given: Given, keeper: Keeper) -> bool:
        try:
            keeper.add(given.reference)
        except Error:
            return False
        caches.replay(self.alias, given.caches)
        return True


class ReceiverRaised(Exception):  # noqa: N818 - it carries another exception out
    """A receiver raised; stock would let that pass to the test, and so will the caller."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def run(call: Call, alias: str) -> None:
    """Call a receiver; what it raises is not mistaken for an error of ours.

    Raises:
        ReceiverRaised: it raised.
    """
    try:
        call.run(alias)
    except Exception as error:
        raise ReceiverRaised(error) from error


def own_tables(tables: frozenset[str]) -> frozenset[str]:
    """Those of these tables that Django's own receivers write to."""
    return frozenset(table for table in map(_table, *zip(*_OWN_MODELS, strict=True)) if table in tables)


def learn(alias: str, calls: Sequence[Call], keeper: Keeper, plan: Plan, kept: frozenset[str]) -> Learned:
    """Call all receivers after a flush, and write down what Django's own do.

    Args:
        alias: the alias of the database, whose tables are empty.
        calls: the receivers.
        keeper: looks at the database.
        plan: of the tables that were emptied.
        kept: the tables that Django's own receivers write to.

    Raises:
        ReceiverRaised: a receiver raised. Nothing is learned.
        Doubt: all has run, but not all that it wrote is known.
    """
    notes = _Notes(alias, keeper, kept)
    for call in calls:
        notes.call(call)
    notes.close()
    if all(call.own for call in calls) and not plan.holding() <= kept:
        raise Doubt("a flush leaves rows that none of Django's receivers made")
    return Learned(alias, tuple(calls), notes.steps)


class _Notes:
    """The steps so far, and what is needed to know the next."""

    def __init__(self, alias: str, keeper: Keeper, kept: frozenset[str]) -> None:
        self._alias = alias
        self._keeper = keeper
        self._kept = kept
        self._site = frozenset({_table("sites", "Site")}) & kept
        self._seen = keeper.read(kept)
        self._open = False
        self._project = False
        self._regular = True
        self.steps: list[Step] = []

    def call(self, call: Call) -> None:
        # Whether Django's makes a site depends on what the project has made before: it must look for itself.
        if call.own and self._regular and not (call.own is Own.SITE and self._project):
            if not self._open:
                self._open = True
                caches.watch()
            run(call, self._alias)
            return
        self.close()
        run(call, self._alias)
        self.steps.append(call)
        self._project = True
        now = self._keeper.read(self._kept)
        # From here on what Django's receivers do depends on what a receiver of the project did.
        self._regular = self._regular and all(
            now[table].rows == self._seen[table].rows for table in self._kept - self._site
        )
        self._seen = now

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        now = self._keeper.read(self._kept)
        rows: dict[str, TableRows] = {}
        for table, held in now.items():
            added = held.without(self._seen[table])
            if added is None:
                raise Doubt("one of Django's receivers changed rows that were there")
            if added.rows:
                rows[table] = added
        self._seen = now
        counters = self._keeper.counters(frozenset(rows), self._site)
        site_made = bool(self._site & rows.keys())
        self.steps.append(Given(Reference(rows, counters), caches.seen(self._alias, site_made=site_made)))


def _table(label: str, name: str) -> str:
    try:
        return str(apps.get_model(label, name)._meta.db_table)
    except LookupError:
        return ""
