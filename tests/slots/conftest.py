"""A worker without a run: this process."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenroom.config import Config
from greenroom.running import place as running
from greenroom.running.ending import close_all
from greenroom.running.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for temporary files whose path is short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="gr-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def given_redis() -> Iterator[str]:
    """A server that is somebody's; it has 64 databases."""
    place = Path(tempfile.mkdtemp(prefix="gr-", dir="/tmp"))
    socket = place / "s"
    options = {"--port": "0", "--unixsocket": str(socket), "--databases": "64", "--save": "", "--dir": str(place)}
    program = shutil.which("redis-server") or shutil.which("valkey-server") or ""
    with (place / "log").open("w") as log:
        process = subprocess.Popen([program, *(part for option in options.items() for part in option)], stdout=log)
    end = time.monotonic() + 20
    while not socket.exists():
        assert time.monotonic() < end, (place / "log").read_text()
        time.sleep(0.01)
    yield f"unix://{socket}?db=4"
    process.terminate()
    process.wait()
    shutil.rmtree(place)


@pytest.fixture
def be_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes this process a worker of a number, in a run; what it made is closed with the test."""
    monkeypatch.setenv("GREENROOM_WORKER", "")

    def be(slot: int = 0, *, run: str = "a-run", root: Path = tmp_path, **config: object) -> None:
        running.enter(Place(root, Config(**config), run), slot)  # type: ignore[arg-type]

    be()
    yield be
    running.leave()
    assert close_all() == []
