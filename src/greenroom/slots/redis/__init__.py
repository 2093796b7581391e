"""A Redis for each worker: a private server, or databases of a server that tests were given."""

from __future__ import annotations

from greenroom.running.place import place
from greenroom.slots.kept import made, once
from greenroom.slots.redis.api import Redis


def redis_url(url: str = "redis://localhost:6379/0", *, kombu: bool | None = None) -> str:
    """The address of a Redis database that is this worker's alone, empty when the worker began.

    Without `redis-server` in the configuration this is a private server of the worker's, started when first asked for.

    Args:
        url: what the project would use. Addresses with different databases stay different ones.
        kombu: whether the address is for Celery or kombu, which write sockets in another way; by default where `url`
            begins with `redis+socket:`.

    Raises:
        SlotError: there is no server, or no free database on the one that was given.
        MissingExtraError: a server was given, and the package `redis` is not installed.
    """
    return _mine().url(url, kombu=url.startswith("redis+socket:") if kombu is None else kombu)


def flush_redis() -> None:
    """Empty all that this worker has in Redis; nothing where it never asked for any.

    Raises:
        OSError: the server does not answer.
    """
    mine: Redis | None = made("redis")
    if mine is not None:
        mine.flush()


def check() -> None:
    """See whether workers can have a Redis.

    Raises:
        SlotError, MissingExtraError: as `redis_url`.
    """
    given = place().config.redis_server
    if given:
        from greenroom.slots.redis.given import check as check_given

        check_given(given)
    else:
        from greenroom.slots.redis.private import find_program

        find_program()


def _mine() -> Redis:
    return once("redis", _new)


def _new() -> Redis:
    given = place().config.redis_server
    if given:
        from greenroom.slots.redis.given import GivenRedis

        return GivenRedis(given)
    from greenroom.slots.redis.private import PrivateRedis

    return PrivateRedis()
