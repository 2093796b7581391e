"""The resources that greenroom knows, each against the real thing, there and not there."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import greenroom
from greenroom.cases.resources import command, env, module, redis, registry, server
from greenroom.config.schema import Config
from greenroom.errors import UnknownResourceError
from greenroom.running import place as running
from greenroom.running.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greenroom.testing import Project

REDIS = shutil.which("redis-server") or "redis-server"


@pytest.fixture(autouse=True)
def _no_resource_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test registers or finds is nothing to another."""
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(registry, "_found", {})


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[Path]:
    """A Redis of this test's own; yields its socket."""
    path = folder / "redis.sock"
    log = (folder / "redis.log").open("w")
    command_line = [str(REDIS), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder), *options]
    process = subprocess.Popen(command_line, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 20
        while redis.asked(f"unix://{path}") is not None:
            assert process.poll() is None, (folder / "redis.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.02)
        yield path
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def test_a_module() -> None:
    """It is not imported to find out; a package that it would be in may be missing too."""
    assert module.probe("json") is None
    assert module.probe("xml.dom.minidom") is None
    assert module.probe("nothing_of_this_name") == "it is not installed"
    assert module.probe("nothing_of_this_name.at_all") == "it is not installed"
    assert module.probe("json.nothing") == "it is not installed"


def test_a_command() -> None:
    """On PATH, or by its path."""
    assert command.probe("sh") is None
    assert command.probe("/bin/sh") is None
    assert command.probe("no-such-program") == "it is not on PATH"


def test_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one counts as not set."""
    monkeypatch.setenv("OFFICE", "open")
    assert env.probe("OFFICE") is None
    monkeypatch.setenv("OFFICE", "")
    assert env.probe("OFFICE") == "the variable is not set"


def test_a_server() -> None:
    """It is there as long as it accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        assert server.probe(address) is None
    assert server.probe(address) == "nothing answers (Connection refused)"
    assert server.probe("localhost") == "'localhost' is not HOST:PORT"
    assert server.probe("localhost:http") == "'localhost:http' is not HOST:PORT"
    assert str(server.probe("localhost:99999")).startswith("nothing answers (")


@pytest.mark.parametrize("options", [(), ("--requirepass", "secret")], ids=["open", "password"])
def test_redis(tmp_path: Path, options: tuple[str, ...]) -> None:
    """One that wants a password is there too."""
    with redis_server(tmp_path, *options) as path:
        assert redis.asked(f"unix://{path}") is None
    assert str(redis.asked(f"unix://{path}")).startswith(f"nothing answers at {path} (")


def test_redis_where_each_worker_is_given_one() -> None:
    """It need not run yet: that it can be started is enough. One that tests are given databases of must answer."""
    try:
        running.enter(Place(Path.cwd(), Config(slots=("redis",))))
        assert redis.probe("") is None
        running.enter(Place(Path.cwd(), Config(slots=("redis",), redis_server="redis://127.0.0.1:1/0")))
        assert "127.0.0.1:1" in str(redis.probe(""))
    finally:
        running.leave()


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A server that says one thing to whoever connects; yields its port."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(64)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


def test_what_answers_is_not_redis() -> None:
    """Something else listens at its port."""
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert redis.asked(f"redis://127.0.0.1:{port}/3") == f"what answers at 127.0.0.1:{port} is not Redis"


def test_a_redis_behind_tls_that_does_not_speak_it() -> None:
    """It is missing, and the reason is said."""
    with answering(b"+PONG\r\n") as port:
        assert str(redis.asked(f"rediss://127.0.0.1:{port}")).startswith(f"nothing answers at 127.0.0.1:{port} (")


def test_a_resource_is_looked_for_once() -> None:
    """Each argument by itself; registering it anew looks again."""
    asked = []

    def probe(argument: str) -> str | None:
        asked.append(argument)
        return f"no {argument}" if argument else None

    registry.register("office", probe)
    found = [registry.lack_of(name) for name in ("office", "office:key", "office", "office:key")]
    assert found == [None, "no key", None, "no key"]
    assert asked == ["", "key"]
    registry.register("office", lambda _argument: "gone")
    assert registry.lack_of("office") == "gone"


def test_a_probe_that_raises_is_a_reason() -> None:
    """Of the kind that it raised."""

    def probe(_argument: str) -> str | None:
        raise LookupError("no map")

    registry.register("office", probe)
    assert registry.lack_of("office") == "LookupError: no map"


@pytest.mark.parametrize("name", ["", "office:key", "redis", "module", "postgresql", "django"])
def test_a_name_that_can_not_be_registered(name: str) -> None:
    """It says nothing, has a colon, or is one of greenroom's."""
    with pytest.raises(ValueError, match="can't be registered"):
        registry.register(name, lambda _argument: None)


@pytest.mark.parametrize(
    "name", ["django", "http", "redis", "postgresql", "module:x", "browser:chromium", "server:a:1"]
)
def test_names_that_exist(name: str) -> None:
    """Whether or not they are there."""
    registry.check(name, "the test")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("postgressql", "Did you mean postgresql?"),
        ("redis:6379", "Did you mean redis?"),
        ("module", "It is module:NAME."),
        ("comand:gpg", "Did you mean command:NAME?"),
    ],
)
def test_names_that_do_not(name: str, hint: str) -> None:
    """With the nearest; and asked for all the same, they are missing."""
    with pytest.raises(UnknownResourceError, match=r"^the test: ") as caught:
        registry.check(name, "the test")
    assert caught.value.hint == hint
    assert repr(name) in str(registry.lack_of(name))


def test_the_decorator_takes_names() -> None:
    """Not the test itself, and at least one."""
    for wrong in [(), (test_names_that_exist,), ("redis", 3)]:
        arguments: Any = wrong
        with pytest.raises(TypeError, match="takes the names of resources"):
            greenroom.requires(*arguments)


VENDORS = """\
    from django.db import connections
    from django.test import SimpleTestCase
    from greenroom.cases.resources import lack_of

    class Vendors(SimpleTestCase):
        def test_it(self):
            for name in ("sqlite", "database:sqlite", "postgresql", "mysql", "mariadb", "oracle", "database:office"):
                print(f"{name}: {lack_of(name)}")
    """


@pytest.mark.parametrize(("databases", "known"), [("two", "sqlite"), ("none", "none at all")])
def test_databases(make_project: Callable[..., Project], databases: str, known: str) -> None:
    """Those that are configured, by their vendor."""
    ran = make_project(databases=databases, files={"shop/tests.py": VENDORS}).manage_test()
    told = dict(line.split(": ") for line in ran.stdout.splitlines() if ": " in line)
    lacking = f"no such database is configured (there is {known})"
    sqlite = "None" if databases == "two" else lacking
    others = dict.fromkeys(["postgresql", "mysql", "mariadb", "oracle", "database:office"], lacking)
    assert {name: told[name] for name in ("sqlite", "database:sqlite", *others)} == {
        "sqlite": sqlite, "database:sqlite": sqlite, **others,
    }  # fmt: skip
