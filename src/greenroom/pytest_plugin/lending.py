"""Asynchronous tests see the transaction that they run in, and what they write is rolled back with it.

What an `async def` awaits of Django's ORM is carried out in a thread of asgiref's, in which Django has a connection of its
own: under pytest-django it commits, and its rows stay. Here that thread uses the connection of the test.

A test that commits anyway has two connections, as ever.
"""

from __future__ import annotations

from typing import Any


class Lending:
    """The connections of the main thread, lent to the thread in which asgiref calls what is awaited."""

    def __init__(self) -> None:
        self._lent: dict[str, Any] = {}
        self._theirs: dict[str, Any] = {}

    def lend(self) -> list[Any]:
        """Have that thread use the connections of this one.

        Returns:
            The connections: call `dec_thread_sharing()` of each when the transaction is over.
        """
        from django.db import connections

        own = {each.alias: each for each in connections.all(initialized_only=True)}
        if own != self._lent:
            self._exchange(own)
        for connection in own.values():
            connection.inc_thread_sharing()
        return list(own.values())

    def take_back(self) -> None:
        """That thread has connections of its own again."""
        if self._lent:
            self._exchange({})

    def end(self) -> None:
        """The databases go: nobody may be connected to them."""
        if not self._lent and not self._theirs:
            return
        from asgiref.sync import SyncToAsync
        from django.db import connections

        self._exchange({})
        SyncToAsync.single_thread_executor.submit(connections.close_all).result()

    def _exchange(self, own: dict[str, Any]) -> None:
        from asgiref.sync import SyncToAsync

        SyncToAsync.single_thread_executor.submit(self._exchange_there, own).result()
        self._lent = own

    def _exchange_there(self, own: dict[str, Any]) -> None:
        """In that thread: what was lent goes back, what is its own is kept meanwhile."""
        from django.db import connections

        for alias in self._lent:
            if alias in self._theirs:
                connections[alias] = self._theirs.pop(alias)
            else:
                del connections[alias]
        mine = {each.alias: each for each in connections.all(initialized_only=True)}
        for alias, connection in own.items():
            if alias in mine:
                self._theirs[alias] = mine[alias]
            connections[alias] = connection
