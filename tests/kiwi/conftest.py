"""A real Kiwi TCMS 12.4 for all tests, and others for such as end theirs. Where it can't be had, that is a failure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from greenroom.reporters.kiwi import sender as sending
from tests.kiwi.support import ZONE, Told
from tools.kiwi.install import Kiwi, ensure
from tools.kiwi.server import KiwiServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def kiwi_installation() -> Kiwi:
    """What servers are started from."""
    return ensure()


@pytest.fixture(scope="session")
def server(kiwi_installation: Kiwi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KiwiServer]:
    """A server for all tests, each of which has a product of its own. Its dates are not in UTC."""
    found = KiwiServer(kiwi_installation, tmp_path_factory.mktemp("kiwi"), ZONE)
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture
def make_server(
    kiwi_installation: Kiwi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], KiwiServer]]:
    """Makes servers that a test may do with as it likes."""
    made: list[KiwiServer] = []

    def make() -> KiwiServer:
        found = KiwiServer(kiwi_installation, tmp_path_factory.mktemp("kiwi"))
        made.append(found)
        found.start()
        return found

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def product(request: pytest.FixtureRequest) -> str:
    """Each test has its own: what it finds there is its own."""
    return f"{request.node.path.stem.removeprefix('test_')}: {request.node.name.removeprefix('test_')}"[:64]


@pytest.fixture
def told(server: KiwiServer, product: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Delivers journals to a product of its own."""
    with monkeypatch.context() as patch:
        patch.setattr(sending, "TRIES", 2)
        # Who runs tests lives elsewhere than the server.
        patch.setenv("TZ", "America/St_Johns")
        time.tzset()
        yield Told(server, product, tmp_path, patch)
    time.tzset()
