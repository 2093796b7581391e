"""A real Kiwi TCMS 12.4 for each module. Where it can't be had, that is a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.kiwi.install import Kiwi, ensure
from tools.kiwi.server import KiwiServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def kiwi_installation() -> Kiwi:
    """What servers are started from."""
    return ensure()


@pytest.fixture(scope="module")
def server(kiwi_installation: Kiwi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KiwiServer]:
    """A server for the tests of a module."""
    found = KiwiServer(kiwi_installation, tmp_path_factory.mktemp("kiwi"))
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
