"""Databases of a Redis server that tests were given."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import redis

from greenroom import slots
from greenroom.running.ending import close_all
from greenroom.slots.redis.given import LEDGER, check

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def emptied(given_redis: str) -> None:
    """A server without keys."""
    client(given_redis).flushall()


@pytest.fixture
def be_worker(be_worker: Callable[..., None], given_redis: str) -> Callable[..., None]:
    """A worker that was given the server."""

    def be(slot: int, **more: object) -> None:
        be_worker(slot, redis_server=given_redis, **more)

    return be


def client(url: str) -> Any:
    """A client of redis-py."""
    return redis.Redis.from_url(url)


def number_of(url: str) -> int:
    """The number of the database."""
    return int(url.partition("?db=")[2])


class Beside:
    """Another worker, which has taken a database and holds it until it is let go."""

    def __init__(self, be: Callable[..., None], slot: int) -> None:
        back, self._there = os.pipe()
        self._theirs, self._go = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            be(slot)
            os.write(self._there, slots.redis_url().encode())
            os.close(self._go)
            os.read(self._theirs, 1)
            close_all()
            os._exit(0)
        os.close(self._there)
        self.url = os.read(back, 1000).decode()
        os.close(back)

    def end(self, number: int = 0) -> None:
        """Let it go, or kill it."""
        if number:
            os.kill(self.pid, number)
        os.close(self._go)
        os.waitpid(self.pid, 0)
        os.close(self._theirs)


def test_the_number_of_the_worker_counts_from_the_address(be_worker: Callable[..., None]) -> None:
    """Worker 3 of a server given by its database 4 has 7; an address with another database has one of its own."""
    be_worker(3)
    one, two = slots.redis_url("redis://localhost/0"), slots.redis_url("redis://localhost/1")
    assert (number_of(one), number_of(two)) == (7, 5)
    assert slots.redis_url("redis://elsewhere/1") == two
    assert slots.redis_url("redis://localhost/0", kombu=True).startswith("redis+socket://")


def test_it_is_left_empty(be_worker: Callable[..., None], given_redis: str) -> None:
    """So is the list of databases."""
    be_worker(1)
    mine = client(slots.redis_url())
    mine.set("key", 1)
    slots.flush_redis()
    assert mine.dbsize() == 0
    mine.set("key", 1)
    assert client(given_redis).smembers(LEDGER) == {b"5"}
    assert close_all() == []
    assert (mine.dbsize(), client(given_redis).dbsize()) == (0, 0)


def test_two_workers_never_share_one(be_worker: Callable[..., None]) -> None:
    """Of two runs beside each other both have a worker 1."""
    other = Beside(be_worker, 1)
    be_worker(1)
    assert (number_of(other.url), number_of(slots.redis_url())) == (5, 6)
    other.end()


def test_what_a_killed_worker_left_is_emptied(be_worker: Callable[..., None]) -> None:
    """The one that takes its place has its database, and begins clean."""
    other = Beside(be_worker, 1)
    client(other.url).set("key", 1)
    other.end(signal.SIGKILL)
    be_worker(1)
    assert slots.redis_url() == other.url
    assert client(other.url).dbsize() == 0


def test_keys_of_somebody_else_stay(be_worker: Callable[..., None], given_redis: str) -> None:
    """A database that holds any is passed over."""
    theirs = client(given_redis.replace("db=4", "db=5"))
    theirs.set("precious", 1)
    be_worker(1)
    assert number_of(slots.redis_url()) == 6
    slots.flush_redis()
    assert close_all() == []
    assert theirs.get("precious") == b"1"


def test_too_few_databases(be_worker: Callable[..., None], given_redis: str) -> None:
    """What is the matter, and what to do, is said in two lines."""
    for number in range(5, 64):
        client(given_redis.replace("db=4", f"db={number}")).set("precious", 1)
    client(given_redis.replace("db=4", "db=63")).flushdb()
    other = Beside(be_worker, 59)
    assert number_of(other.url) == 63
    be_worker(60)
    with pytest.raises(slots.SlotError) as caught:
        slots.redis_url()
    other.end()
    assert "of 59 after number 4, 1 are in use by workers, and 58 hold keys that are not of tests" in str(caught.value)
    assert "redis-server --databases 64" in caught.value.hint
    assert close_all() == []


def test_a_server_that_does_not_answer() -> None:
    """Its password is not printed."""
    with pytest.raises(slots.SlotError, match="can't be used") as caught:
        check("redis://:secret@127.0.0.1:1/0")
    assert "secret" not in str(caught.value)
