"""Databases of a Redis server that tests were given: each worker takes one, and nobody else's keys are touched.

Who has a database is written on a connection to it, its name: the server drops that by itself when a worker is killed.
Which databases hold what tests left is written in the set `greenroom:databases` of the database that the address names;
one that holds keys and is not in that set is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from greenroom.errors import MissingExtraError
from greenroom.running.ending import at_end
from greenroom.slots.kept import SlotError
from greenroom.slots.names import number
from greenroom.slots.redis import urls

LEDGER = "greenroom:databases"
_MOST = 10_000
_PATIENCE = 10.0
"""Seconds that the server may take to answer."""


def _redis() -> Any:
    try:
        import redis
    except ImportError as error:
        raise MissingExtraError(
            "databases of a Redis server that is given take the package redis",
            "Install greenroom[redis], or remove redis-server from [tool.greenroom] to have a private server.",
        ) from error
    return redis


def check(server: str) -> None:
    """See whether a server answers.

    Raises:
        SlotError: it does not.
        MissingExtraError: the package `redis` is not installed.
    """
    with _in_words(server):
        client = _client(server, urls.database_of(server))
        client.ping()
        client.close()


def _client(server: str, database: int) -> Any:
    """A client with one connection to a database, made now."""
    return _redis().Redis.from_url(
        urls.with_database(server, database, kombu=False),
        single_connection_client=True,
        socket_connect_timeout=_PATIENCE,
        socket_timeout=_PATIENCE,
    )


@contextmanager
def _in_words(server: str) -> Iterator[None]:
    """Say what is the matter with a server."""
    module = _redis()
    try:
        yield
    except (ValueError, OSError, module.RedisError) as error:
        raise SlotError(
            f"the Redis at {urls.without_secrets(server)} can't be used: {error}",
            "Start it, name another one (redis://localhost:6379/0), or remove redis-server from [tool.greenroom] to have "
            "a private server.",
        ) from error


class GivenRedis:
    """The databases of this worker.

    Args:
        server: the address of the database after which those for tests begin.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._first = urls.database_of(server)
        with _in_words(server):
            self._ledger = _client(server, self._first)
        self._mine: dict[int, tuple[int, Any]] = {}
        """By the database that the project names: the one that stands for it, and the connection that holds it."""
        at_end(self._close)

    def url(self, url: str, *, kombu: bool) -> str:
        wanted = urls.database_of(url)
        if wanted not in self._mine:
            with _in_words(self._server):
                self._mine[wanted] = self._take()
        return urls.with_database(self._server, self._mine[wanted][0], kombu=kombu)

    def flush(self) -> None:
        for _, client in self._mine.values():
            client.flushdb()

    def _take(self) -> tuple[int, Any]:
        usual = self._first + max(number(), 1)
        found: list[str] = []
        for database in [usual, *(other for other in range(self._first + 1, _MOST) if other != usual)]:
            try:
                client = _client(self._server, database)
            except _redis().ResponseError as error:
                if "out of range" not in str(error):
                    raise
                if database == usual:
                    continue
                break
            found.append(self._claim(client, database))
            if not found[-1]:
                return database, client
            client.close()
        raise SlotError(
            f"worker {number()} finds no free database on the Redis at {urls.without_secrets(self._server)}: of "
            f"{len(found)} after number {self._first}, {found.count('held')} are in use by workers, and "
            f"{found.count('foreign')} hold keys that are not of tests",
            "Give the server more (redis-server --databases 64), or remove redis-server from [tool.greenroom] to have a "
            "private server.",
        )

    def _claim(self, client: Any, database: int) -> str:
        """Take a database; empty where that worked, else why not."""
        name = f"greenroom-{database}"
        # At once: of two that ask at the same time, the second one sees the first.
        with client.pipeline(transaction=True) as both:
            both.client_setname(name)
            both.client_list()
            both.client_id()
            _, clients, me = both.execute()
        if any(other["name"] == name and int(other["id"]) != me for other in clients):
            return "held"
        if client.dbsize() and not self._ledger.sismember(LEDGER, database):
            return "foreign"
        self._ledger.sadd(LEDGER, database)
        client.flushdb()
        return ""

    def _close(self) -> None:
        for database, client in self._mine.values():
            client.flushdb()
            self._ledger.srem(LEDGER, database)
            client.close()
        self._mine.clear()
        self._ledger.close()
