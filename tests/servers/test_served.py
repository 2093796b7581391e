"""Tests that are served over HTTP, under each front door, in each mode, on each kind of database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from greenroom.databases.throwaway import ensure_servers, point, stop_server
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode
from tests.servers.served import FAILING, TESTS, URLS, VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greenroom.testing import Project, Ran

FILES = {"shop/urls.py": URLS, "shop/views.py": VIEWS}


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Settings of a PostgreSQL server of its own."""
    settings = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "tester",
        "PASSWORD": "secret",
        "HOST": "",
        "PORT": "",
    }
    [server] = ensure_servers({"default": settings}, "always", tmp_path_factory.mktemp("greenroom"))
    point({"default": settings}, [server])
    yield settings
    stop_server(server)


def has_passed(ran: Ran) -> None:
    """Every test has run and passed, and nothing was left."""
    assert ran.returncode == 0, ran.output
    assert set(ran.outcomes.values()) == {"passed"}, ran.output
    assert not ran.left_behind
    assert "Traceback" not in ran.output, ran.output


@pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
def test_in_memory(make_project: Callable[..., Project], mode: Mode) -> None:
    """On SQLite in memory, whose one connection all threads share."""
    project = make_project(files={**FILES, "shop/tests.py": TESTS})
    has_passed(project.manage_test(*mode.args, start_method=mode.start_method))


def test_in_a_file(make_project: Callable[..., Project]) -> None:
    """On SQLite in a file, where each thread has its own connection but where it shares the test's."""
    options = 'DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}'
    project = make_project(databases="file", settings=options, files={**FILES, "shop/tests.py": TESTS})
    has_passed(project.greenroom_test())


@pytest.mark.postgresql
@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_on_postgresql(make_project: Callable[..., Project], postgresql: dict[str, Any], mode: Mode) -> None:
    """On PostgreSQL, where a statement that fails would take the transaction of the test with it."""
    settings = f"DATABASES = {{'default': {postgresql!r}}}"
    project = make_project(databases="none", settings=settings, files={**FILES, "shop/tests.py": TESTS})
    has_passed(project.manage_test(*mode.args, start_method=mode.start_method))


def test_under_djangos_own_runner(make_project: Callable[..., Project]) -> None:
    """The case classes need no runner of greenroom's; attributes of other classes do."""
    project = make_project(files={**FILES, "shop/tests.py": TESTS})
    labels = [f"shop.tests.{name}" for name in ("Flushed", "Shared", "SharedAsgi", "WithTwill")]
    ran = project.manage_test(*labels, runner="django.test.runner.DiscoverRunner")
    assert ran.returncode == 0, ran.output


def test_with_https_for_all(make_project: Callable[..., Project]) -> None:
    """`--https` asks nothing of tests that use `urlopen()` and twill."""
    project = make_project(files={**FILES, "shop/tests.py": TESTS})
    has_passed(project.manage_test("--https", "shop.tests.Flushed", "shop.tests.WithTwill", "shop.tests.SharedCheroot"))


CHOICE = """
    from django.test import SimpleTestCase


    class Choice(SimpleTestCase):
        start_live_server = True

        def test_it(self):
            self.assertEqual((self.live_server.options.kind, self.live_server_url), ("{kind}", "{url}"))
"""


@pytest.mark.parametrize(
    ("options", "settings", "kind"),
    [
        ((), "", "threaded"),
        ((), "CHERRYPY_TEST_SERVER = True", "cheroot"),
        (("--live-server", "threaded"), "CHERRYPY_TEST_SERVER = True", "threaded"),
        (("--live-server", "asgi"), "", "asgi"),
    ],
)
def test_the_server_is_chosen(
    make_project: Callable[..., Project], options: tuple[str, ...], settings: str, kind: str
) -> None:
    """An option counts more than the settings of django-sane-testing, whose addresses are honoured."""
    named = f"URL_ROOT_SERVER_ADDRESS = 'http://tests.example'\nALLOWED_HOSTS = []\n{settings}"
    tests = CHOICE.format(kind=kind, url="http://tests.example")
    has_passed(make_project(settings=named, files={"shop/tests.py": tests}).manage_test(*options))


@pytest.fixture(scope="module")
def failed(make_shared_project: Callable[..., Project]) -> Ran:
    """A run of tests that fail, each in its own way."""
    return make_shared_project(files={**FILES, "shop/tests.py": FAILING}).manage_test()


def text(ran: Ran, test: str) -> str:
    """What is said of a test's failure."""
    return "\n".join(problem.text for problem in ran.events.problems(f"shop.tests.{test}"))


def test_outcomes_of_those_that_fail(failed: Ran) -> None:
    """Those that should have failed have, and no others."""
    bad = {test.removeprefix("shop.tests.") for test, outcome in failed.outcomes.items() if outcome != "passed"}
    assert bad == {
        "Failing.test_raised",
        "Failing.test_told",
        "Failing.test_untold",
        "Failing.test_stuck",
        "InMemory.test_the_server_waits_for_the_test",
        "NoTransaction.test_it",
        "Stock.test_told",
    }, failed.output


def test_a_failure_tells_what_the_server_raised(failed: Ran) -> None:
    """The request, the traceback and the SQL are with the failure of their test, and of no other."""
    for test, number in (("Failing.test_raised", 1), ("Failing.test_told", 2), ("Stock.test_told", 3)):
        said = text(failed, test)
        assert f"In the live server, GET /boom/?n={number} → 500" in said or test == "Stock.test_told", said
        assert f"GET /boom/?n={number}" in said
        assert said.count('raise ValueError("the view broke")') == 1, said
        assert 'FROM "shop_item"' in said
    assert "live server" not in text(failed, "Failing.test_untold")


def test_a_stuck_request_is_an_error_of_its_test(failed: Ran) -> None:
    """It is named with the line that it is at."""
    said = text(failed, "Failing.test_stuck")
    assert "GET /hang/ was still running 0.5 s after its test was over" in said
    assert "LET_GO.wait(20)" in said


def test_who_waits_for_the_connection_is_told_who_has_it(failed: Ran) -> None:
    """A test that waits for the server within a transaction of its own gets an error that says so."""
    said = text(failed, "InMemory.test_the_server_waits_for_the_test")
    assert "GET /names/ waited 0.5 s for the connection 'default'" in said
    assert "The test itself has it, for the transaction that began at " in said
    assert "tests.py:" in said


def test_sharing_takes_a_transaction(failed: Ran) -> None:
    """A class whose tests are not rolled back is told what to build on."""
    assert "NoTransaction asks for share_transaction, and its tests are not rolled back." in text(
        failed, "NoTransaction.test_it"
    )


def test_a_port_that_is_taken_is_an_error_that_names_it(make_project: Callable[..., Project]) -> None:
    """`LIVE_SERVER_PORT` is taken at its word."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        tests = CHOICE.format(kind="threaded", url="")
        ran = make_project(settings=f"LIVE_SERVER_PORT = {port}", files={"shop/tests.py": tests}).manage_test()
    assert ran.returncode == 1
    assert f"Port {port} of 127.0.0.1 is in use" in ran.output
