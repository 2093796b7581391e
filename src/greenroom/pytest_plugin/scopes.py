"""Database data of fixtures whose scope is wider than a test: `scoped_db`.

A fixture of a class, module, package or session that asks for `scoped_db` may use the database. Below it a transaction is
begun, or a savepoint within that of a wider fixture, and rolled back when the fixture ends. Transactions of tests are
savepoints within. So the transactions are a stack, the widest at the bottom; what does not fit is torn down and made again
later, or refused where the running test uses it.

A test sees the rows of the fixtures that it uses, and no other: what it finds does not depend on which tests ran before.
Tests that use data of the session's or a package's scope therefore run in a row.
"""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import pytest

from greenroom.cases.features.rollback import enter, leave
from greenroom.pytest_engine.uses import SCOPED, aliases_of_items, databases_of, is_destructive
from greenroom.pytest_plugin.fastpath.items import fixture_names
from greenroom.pytest_plugin.lending import Lending
from greenroom.pytest_plugin.run import PytestRun

_WIDTH = {"session": 0, "package": 1, "module": 2, "class": 3}


class _Data:
    """What one fixture put into databases.

    Args:
        fixturedef: pytest's account of the fixture.
        request: by which it was asked for.
    """

    def __init__(self, fixturedef: Any, request: Any) -> None:
        self.fixturedef = fixturedef
        self.request = request
        self.width = _WIDTH[fixturedef.scope]
        self.entered: dict[str, Any] = {}
        self.shared: list[Any] = []
        self.restore: list[Any] = []
        """What was unblocked, and is blocked again at the end."""

    @property
    def name(self) -> str:
        """As the user knows it."""
        return f"{self.fixturedef.argname!r} (scope {self.fixturedef.scope!r})"


class Scopes:
    """The stack of this process.

    Args:
        run: the run.
        lending: connections that other threads use.
    """

    def __init__(self, run: PytestRun, lending: Lending) -> None:
        self._run = run
        self._lending = lending
        self.stack: list[_Data] = []
        """What is there of wide fixtures, the widest first."""
        self.item: Any = None
        """The running test."""

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> Generator[None, Any, Any]:
        """Have tests that use the same data of a wide scope run in a row, as far as Django's order of kinds lets them."""
        result = yield
        wide = [
            tuple(sorted(each.argname for each in _data_of(item) if each.scope in {"session", "package"}))
            for item in items
        ]
        if any(wide):
            pairs = list(zip(items, wide, strict=True))
            items[:] = [
                item
                for _, run in groupby(pairs, key=lambda pair: is_destructive(pair[0]))
                for item, _ in sorted(run, key=lambda pair: pair[1])
            ]
        return result

    def before(self, item: Any) -> None:
        """Tear down the data that the test does not use; one that commits can't use any."""
        self.item = item
        used = _data_of(item)
        if used and is_destructive(item):
            names = ", ".join(sorted({each.argname for each in used}))
            pytest.fail(
                f"a test that commits can't use data of a wider scope ({names}): it is in a transaction.\n"
                "Make the fixture's scope that of the test, with `transactional_db` in place of `scoped_db`.",
                pytrace=False,
            )
        if self.stack and databases_of(item):
            first = next((place for place, data in enumerate(self.stack) if data.fixturedef not in used), None)
            if first is not None:
                self._finish(self.stack[first:])

    @contextmanager
    def around_fixture(self, fixturedef: Any, request: Any) -> Iterator[None]:
        """Give a fixture that asks for `SCOPED` a transaction of its own."""
        if fixturedef.scope == "function":
            request.getfixturevalue("db")
            yield
            return
        data = self._open(fixturedef, request)
        with self._run.blocker().unblock():
            yield
        # First of all at its end, before what follows the `yield` of the fixture itself.
        fixturedef.addfinalizer(functools.partial(self._unblock, data))

    def _unblock(self, data: _Data) -> None:
        data.restore.append(self._run.blocker().unblock())

    def _open(self, fixturedef: Any, request: Any) -> _Data:
        data = _Data(fixturedef, request)
        self._finish([each for each in self.stack if each.width > data.width], data)
        aliases = self._aliases(request)
        with self._run.blocker().unblock():
            self._look(aliases, data)
            data.entered = enter(aliases)
            data.shared = self._lending.lend()
        for alias in aliases:
            _keep_open(alias)
        self.stack.append(data)
        # The last thing at its end: what was added first.
        fixturedef.addfinalizer(functools.partial(self._close, data))
        return data

    def _aliases(self, request: Any) -> list[str]:
        """The databases that tests of this run use, as far as the class of the fixture may."""
        from django.db import connections

        used = aliases_of_items(request.session.items)
        allowed = getattr(request.cls, "databases", None) if request.scope == "class" else None
        return [alias for alias in connections if alias in used and (allowed in {None, "__all__"} or alias in allowed)]

    def _look(self, aliases: Iterable[str], data: _Data) -> None:
        """See that nobody else has begun a transaction."""
        from django.db import connections

        for alias in aliases:
            connection: Any = connections[alias]
            if not connection.features.supports_transactions:
                pytest.fail(f"{data.name} needs transactions, and {alias!r} has none", pytrace=False)
            ours = sum(alias in each.entered for each in self.stack)
            if len(connection.atomic_blocks) != ours:
                pytest.fail(
                    f"{data.name} was asked for within the transaction of a test or its class.\n"
                    "Name it among the arguments of the test, or in `pytest.mark.usefixtures` on the class.",
                    pytrace=False,
                )

    def _finish(self, these: Iterable[_Data], because: _Data | None = None) -> None:
        """Tear fixtures down, the last one first; a later test that asks for one has it made again."""
        for data in reversed(list(these)):
            if because is not None and self._in_use(data):
                pytest.fail(
                    f"{because.name} can't be set up below {data.name}, which the test uses already.\n"
                    "Name it before that one, among the arguments of the test.",
                    pytrace=False,
                )
            data.fixturedef.finish(data.request)

    def _in_use(self, data: _Data) -> bool:
        request: Any = getattr(self.item, "_request", None)
        # Of a test that is over pytest leaves False.
        return bool(request) and data.fixturedef in request._fixture_defs.values()  # noqa: SLF001

    def _close(self, data: _Data) -> None:
        if data not in self.stack:
            return
        above = self.stack[self.stack.index(data) + 1 :]
        in_use = [each.name for each in above if self._in_use(each)]
        # Those above stand on what goes now.
        for each in reversed(above):
            each.fixturedef.finish(each.request)
        self.stack.remove(data)
        try:
            with self._run.blocker().unblock():
                leave(data.entered, keep=False)
        finally:
            for connection in data.shared:
                connection.dec_thread_sharing()
            for alias in data.entered:
                if not any(alias in each.entered for each in self.stack):
                    _let_close(alias)
            for _ in data.restore:
                self._run.blocker().restore()
        if in_use:
            pytest.fail(f"{data.name} is made anew below {', '.join(in_use)}, which the test uses.", pytrace=False)


def _data_of(item: Any) -> list[Any]:
    """The fixtures of a scope wider than the test that it uses and that have data."""
    if SCOPED not in fixture_names(item):
        return []
    known = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 - what asks for what is nowhere else
    # Of fixtures that override each other each may be built on the one before.
    return [each for found in known.values() for each in found if SCOPED in each.argnames and each.scope != "function"]


def _keep_open(alias: str) -> None:
    """Have `close()` do nothing in a transaction of ours: Django's test classes close all connections at their end."""
    from django.db import connections

    connection: Any = connections[alias]
    vars(connection).setdefault("close", lambda: None)


def _let_close(alias: str) -> None:
    from django.db import connections

    vars(connections[alias]).pop("close", None)
