"""What putting back is made of: a request, a report, the Protocol that each vendor's module implements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import msgspec

How = Literal["fast", "stock", "learned", "renewed"]


class Flush(msgspec.Struct, frozen=True):
    """What `TransactionTestCase._fixture_teardown` asked of `flush`."""

    alias: str
    allow_cascade: bool = False
    inhibit_post_migrate: bool = False


class ResetReport(msgspec.Struct, frozen=True):
    """One reset, for `--timing`."""

    alias: str
    seconds: float
    tables_looked_at: int
    """Tables whose state was asked for; 0 when stock's flush did the work, or when nothing at all had changed."""
    tables_reset: int
    """Tables that were emptied or got their rows back."""
    how: How
    """`fast`; `stock`: Django's own flush; `learned`: that too, and its result is known now; `renewed`: a new lease."""
    why: str = ""
    """Why Django's own flush did it; empty otherwise."""


class Policy(msgspec.Struct, frozen=True):
    """How a run wants its databases back.

    Attributes:
        reset: `compat` is what stock's flush leaves, `baseline` the state right after migrate.
        renew: makes a new lease for an alias, whose schema a test has changed, and leaves a connection that works.
        report: takes the report of each reset.
    """

    reset: Literal["compat", "baseline"] = "compat"
    renew: Callable[[str], None] | None = None
    report: Callable[[ResetReport], None] | None = None


class SchemaChanged(Exception):  # noqa: N818 - it's news, not an error
    """A test created, altered or dropped something: the reference is that of another schema."""


class Doubt(Exception):  # noqa: N818 - the same
    """Only Django's own flush is sure to leave what Django's own flush leaves. The message says why."""


class TableRows(msgspec.Struct, frozen=True):
    """All rows of one table, as its vendor's module reads and writes them without loss."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def without(self, others: TableRows | None) -> TableRows | None:
        """The rows that are not among others, or None when some of the others are not here (any more)."""
        if others is None or not others.rows:
            return self
        theirs = set(others.rows)
        ours = set(self.rows)
        return TableRows(self.columns, tuple(row for row in self.rows if row not in theirs)) if theirs <= ours else None


class Counter(msgspec.Struct, frozen=True):
    """Where a sequence stands.

    Attributes:
        value: the last value that it gave; None if it gave none yet.
        exact: put it there; otherwise it may be further.
    """

    value: int | None
    exact: bool


class Reference(msgspec.Struct, frozen=True):
    """What tables hold: those without an entry in `rows` are empty."""

    rows: Mapping[str, TableRows] = msgspec.field(default_factory=dict)
    counters: Mapping[str, Counter] = msgspec.field(default_factory=dict)
    """By the vendor's own name for a sequence. Only those that must be looked after."""


class Touched(msgspec.Struct, frozen=True):
    """What one reset looked at and what it changed, in tables."""

    looked_at: int
    reset: int


class Plan(Protocol):
    """What the vendor knows about one set of tables that stock's flush would empty."""

    def put_back(self, reference: Reference) -> Touched:
        """Make these tables what the reference says, in one transaction.

        Raises:
            SchemaChanged: before anything was written.
            django.db.Error: what the database said; nothing was written.
        """
        ...

    def holding(self) -> set[str]:
        """The tables that hold rows."""
        ...


class Keeper(Protocol):
    """One vendor's way to look at the database of an alias, and to write to it."""

    def plan(self, tables: frozenset[str], *, cascade: bool, kept: frozenset[str]) -> Plan:
        """What to do for these tables.

        Args:
            tables: those that stock's flush names.
            cascade: whether it would also empty what refers to them.
            kept: those among them that may hold rows in the reference.

        Raises:
            Doubt: only Django's own flush is sure to do the same.
        """
        ...

    def read(self, tables: frozenset[str]) -> dict[str, TableRows]:
        """All rows of these tables."""
        ...

    def add(self, reference: Reference) -> None:
        """Insert the rows of a reference, in one transaction.

        Raises:
            django.db.Error: a row was there already.
        """
        ...

    def counters(self, tables: frozenset[str], exact: frozenset[str]) -> dict[str, Counter]:
        """Where the sequences of these tables stand, where that matters."""
        ...

    def check_schema(self) -> None:
        """Look whether the schema is the one that this keeper was made with.

        Raises:
            SchemaChanged: it is not.
        """
        ...

    def unsure(self) -> None:
        """Forget what is remembered of the last reset: somebody else has written since."""
        ...

    def remember_baseline(self) -> None:
        """Take the state of the whole database as the baseline.

        Raises:
            GreenroomError: this database holds something that can't be put back.
        """
        ...

    def put_back_baseline(self) -> Touched:
        """Make the whole database what the baseline says.

        Raises:
            SchemaChanged: before anything was written.
            django.db.Error: what the database said; nothing was written.
        """
        ...
