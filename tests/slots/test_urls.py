"""Addresses of Redis."""

from __future__ import annotations

import pytest

from greenroom.slots.redis import urls


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("redis://localhost", 0),
        ("redis://localhost:6379/3", 3),
        ("rediss://user:secret@host/12?timeout=1", 12),
        ("redis://localhost/3?db=4", 4),
        ("unix:///run/redis.sock?db=5", 5),
        ("unix:///run/7", 0),
        ("redis+socket:///run/redis.sock?virtual_host=6", 6),
        ("redis://localhost/no-number", 0),
    ],
)
def test_the_database_of_an_address(url: str, number: int) -> None:
    """The query goes before the path, as in redis-py."""
    assert urls.database_of(url) == number


@pytest.mark.parametrize(
    ("text", "unix", "good"),
    [
        ("redis://a/1", False, True),
        ("redis://a/1;redis://b/1", False, True),
        ("rediss://a/1, redis://b/1", False, True),
        ("redis://a/1, http://b", False, False),
        ("unix:///run/docker.sock", False, False),
        ("unix:///run/redis.sock", True, True),
        ("https://redis.io", False, False),
        ("", False, False),
    ],
)
def test_what_is_an_address(text: str, *, unix: bool, good: bool) -> None:
    """Each part has to be one."""
    assert urls.is_redis(text, unix=unix) is good


def test_on_a_socket() -> None:
    """Options of the client stay, those of the server that is left go; kombu writes it in its own way."""
    like = "rediss://:secret@host/2?socket_timeout=1&ssl_cert_reqs=none&password=x"
    assert urls.on_socket("/tmp/a b/s", 2, like, kombu=False) == "unix:///tmp/a%20b/s?db=2&socket_timeout=1"
    assert urls.on_socket("/s", 2, "redis://h", kombu=True) == "redis+socket:///s?virtual_host=2"


@pytest.mark.parametrize(
    ("url", "kombu", "changed"),
    [
        ("redis://:pw@host:1/0?db=4&a=b", False, "redis://:pw@host:1/9?a=b"),
        ("rediss://host", True, "rediss://host/9"),
        ("unix:///s?db=1", False, "unix:///s?db=9"),
        ("unix:///s?db=1&a=b", True, "redis+socket:///s?virtual_host=9&a=b"),
    ],
)
def test_another_database(url: str, changed: str, *, kombu: bool) -> None:
    """The rest of the address stays."""
    assert urls.with_database(url, 9, kombu=kombu) == changed


def test_secrets_are_not_printed() -> None:
    """Wherever they stand."""
    assert urls.without_secrets("redis://user:secret@host:1/2?password=secret&a=b") == "redis://host:1/2?a=b"
