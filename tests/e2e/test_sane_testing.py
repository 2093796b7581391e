"""A project written for django-sane-testing runs unchanged but for its import line."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.sane_project import FILES, SELENIUM, SETTINGS, translated
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greenroom.testing import Project

SKIPPED = {"tests.test_unit.TestPrices.test_skips", "tests.test_attributes.TestPlugins.test_never_runs"}
KINDS = {
    "-u": "tests.test_unit.",
    "--select-httptests": "tests.test_http.",
    "--select-destructivedatabasetests": "tests.test_database.TestCommitted",
}

PORTS = {
    "served/__init__.py": "",
    "served/test_ports.py": """\
        import time

        from greenroom.cases import HttpTestCase

        class One(HttpTestCase):
            def test_it(self):
                # Until the other worker is there too.
                print("served at", self.live_server_url.rpartition(":")[2], flush=True)
                time.sleep(0.5)

        class Two(One):
            pass
        """,
}
"""Two classes for two workers."""


def files() -> dict[str, str]:
    """Those that this machine has the libraries and programs for."""
    chosen = dict(FILES)
    if importlib.util.find_spec("twill") is None:
        del chosen["tests/test_twill.py"]
    if importlib.util.find_spec("selenium") and shutil.which("chromium") and shutil.which("chromedriver"):
        chosen |= SELENIUM
    return translated(chosen)


def free_ports() -> int:
    """The first of two ports that are free, below those that are given out by themselves."""
    for port in range(21000 + os.getpid() % 4000, 30000, 2):
        try:
            with socket.socket() as one, socket.socket() as other:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 1))
        except OSError:
            continue
        return port
    raise AssertionError("no two ports are free")


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project]) -> Iterator[Runs]:
    """The project; without cheroot it is served by the threaded server."""
    settings = SETTINGS
    if importlib.util.find_spec("cheroot") is None:
        settings = settings.replace("CHERRYPY_TEST_SERVER = True", "CHERRYPY_TEST_SERVER = False")
    made = Runs(make_shared_project(databases="memory", settings=settings, files=files() | PORTS))
    for mode in (SERIAL, FORK, SPAWN):
        made.plan("tests", mode=mode, timeout=120)
    yield made
    made.close()


@in_main_modes
def test_all_of_it_runs(runs: Runs, mode: Mode) -> None:
    """Every class, attribute and setting does what the documentation of django-sane-testing says."""
    ran = runs("tests", mode=mode, timeout=120)
    check_stream(ran.events)
    assert {test for test, outcome in ran.outcomes.items() if outcome != "passed"} == SKIPPED, ran
    assert {ran.outcomes[test] for test in SKIPPED} == {"skipped"}
    assert len(ran.outcomes) >= 38


@pytest.mark.parametrize("option", list(KINDS))
def test_the_options_choose(runs: Runs, option: str) -> None:
    """By the names that they had."""
    chosen = set(runs("tests", option).outcomes)
    expected = {test for test in runs("tests", timeout=120).outcomes if test.startswith(KINDS[option])}
    assert expected <= chosen
    assert chosen < set(runs("tests", timeout=120).outcomes)


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_the_port_of_the_settings_is_the_servers(runs: Runs, mode: Mode) -> None:
    """Each worker beyond the first has the next one."""
    port = free_ports()
    ran = runs.project.manage_test(
        "served", *mode.args, start_method=mode.start_method, env={"PORT_OF_TESTS": str(port)}
    )
    assert set(ran.outcomes.values()) == {"passed"}, ran
    expected = {port} if mode is SERIAL else {port, port + 1}
    assert {int(line.rpartition(" ")[2]) for line in ran.output.splitlines() if "served at" in line} == expected
