"""A Redis server of the worker's own: there when it is asked for, gone when the worker is, whatever way it goes."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis

from greenroom import slots
from greenroom.running.ending import close_all
from greenroom.running.folders import read_marker
from greenroom.running.processes import started

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def worker(place: Path, be_worker: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker with a folder for temporary files of its own."""
    monkeypatch.setattr("tempfile.tempdir", str(place))


def client(url: str) -> Any:
    """A client of redis-py."""
    return redis.Redis.from_url(url)


def folder_of(url: str) -> Path:
    """The folder of the server."""
    return Path(url.removeprefix("unix://").partition("?")[0]).parents[1]


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_databases_stay_apart_and_can_be_flushed() -> None:
    """The project's numbers keep their meaning; a second address is of the same server."""
    one, two = client(slots.redis_url("redis://localhost:6379/1")), client(slots.redis_url("rediss://cache:1/2"))
    one.set("key", "one")
    two.set("key", "two")
    assert (one.get("key"), two.get("key")) == (b"one", b"two")
    assert folder_of(slots.redis_url()) == folder_of(slots.redis_url("redis://localhost/2"))
    slots.flush_redis()
    assert (one.get("key"), two.get("key")) == (None, None)


def test_it_is_closed_to_others_and_keeps_nothing_on_disk() -> None:
    """No port, a folder for this user alone, no snapshots of its data."""
    url = slots.redis_url()
    settings = client(url).config_get()
    assert (settings["port"], settings["save"], settings["appendonly"]) == ("0", "", "no")
    assert folder_of(url).stat().st_mode & 0o077 == 0


def test_flushing_starts_nothing(place: Path) -> None:
    """A worker that never asked for a Redis has none."""
    slots.flush_redis()
    assert list(place.iterdir()) == []


def test_it_ends_with_the_worker() -> None:
    """Its processes and its folder are gone."""
    folder = folder_of(slots.redis_url())
    about = read_marker(folder)
    assert about is not None
    assert close_all() == []
    assert not folder.exists()
    assert not started(about["server"])
    assert not started(about["watcher"])


def killed_worker() -> dict[str, Any]:
    """What was known of the server of a worker that was killed."""
    back, there = os.pipe()
    child = os.fork()
    if not child:
        os.write(there, slots.redis_url().encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(there)
    with os.fdopen(back) as told:
        folder = folder_of(told.read())
    about = read_marker(folder) or {"folder": str(folder), "server": 0}
    os.waitpid(child, 0)
    return about


def test_it_ends_with_a_killed_worker() -> None:
    """Its watcher sees to that."""
    about = killed_worker()
    assert eventually(lambda: not started(about["server"]) and not Path(about["folder"]).exists())


def test_a_forked_child_has_its_own() -> None:
    """Two workers never share one."""
    mine = slots.redis_url()
    client(mine).set("key", "of the parent")
    back, there = os.pipe()
    child = os.fork()
    if not child:
        url = slots.redis_url()
        found = client(url).get("key")
        close_all()
        os.write(there, f"{url} {found}".encode())
        os._exit(0)
    os.close(there)
    with os.fdopen(back) as told:
        url, found = told.read().split()
    os.waitpid(child, 0)
    assert url != mine
    assert found == "None"
    assert client(mine).get("key") == b"of the parent"


def test_without_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What to do is said."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("greenroom.slots.redis.private._OTHER_PLACES", ())
    with pytest.raises(slots.SlotError, match=r"redis-server, which is not installed\nInstall it"):
        slots.redis_url()


def test_a_program_that_ends_at_once(monkeypatch: pytest.MonkeyPatch, place: Path, tmp_path: Path) -> None:
    """What it said last is in the message, and nothing is left of it."""
    program = tmp_path / "redis-server"
    program.write_text(f"#!{sys.executable}\nprint('no luck today')\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(slots.SlotError, match=r"ended while it started\n.*no luck today"):
        slots.redis_url()
    assert list(place.iterdir()) == []


def test_a_long_path_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A socket's path must be short: another place is taken."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert client(slots.redis_url()).ping()
